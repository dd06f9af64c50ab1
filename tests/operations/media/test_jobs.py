"""What the job of media says, and how often."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operations.media import jobs
from operations.media.collecting import Collected


def rounds(*found: dict[str, str]) -> Iterator[Collected]:
    for details in found:
        one = Collected()
        one.details.update(details)
        one.outcomes.update(dict.fromkeys(details, 1) or {"ok": 1})
        yield one


def test_what_lasts_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = {"missing": "a file"}
    given = rounds(away, away, {"missing": "another", "timeout": "slow"}, {}, away)
    monkeypatch.setattr(jobs, "collect_media", lambda *_, **__: next(given))
    monkeypatch.setattr(jobs, "_open_months", lambda _: [])
    runtime: Any = SimpleNamespace(settings=SimpleNamespace(media=SimpleNamespace(run_seconds=1)))
    told: dict[str, str] = {}
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            jobs.run_media(cast(Any, runtime), told)
    assert [record.getMessage() for record in caplog.records] == [
        "media: missing: a file",
        "media: timeout: slow",
        "media: missing: a file",
    ]

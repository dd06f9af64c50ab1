"""What the portal is told where its machine cannot print."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from operations.documents import issues, reports
from operations.documents.printing import PrintError
from operations.running import portal
from portal.report.files import CannotPrint


@pytest.mark.parametrize("reason", ["none", "busy", "slow", "failed"])
def test_the_portal_learns_why_nothing_was_printed(
    monkeypatch: pytest.MonkeyPatch, reason: Any
) -> None:
    def refuse(*_: object) -> bytes:
        raise PrintError(reason, "told on the command line")

    monkeypatch.setattr(reports, "printed", refuse)
    monkeypatch.setattr(reports, "available", lambda _: reason != "none")
    monkeypatch.setattr(reports, "browser_path", lambda _: "browser")
    monkeypatch.setattr(issues, "issue_bytes", refuse)
    browser = SimpleNamespace(executable="")
    runtime: Any = SimpleNamespace(
        settings=SimpleNamespace(crawler=SimpleNamespace(browser=browser))
    )
    for call in (portal._to_pdf, portal._issue_file):
        with pytest.raises(CannotPrint) as told:
            call(runtime, b"")  # type: ignore[operator]
        assert told.value.reason == reason

"""A city's month is checked against the API once, spaced by the host's time, and never as zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from media.files import Family, files_between
from model.period import Period
from operations.errors import UsageError
from operations.media.checking import check_city
from operations.media.stored import count_media
from operations.running.clock import SystemClock
from operations.runtime import Runtime
from sandbox.gdelt.articles import batch_written, written_cities
from store.database import Store
from tests.operations.media.collected import MONTH, collected, media_runtime, written
from tests.sandbox.running import Sandbox
from tests.store.mongod import Mongod


@dataclass
class _Host:
    at: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class _Waits(Event):
    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return False


def _planted(sandbox: Sandbox, city: str) -> list[str]:
    """Kinds of all articles about a city in the month."""
    mine = [one for one in written_cities(sandbox.world) if one.id == city]
    batches = files_between(MONTH.start, MONTH.end, (Family.GKG,), 1)
    return [one.kind for file in batches for one in batch_written(sandbox.world, mine, file.at)]


@pytest.fixture
def runtime(mongod: Mongod, db: Store, tmp_path: Path, sandbox: Sandbox) -> Iterator[Runtime]:
    check = f"{sandbox.base}/gdelt/api/v2/doc/doc"
    with media_runtime(mongod, db, tmp_path, sandbox.base, check=check, every=96) as runtime:
        yield runtime


def test_the_answer_stands_beside_the_count(runtime: Runtime, sandbox: Sandbox) -> None:
    collected(runtime)
    count_media(runtime, MONTH)
    host, stop = _Host(), _Waits()
    row = check_city(runtime, "nanjing", MONTH, stop, host)
    assert row["question"] == '"Nanjing" Jiangsu'
    assert row["outcome"] == "answered"
    named = ("plain", "reprint", "passing", "home")
    assert row["articles"] == sum(kind in named for kind in _planted(sandbox, "nanjing"))
    assert row["of"] > row["articles"]
    sample = [one.kind for one in written(sandbox.world, 96)["nanjing"]]
    assert row["home"] == sample.count("home")
    assert row["counted"] == sum(kind in named for kind in sample) - row["home"]
    assert row["files"] == "62 of 62"
    kept = runtime.db["media_checks"].find_one({"city": "nanjing"})
    assert kept is not None
    assert kept["body"].startswith(b"{")
    assert not stop.seconds, "nobody asked before"
    host.at += timedelta(seconds=4)
    check_city(runtime, "wuhan", MONTH, stop, host)
    assert stop.seconds == [6.0]
    host.at += timedelta(days=1)
    check_city(runtime, "wuhan", MONTH, stop, host)
    assert stop.seconds == [6.0, 0.0]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "rate_limited"}, "limited"),
        ({"kind": "rate_limited", "number": 200}, "limited"),
        ({"kind": "empty_body"}, "empty"),
        ({"kind": "malformed"}, "answered"),
        ({"kind": "truncated"}, "not_data"),
        ({"kind": "server_error"}, "limited"),
    ],
)
def test_what_is_no_answer_is_told(
    runtime: Runtime, sandbox: Sandbox, fault: dict[str, object], outcome: str
) -> None:
    sandbox.fault(platform="gdelt", endpoint="doc", **fault)
    row = check_city(runtime, "nanjing", MONTH, Event(), _Host())
    assert row["outcome"] == outcome
    assert (row["articles"] is None) is (outcome != "answered")
    assert (row["counted"], row["files"]) == (None, None), "nothing was counted"


def test_unknown_cities_and_months_to_come_are_refused(runtime: Runtime) -> None:
    with pytest.raises(UsageError, match="know no such id"):
        check_city(runtime, "atlantis", MONTH, Event())
    later = Period.month("2031-06", "Asia/Shanghai")
    assert later.start > SystemClock().now()
    with pytest.raises(UsageError, match="has not begun"):
        check_city(runtime, "nanjing", later, Event())

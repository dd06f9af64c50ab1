"""A month in which one platform's server means harm: the other platforms' measures are exact."""

from __future__ import annotations

import os
import threading
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from bus import keys
from tests import oracle
from tests.cityreach.demo_process import SMALL, database, load
from tests.long.hostile_site import KINDS, hostile_site
from tests.long.month import Month, month, streams, tell
from tests.long.month_plan import CUTOFF_DAYS, PERIOD

pytestmark = pytest.mark.long
MB = 1024 * 1024
MOST = {"cityreach crawl": 800 * MB, "cityreach write": 500 * MB}
"""Bytes that a process may hold, as SECURITY.md states them."""


class Memory:
    """The most that any process of a kind held."""

    def __init__(self, running: Month) -> None:
        self.most: defaultdict[str, int] = defaultdict(int)
        self._running = running
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            for name in MOST:
                for pid in self._running.running(name):
                    self.most[name] = max(self.most[name], _resident(pid))


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_month_beside_a_hostile_platform(tmp_path: Path) -> None:
    with hostile_site(11) as site:
        started = month(tmp_path, SMALL, HOSTILE=f"x {site.url}")
        with started as running, Memory(running) as memory:
            running.finish()
            _assert_measures(running)
            _assert_nothing_lost(running)
    tell(f"sent {site.sent.total()} answers; memory {dict(memory.most)}")
    assert site.sent.keys() == set(KINDS), "every kind was sent"
    assert {name: most for name, most in memory.most.items() if most > MOST[name]} == {}


def _assert_measures(running: Month) -> None:
    got = load(running.out / "measures.json")
    want = oracle.expected(running.world, PERIOD, CUTOFF_DAYS)
    others = [row for row in got if row["platform"] != "x"]
    exact = [row for row in want if row["platform"] != "x"]
    assert others
    assert list(oracle.differences(others, exact)) == []
    for row in (row for row in got if row["platform"] == "x"):
        assert row["posts"] is None, "nothing of an attack is a number"
        assert row["followers_end"] is None
        assert row["why"], "the row says what it lacks"


def _assert_nothing_lost(running: Month) -> None:
    with running.redis() as redis:
        for stream in streams():
            if redis.exists(stream):
                pending: Any = redis.xpending(stream, keys.CRAWLERS)
                assert pending["pending"] == 0, stream
        assert redis.xlen(keys.DEAD) == 0
    with database(running.data) as db:
        ends = Counter(one["outcome"] for one in db.visits.find({"platform": "x"}))
        assert db.visits.count_documents({"outcome": None}) == 0
    assert ends
    assert not ends.keys() & {"ok", "ok_nothing_new"}, ends
    assert running.attempts() == running.dispatched(), "no lease was lost, none came twice"

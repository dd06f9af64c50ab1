"""A month in which one platform's server means harm: the other platforms' measures are exact.

By the official APIs, and by public pages: YouTube's are read by plain calls, TikTok's in a browser.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bus import keys
from crawler.browser import available
from crawler.browser.memory import memory_below
from tests import oracle
from tests.cityreach.demo_process import SMALL, database, load
from tests.long.hostile_site import KINDS, WEB_KINDS, HostileSite, hostile_site
from tests.long.month import Month, month, streams, tell
from tests.long.month_plan import BROWSER_MB, CUTOFF_DAYS, PERIOD

pytestmark = pytest.mark.long
MB = 1024 * 1024
MOST = {
    "cityreach crawl": 800 * MB,
    "cityreach write": 500 * MB,
    "browser": 2 * int(BROWSER_MB) * MB,
}
"""Bytes that a process may hold, as SECURITY.md states them; of the browser's, all together."""
Differences = Callable[[list[oracle.Line], list[oracle.Line]], Iterator[str]]


class Memory:
    """The most that any process of a kind held, and all of the browser's together."""

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
            for name in ("cityreach crawl", "cityreach write"):
                for pid in self._running.running(name):
                    self._note(name, _resident(pid))
                    if name == "cityreach crawl":
                        self._note("browser", memory_below(pid))

    def _note(self, name: str, held: int) -> None:
        self.most[name] = max(self.most[name], held)

    def beyond(self) -> dict[str, int]:
        """What was above its bound."""
        return {name: most for name, most in self.most.items() if most > MOST[name]}


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
            _assert_measures(running, "x", oracle.differences)
            _assert_nothing_lost(running, "x")
    _assert_bounds(site, memory, KINDS)


@pytest.mark.skipif(not available(), reason="needs a browser")
@pytest.mark.parametrize("platform", ["youtube", "tiktok"])
def test_a_month_by_pages_beside_a_hostile_platform(platform: str, tmp_path: Path) -> None:
    world = _two_cities(tmp_path / "two-cities.jsonl")
    with hostile_site(12, WEB_KINDS) as site:
        started = month(tmp_path, world, ROUTE="web", HOSTILE=f"{platform} {site.url}")
        with started as running, Memory(running) as memory:
            running.finish()
            _assert_measures(running, platform, oracle.web_differences)
            _assert_nothing_lost(running, platform)
    _assert_bounds(site, memory, WEB_KINDS)


def _two_cities(path: Path) -> Path:
    """Of the small world, those on all platforms with the fewest posts: Instagram's pages show the
    newest twelve alone."""
    lines = oracle.lines(SMALL)
    accounts: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for line in lines:
        if line["kind"] == "account":
            accounts[line["city"]].add((line["platform"], line["id"]))
    posts = Counter((x["platform"], x["account"]) for x in lines if x["kind"] == "post")
    everywhere = [own for own in accounts.values() if len(own) == 5]
    first, second = sorted(everywhere, key=lambda own: max(posts[one] for one in own))[:2]
    kept = first | second
    of = ((line, line.get("account", line.get("id"))) for line in lines)
    chosen = [x for x, own in of if x["kind"] == "world" or (x["platform"], own) in kept]
    path.write_text("".join(json.dumps(line) + "\n" for line in chosen), "utf-8")
    return path


def _assert_measures(running: Month, hostile: str, differences: Differences) -> None:
    got = load(running.out / "measures.json")
    want = oracle.expected(running.world, PERIOD, CUTOFF_DAYS)
    others = [row for row in got if row["platform"] != hostile]
    exact = [row for row in want if row["platform"] != hostile]
    assert others
    assert list(differences(others, exact)) == []
    for row in (row for row in got if row["platform"] == hostile):
        assert row["posts"] is None, "nothing of an attack is a number"
        assert row["followers_end"] is None
        assert row["why"], "the row says what it lacks"


def _assert_nothing_lost(running: Month, hostile: str) -> None:
    with running.redis() as redis:
        for stream in streams():
            if redis.exists(stream):
                pending: Any = redis.xpending(stream, keys.CRAWLERS)
                assert pending["pending"] == 0, stream
        assert redis.xlen(keys.DEAD) == 0
    with database(running.data) as db:
        ends = Counter(one["outcome"] for one in db.visits.find({"platform": hostile}))
        assert db.visits.count_documents({"outcome": None}) == 0
    tell(f"{hostile}: {dict(ends)}")
    assert ends
    assert not ends.keys() & {"ok", "ok_nothing_new"}, ends
    assert running.attempts() == running.dispatched(), "no lease was lost, none came twice"


def _assert_bounds(site: HostileSite, memory: Memory, kinds: tuple[str, ...]) -> None:
    tell(f"sent {site.sent.total()} answers; memory {dict(memory.most)}")
    assert site.sent.keys() == set(kinds), "every kind was sent"
    assert memory.most.keys() >= {"cityreach crawl", "cityreach write"}
    assert memory.beyond() == {}

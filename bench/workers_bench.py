"""How fast 1, 2 and 4 crawlers and 1 and 2 writers are, each kind by itself, and what is full then.

Crawlers work through visits of one page of 18 posts until all are in the harvest, while no writer
takes anything from it; then writers take it, while no crawler adds anything. Beside the pages a
second stand the CPU milliseconds a page of each kind of process and how much of the machine's
processors all of them had: where that is near 1, more processes help on more processors alone.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from redis import Redis

from bench.crawl_bench import PLATFORM, timelines, world
from bus import keys
from bus.dispatch import Dispatcher, forget_visits
from bus.heartbeat import living
from cityreach.settings import load_settings
from embedded.supervise import Part
from model.messages import Visit
from model.period import Period
from model.route import Route
from operations.rehearsal.world_run import DemoRun, started, world_accounts
from operations.running.heartbeats import WRITERS_BEAT, beats_of_crawler
from operations.running.parts import part
from sandbox.world.file import load_world
from store.accounts import put_accounts

VISITS = 600
WARM = 100
CRAWLERS = (1, 2, 4)
WRITERS = (1, 2, 1)
"""Beside each number of crawlers, how many writers take what they brought."""
_PERIOD = Period.month("2025-05")
_ASIDE = "bench:harvest"
_TICK = os.sysconf("SC_CLK_TCK")
_POLL = 0.01


@dataclass(frozen=True, slots=True)
class Rate:
    """One number of workers at work."""

    workers: str
    pages: float
    """A second."""
    spent: dict[str, float]
    """CPU milliseconds a page, by kind of process."""
    full: float
    """Share of the machine's processors that were busy, whoever kept them so."""


def main() -> None:
    """Prints a line for each number of workers, and where each kind of process is full."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = world(folder, accounts=VISITS, posts=18)
        rates: list[Rate] = []
        load = partial(load_settings, None)
        settings = load(data_dir=folder / "data", mongo_database="cityreach_bench")
        with started(load, settings, path, _PERIOD.start, lambda _: None) as run:
            put_accounts(run.runtime.db, world_accounts(load_world(path)))
            run.move(_PERIOD.cutoff)
            for kind in ("crawl", "write"):
                run.supervisor.end(kind)
            for crawlers, writers in zip(CRAWLERS, WRITERS, strict=True):
                rates += [_told(_crawl(run, crawlers)), _told(_write(run, writers))]
    _print_ceilings(rates)


def _told(rate: Rate) -> Rate:
    spent = ", ".join(f"{kind} {ms:.2f}" for kind, ms in rate.spent.items())
    reached = f"{rate.workers:10s} {rate.pages:7.1f} pages/s, processors {rate.full:.0%} busy"
    print(f"{reached}; CPU ms a page: {spent}", flush=True)
    return rate


def _print_ceilings(rates: Sequence[Rate]) -> None:
    """What a process does with a core of its own, by the CPU time that it takes."""
    ms = {
        kind: median(rate.spent.get(kind, 0.0) for rate in rates if doing in rate.workers)
        for kind, doing in (("crawl", "crawler"), ("write", "writer"), ("mongod", "writer"))
    }
    # Valkey has both to serve.
    ms["valkey"] = sum(
        median(rate.spent.get("valkey", 0.0) for rate in rates if doing in rate.workers)
        for doing in ("crawler", "writer")
    )
    top = {kind: 1000 / spent for kind, spent in ms.items() if spent}
    told = ", ".join(f"{kind} {pages:,.0f}" for kind, pages in top.items())
    print(f"pages/s with a core each: {told}")
    crawlers, writers = top["valkey"] / top["crawl"], top["mongod"] / top["write"]
    print(f"Valkey is full at {crawlers:.0f} crawlers, a core of MongoDB at {writers:.1f} writers")


def _crawl(run: DemoRun, number: int) -> Rate:
    """All visits into the harvest."""
    redis = run.runtime.redis
    more = {"CITYREACH_CRAWLER__CREDIT": "40", "CITYREACH_CRAWLER__HARVEST_LIMIT": "100000"}
    with _workers(run, ("crawl", "--platform", PLATFORM), number, **more):
        _until(lambda: len(living(redis, beats_of_crawler(PLATFORM, Route.API))) >= number)
        Dispatcher(redis).dispatch(_visits(run))
        # The first ones warm the crawlers up.
        _until(lambda: _ends(redis) >= WARM)
        meter, first = _Meter(run), _ends(redis)
        _until(lambda: _ends(redis) >= VISITS)
        return meter.rate(f"{number} crawler{'s' * (number > 1)}", VISITS - first)


def _write(run: DemoRun, number: int) -> Rate:
    """The harvest into an empty database."""
    redis, db = run.runtime.redis, run.runtime.db
    for name in ("posts", "post_readings", "month_posts", "account_readings", "visits", "raw"):
        db[name].delete_many({})
    redis.rename(keys.HARVEST, _ASIDE)
    with _workers(run, ("write",), number):
        _until(lambda: len(living(redis, WRITERS_BEAT)) >= number)
        meter = _Meter(run)
        with redis.pipeline(transaction=True) as pipe:
            for _, fields in redis.xrange(_ASIDE):  # type: ignore[union-attr]
                pipe.xadd(keys.HARVEST, fields)
            pipe.delete(_ASIDE)
            pipe.execute()
        _until(lambda: not redis.xlen(keys.HARVEST))
        return meter.rate(f"{number} writer{'s' * (number > 1)}", VISITS)


def _ends(redis: Redis) -> int:
    """Visits that are no more in their stream."""
    return VISITS - int(redis.xlen(keys.visit_queue(PLATFORM)))


def _visits(run: DemoRun) -> list[Visit]:
    """One of each account, one page long; that they were made before is forgotten."""
    forget_visits(run.runtime.redis)
    return timelines(run, _PERIOD)


@contextmanager
def _workers(run: DemoRun, command: tuple[str, ...], number: int, **more: str) -> Iterator[None]:
    names = [f"{command[0]} {n}" for n in range(1, number + 1)]
    for name in names:
        run.supervisor.add(Part(name, part(*command), {**run.environment, **more}))
    try:
        yield
    finally:
        for name in names:
            run.supervisor.end(name)


class _Meter:
    """Time, and CPU time by kind of process, from its making on."""

    def __init__(self, run: DemoRun) -> None:
        self._run = run
        self._spent, self._machine = self._by_kind(), _machine_seconds()
        self._began = time.monotonic()

    def rate(self, workers: str, pages: int) -> Rate:
        """Of so many pages since then."""
        seconds = time.monotonic() - self._began
        spent, machine = self._by_kind(), _machine_seconds()
        ms = {k: 1000 * (v - self._spent.get(k, 0.0)) / pages for k, v in spent.items()}
        busy = (machine - self._machine) / seconds / (os.cpu_count() or 1)
        return Rate(workers, pages / seconds, {k: v for k, v in ms.items() if v >= 0.005}, busy)

    def _by_kind(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for one in self._run.supervisor.statuses():
            if one.pid:
                kind = one.name.split(" ", 1)[0]
                found[kind] = found.get(kind, 0.0) + _seconds_of(one.pid)
        return found | {"sandbox": sum(map(_seconds_of, _sandboxes()))}


def _sandboxes() -> Iterator[int]:
    """The sandbox among our children: it is no part, and answers for the platforms."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == os.getpid() and b"sandbox" in words:
            yield int(entry.name)


def _seconds_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK


def _machine_seconds() -> float:
    """Busy seconds of all processors since the start."""
    numbers = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    user, nice, system, _, _, irq, softirq, steal = map(int, numbers)
    return (user + nice + system + irq + softirq + steal) / _TICK


def _until(reached: Callable[[], bool]) -> None:
    while not reached():
        time.sleep(_POLL)


if __name__ == "__main__":
    main()

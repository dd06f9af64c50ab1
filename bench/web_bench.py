"""Public pages in the browser: pages a second, and whether memory grows.

Timelines of TikTok and Facebook in the shipped world, by the real web crawler with four contexts:
each page is opened, scrolled until its window is covered, and stored. Memory is that of browser and
driver (proportional set size), sampled while visits run. The process is started anew as the
settings have it: of the driver's memory, some is never given back.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from bench.measuring.figures import Figure, tell
from bench.measuring.processor import cpu_below
from bus.dispatch import Dispatcher
from cityreach.settings import load_settings
from crawler.browser import available
from crawler.browser.memory import memory_below
from model.messages import Visit, VisitKind, Window
from model.period import Period
from model.route import Route
from operations.rehearsal.demo import SHIPPED
from operations.rehearsal.world_run import DemoRun, started, world_accounts
from sandbox.world.file import load_world
from store.accounts import put_accounts

SMALL = SHIPPED.with_name("small.jsonl.gz")

PLATFORMS = ("tiktok", "facebook")
EARLY, LATE, TOTAL = 50, 980, 1000
_MB = 1024 * 1024
_AROUND = 15
"""So many visits before and after a number of visits give its memory."""


def main() -> None:
    """Prints the figures beside their goals."""
    if not available():
        print("left out: there is no browser (`make .venv/.browser`)")
        return
    with tempfile.TemporaryDirectory() as name:
        folder, period = Path(name), Period.month("2025-05")
        load = partial(load_settings, None)
        base = load(data_dir=folder, mongo_database="cityreach_bench")
        with started(load, base, SMALL, period.start, print, Route.WEB) as run:
            put_accounts(run.runtime.db, world_accounts(load_world(SMALL)))
            run.move(period.cutoff)
            used: dict[int, float] = {}
            samples, seconds = measure(run, list(visits(run, period))[: TOTAL + 1], used)
            restarts = next(p.restarts for p in run.supervisor.statuses() if p.name == "crawl")
    early, late = memory_at(samples, EARLY), memory_at(samples, LATE)
    peak = max(memory for _, memory in samples) / _MB
    tell(Figure(name="pages, 4 contexts, wall", value=TOTAL / seconds, unit="pages/s"))
    tell(
        Figure(
            name="browser, driver and crawler, CPU a page",
            value=sum(used.values()) / TOTAL,
            unit="s",
            at_most=1.2,
        )
    )
    tell(Figure(name="peak memory of browser and driver", value=peak, unit="MB", at_most=700))
    print(f"memory       {early} around {EARLY} visits")
    print(f"             {late} around {LATE} visits   (the browser is started anew as it grows)")
    print(f"started anew {restarts:8} times meanwhile")


def visits(run: DemoRun, period: Period) -> Iterator[Visit]:
    """Timelines of the whole month, again and again, each of another slot."""
    accounts = [a for a in run.runtime.queries.accounts() if a.platform in PLATFORMS]
    for round_ in range(32):
        for account in accounts:
            yield Visit(
                platform=account.platform,
                account=account.id,
                handle=account.handle,
                kind=VisitKind.TIMELINE,
                slot=period.cutoff - timedelta(hours=round_),
                window=Window(period.start, period.end),
                route=Route.WEB,
            )


def measure(
    run: DemoRun, wanted: list[Visit], used: dict[int, float]
) -> tuple[list[tuple[int, int]], float]:
    """(visits done, bytes) over time, and the seconds for all but the first visit.

    `used` gets the CPU seconds of each process that the crawler was, with its browser.
    """
    dispatcher = Dispatcher(run.runtime.redis)
    dispatcher.dispatch(wanted[:1])
    while not run.runtime.queries.visit_states([wanted[0].id]):
        time.sleep(0.1)
    begin, samples, done = time.monotonic(), [], 0
    first, before = _crawler(run), cpu_below(_crawler(run))
    dispatcher.dispatch(wanted[1:])
    ids = [visit.id for visit in wanted[1:]]
    while done < len(ids):
        states = run.runtime.queries.visit_states(ids)
        done = len(states)
        if (crawler := _crawler(run)) != 0:
            samples.append((done, memory_below(crawler)))
            used[crawler] = cpu_below(crawler) - (before if crawler == first else 0)
        time.sleep(0.1)
    seconds = time.monotonic() - begin
    bad = {state.outcome.value for state in states.values() if not state.complete}
    if bad:
        print(f"some visits ended otherwise: {', '.join(sorted(bad))}")
    return samples, seconds


def _crawler(run: DemoRun) -> int:
    """Its process; 0 while it is started anew."""
    (crawler,) = (part for part in run.supervisor.statuses() if part.name == "crawl")
    return crawler.pid or 0


def memory_at(samples: list[tuple[int, int]], visits_done: int) -> str:
    """Median and highest while about so many visits were done: single samples scatter by a tenth,
    since pages of very different size are open at once.
    """
    near = [used / _MB for done, used in samples if abs(done - visits_done) <= _AROUND]
    return f"{median(near):8.0f} MB, at most {max(near):.0f}"


if __name__ == "__main__":
    main()

"""A month of 690 accounts, 150,000 posts and 5,000,000 readings: measures, recompute, gaps.

    python -m bench.month_bench [--posts N] [--readings N] [--rounds N]

Posts enter by the writer; further readings of them, older and lower than the last ones, and the
ended visits of the default plan are put beside them. Times are wall time with MongoDB's CPU time in
the note, as the database does most of the work.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median

from pymongo import WriteConcern

from bench.made.harvest import accounts_of, closings, pages
from bench.made.planned import collect
from bench.measuring.figures import Figure, tell
from bench.measuring.processor import cpu_below
from cityreach.quick_start import look_seldom_for_garbage
from cityreach.settings import load_settings
from embedded import Stack
from model.account import Account
from model.messages import Visit, VisitKind, Window
from model.period import Period
from model.platform import PLATFORMS
from operations.gaps import gaps_of
from operations.running.opening import runtime_of
from operations.runtime import Runtime
from scheduler.calendar import slots
from scheduler.plan import Plan
from scoring.cities.measures import measure_rows
from store.accounts import put_accounts
from store.database import POST_READINGS, Document, Store, ensure_indexes
from store.ingest.writer import Writer
from store.keys import reading_id
from store.month.kept import recomputed_sums, verify_month
from store.month.measures import account_months, roll_up

MONTH = Period.month("2025-05")
ACCOUNTS = 690
_MEASURES_WAY = (
    "what is kept of 690 accounts is read and decoded, and their rows are made of it; MongoDB and "
    "this process share the time"
)
_SUMS_WAY = (
    "three fifths of the CPU time are mongod's, which looks up the last reading of each post, the "
    "rest decodes and puts together 150,000 posts in one process; both go on at once and need a "
    "core each"
)
_GAPS_WAY = (
    "mongod reads 280,000 ended visits with their attempts, one after the other; what it puts "
    "together of them is compared with the plan in one process"
)
_PAGES = 40
_BATCH = 10_000


def main() -> None:
    """Fills a MongoDB of its own and tells the figures."""
    look_seldom_for_garbage()  # As commands do.
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=150_000)
    parser.add_argument("--readings", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Stack(Path(name)) as stack:
        servers = stack.start()
        # By the API's plan, which asks for six times as many visits as that of public pages.
        given = {platform: {"route": "api"} for platform in PLATFORMS}
        settings = load_settings(
            None, data_dir=Path(name), mongo_database="cityreach_bench", **given
        )
        runtime = runtime_of(settings, servers)
        began = time.monotonic()
        _fill(runtime, asked.posts, asked.readings)
        stored = runtime.db[POST_READINGS].estimated_document_count()
        print(f"{asked.posts:,} posts, {stored:,} readings, in {time.monotonic() - began:.0f} s")
        (mongod,) = (one.pid for one in stack.processes if one.name == "mongod" and one.pid)
        _tell_all(runtime, Stopwatch(mongod, asked.rounds))
        runtime.close()


class Stopwatch:
    """Medians of wall time, with mongod's CPU time of the same rounds."""

    def __init__(self, mongod: int, rounds: int) -> None:
        self._mongod = mongod
        self._rounds = rounds

    def of_rounds(self, rounds: int) -> Stopwatch:
        """For what takes long."""
        return Stopwatch(self._mongod, rounds)

    def tell(
        self, name: str, at_most: float | None, work: Callable[[], object], way: str = ""
    ) -> None:
        """Tells how long some work takes."""
        walls, cpus = [], []
        for _ in range(self._rounds):
            cpu, own, wall = cpu_below(self._mongod), time.process_time(), time.monotonic()
            work()
            walls.append(time.monotonic() - wall)
            cpus.append((time.process_time() - own, cpu_below(self._mongod) - cpu))
        ours, theirs = (median(values) for values in zip(*cpus, strict=True))
        note = f"CPU {ours:.2f} s of this process, {theirs:.2f} s of mongod"
        tell(Figure(name=name, value=median(walls), unit="s", at_most=at_most, note=note, way=way))


def _tell_all(runtime: Runtime, watch: Stopwatch) -> None:
    db = runtime.db
    of = f"{ACCOUNTS} accounts"

    def measures() -> object:
        return measure_rows(MONTH, account_months(db, MONTH))

    watch.tell(f"measures of {of}, nothing rolled up", None, measures)
    watch.of_rounds(1).tell(f"rolling up {of}", None, lambda: roll_up(db, MONTH))
    watch.tell(f"measures of {of}, rolled up", 0.3, measures, _MEASURES_WAY)
    readings = f"{db[POST_READINGS].estimated_document_count():,} readings"
    once = watch.of_rounds(1)
    once.tell(f"sums recomputed from {readings}", 15, lambda: recomputed_sums(db, MONTH), _SUMS_WAY)
    different = len(verify_month(db, MONTH))
    tell(Figure(name="posts that differ from it", value=different, at_most=0, portable=True))
    watch.tell(f"gaps of {of}", 5, lambda: gaps_of(runtime, MONTH), _GAPS_WAY)


def _fill(runtime: Runtime, posts: int, readings: int) -> None:
    db = runtime.db
    ensure_indexes(db)
    each = -(-posts // ACCOUNTS)
    accounts = accounts_of(posts, each)
    put_accounts(db, accounts)
    writer = Writer(db)
    messages = list(pages(posts, MONTH, MONTH.cutoff, each))
    for start in range(0, len(messages), _PAGES):
        writer.write(messages[start : start + _PAGES])
    writer.write(list(closings(posts, MONTH, each)))
    collect(db, list(_visits(accounts)))
    _insert(db, _older(runtime, -(-(readings - posts) // posts)))


def _insert(db: Store, rows: Iterator[Document]) -> None:
    """Batch by batch, the next one made while the server takes one."""
    taking = db[POST_READINGS].with_options(write_concern=WriteConcern(1))
    with ThreadPoolExecutor(1) as pool:
        before: Future[object] | None = None
        while batch := list(islice(rows, _BATCH)):
            if before is not None:
                before.result()
            before = pool.submit(taking.insert_many, batch, ordered=False)
        if before is not None:
            before.result()


def _older(runtime: Runtime, each: int) -> Iterator[Document]:
    """So many readings of each post, an hour apart, before the one that is there."""
    last: list[Document] = list(runtime.db[POST_READINGS].find())
    for row in last:
        for hours in range(1, each + 1):
            at = row["slot"] - timedelta(hours=hours)
            yield {**row, "_id": reading_id(row["post"], at), "slot": at, "observed_at": at}


def _visits(accounts: list[Account]) -> Iterator[Visit]:
    for slot in slots(MONTH, Plan()):
        if slot.at == MONTH.cutoff and slot.kind is VisitKind.TIMELINE:
            continue  # The writer has stored these.
        window = Window(MONTH.start, slot.at) if slot.window is not None else None
        for account in accounts:
            yield Visit(
                platform=account.platform,
                account=account.id or "",
                handle=account.handle,
                kind=slot.kind,
                slot=slot.at,
                window=window,
            )


if __name__ == "__main__":
    main()

"""What planning 10,000 accounts takes: share of a core, memory, every visit once.

A week, or a month with `--days 31`: the planner with its dispatcher on a real Valkey or Redis, on
a simulated clock. Of each slot the passes are made that have something to do, and of some slots one
that has not; all others are like that one and count as such (the service makes a pass every 30
seconds). What the store would say is kept in this process. The hours: the same planner with
MongoDB's truth, to see what its questions cost. A month takes seven minutes; its share of a core
is that of a week.

    python -m bench.plan_bench [--accounts N] [--days N] [--hours N]

The share of a core is this process's CPU time over simulated time; the memory is its peak, with the
store that is kept in it.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from redis import Redis

from bench.made.planned import MemoryTruth, collect, fill
from bench.measuring.figures import Figure, tell
from bus.connection import connect_redis
from bus.dispatch import Dispatcher
from embedded import Stack
from model.account import Account
from model.messages import Visit, VisitKind
from model.months import Months
from model.period import Period
from model.platform import PLATFORMS
from operations.runtime import traits_of
from scheduler.contract import PlannerStore
from scheduler.plan import Plan
from scheduler.planner import Planner
from store.database import Store, connect_mongo, ensure_indexes
from store.plan.queries import StoreQueries

MONTH = Period.month("2025-05")
PLAN = Plan()
PASS = timedelta(seconds=30)
_STEP = timedelta(hours=2)
_LATE = timedelta(days=20)
_IDLE = 20
"""So many idle passes are made; the others are taken to be like them."""
Collect = Callable[[Sequence[Visit]], None]


@dataclass
class Hand:
    """A clock set by hand."""

    at: datetime

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.at


@dataclass
class Spent:
    """CPU seconds of passes, and what they planned."""

    begin: datetime
    span: timedelta
    busy: float = 0.0
    idle: float = 0.0
    passes: int = 0
    idle_passes: int = 0
    visits: Counter[tuple[str, VisitKind, datetime]] = field(default_factory=Counter)
    ids: int = 0
    sent: int = 0
    """What the dispatcher took, all passes together."""

    @property
    def share(self) -> float:
        """Of one core, if every pass of the span had been made."""
        idle = self.idle / max(self.idle_passes, 1)
        left = self.span / PASS - self.passes
        return (self.busy + self.idle + left * idle) / self.span.total_seconds()


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--hours", type=int, default=2)
    asked = parser.parse_args()
    accounts = list(_accounts(asked.accounts))
    with tempfile.TemporaryDirectory() as folder, _servers(Path(folder)) as (redis, db):
        begin = MONTH.start - PLAN.edge_lead
        memory = MemoryTruth(accounts)
        month = _walk(memory, memory.complete, redis, Spent(begin, timedelta(days=asked.days)))
        _report(f"{asked.days} days", month, accounts)
        if asked.hours:
            fill(db, accounts, begin + _LATE)
            spent = Spent(begin + _LATE, timedelta(hours=asked.hours))
            stored = _walk(StoreQueries(db), lambda v: collect(db, v), redis, spent)
            _report(f"{asked.hours} hours with MongoDB's truth", stored, accounts)


def _accounts(number: int) -> Iterator[Account]:
    for serial in range(number):
        platform = PLATFORMS[serial % len(PLATFORMS)]
        yield Account(
            platform=platform,
            id=f"{10**14 + serial}",
            handle=f"city{serial}",
            city=f"city{serial // 5}",
        )


@contextmanager
def _servers(folder: Path) -> Iterator[tuple[Redis, Store]]:
    with Stack(folder) as stack:
        servers = stack.start()
        db = connect_mongo(servers.mongo_uri, "cityreach_bench")
        ensure_indexes(db)
        redis = connect_redis(servers.redis_uri)
        # How fast the disk takes a log of the queue is not the question.
        redis.config_set("appendonly", "no")
        yield redis, db
        db.client.close()


def _walk(store: PlannerStore, done: Collect, redis: Redis, spent: Spent) -> Spent:
    """Slot after slot: planned, on their way, ended, and nothing left to do."""
    clock = Hand(spent.begin)
    traits = {name: traits_of(name) for name in PLATFORMS}
    planner = Planner(store, Dispatcher(redis), clock, PLAN, traits)
    while clock.at < spent.begin + spent.span:
        visits = _pass(planner, spent)
        spent.visits.update((v.platform, v.kind, v.slot) for v in visits)
        spent.ids += len({visit.id for visit in visits})
        clock.at += PASS
        done(_pass(planner, spent))
        redis.flushall()
        clock.at += PASS
        _pass(planner, spent)
        if spent.idle_passes < _IDLE:
            clock.at += PASS
            _pass(planner, spent)
        clock.at += _STEP - (clock.at - spent.begin) % _STEP
    return spent


def _pass(planner: Planner, spent: Spent) -> list[Visit]:
    began = time.process_time()
    planned = planner.run(Months.of_period(MONTH))
    took = time.process_time() - began
    spent.passes += 1
    spent.sent += planned.dispatched
    if planned.open:
        spent.busy += took
    else:
        spent.idle += took
        spent.idle_passes += 1
    return planned.open


def _report(name: str, spent: Spent, accounts: Sequence[Account]) -> None:
    due, wrong = _due(spent, accounts), 0
    for key in {*due, *spent.visits}:
        wrong += abs(due[key] - spent.visits[key])
    twice = sum(spent.visits.values()) - spent.ids + abs(spent.sent - spent.ids)
    print(f"{len(accounts):,} accounts, {name}: {spent.sent:,} visits planned and sent")
    tell(Figure(name=f"planner, {name}: share of a core", value=spent.share, at_most=0.1))
    busy = 1000 * spent.busy / max(spent.passes - spent.idle_passes, 1)
    idle = 1000 * spent.idle / max(spent.idle_passes, 1)
    print(f"  a pass      {busy:8.0f} ms with visits, {idle:.0f} ms without")
    print(
        f"  due visits  {due.total():,}; not planned, or planned for nothing: {wrong}; "
        f"planned twice: {twice} (goal: 0 and 0)"
    )
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell(Figure(name=f"planner, {name}: memory", value=most, unit="MB", at_most=300))
    if wrong or twice:
        raise SystemExit("a due visit was not planned exactly once")


def _due(spent: Spent, accounts: Sequence[Account]) -> Counter[tuple[str, VisitKind, datetime]]:
    """By hand, from what the default plan promises and not by its code: every account's timeline
    every two hours and its followers once a day, from an hour before the month on. The month's
    edges and its cut-off lie on these instants. On Instagram, timelines bring the followers.
    """
    numbers = Counter(account.platform for account in accounts)
    due: Counter[tuple[str, VisitKind, datetime]] = Counter()
    at, hours = MONTH.start - timedelta(hours=1), 0
    while at < spent.begin + spent.span:
        for name, number in numbers.items() if at >= spent.begin else ():
            due[name, VisitKind.TIMELINE, at] = number
            if hours % 24 == 0 and name != "instagram":
                due[name, VisitKind.PROFILE, at] = number
        at, hours = at + timedelta(hours=2), hours + 2
    return due


if __name__ == "__main__":
    main()

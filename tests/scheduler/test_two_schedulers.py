"""Two schedulers at once, on real servers: nothing is sent twice, and one alone carries on."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from bus import keys
from bus.dispatch import Dispatcher
from model.account import Account
from model.messages import decode_visit
from model.months import Months
from scheduler.contract import Traits
from scheduler.plan import Plan
from scheduler.planner import Planner
from store.accounts import put_accounts
from store.database import Store
from store.plan.queries import StoreQueries
from store.plan.skipped import StoredSkipLog
from tests.scheduler.known import DAY, HOUR, MAY, Hand
from tests.shared import ROOT

NOON = MAY.start - HOUR + 14 * DAY
NUMBER = 150


@pytest.fixture
def watched(db: Store) -> Store:
    put_accounts(
        db,
        [
            Account(platform=name, id=f"UC{n}", handle=f"h{n}", city="nanjing")
            for name in ("x", "youtube")
            for n in range(NUMBER)
        ],
    )
    return db


@contextmanager
def scheduler(redis_uri: str, mongo_uri: str, db: Store, name: str) -> Iterator[Any]:
    command = [
        sys.executable,
        "-m",
        "tests.scheduler.schedule_process",
        redis_uri,
        mongo_uri,
        db.name,
        NOON.isoformat(),
        name,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def said(process: Any) -> tuple[int, int]:
    """What the next pass found open, and how many of them were new."""
    opened, sent = process.stdout.readline().split()
    return int(opened), int(sent)


def sent(redis: Redis) -> Counter[str]:
    """Visits in the streams, each attempt by itself."""
    found: Counter[str] = Counter()
    for name in ("x", "youtube"):
        entries: Any = redis.xrange(keys.visit_queue(name))  # type: ignore[arg-type]
        visits = [decode_visit(fields[b"m"]) for _, fields in entries]
        found.update(f"{visit.id}#{visit.attempt}" for visit in visits)
    return found


def until(condition: Callable[[], bool], process: Any) -> None:
    while not condition():
        said(process)


def test_one_of_two_leads_and_the_other_takes_over(
    redis: Redis, redis_uri: str, mongod: Any, watched: Store
) -> None:
    with scheduler(redis_uri, mongod.uri, watched, "one") as one:
        assert said(one) == (4 * NUMBER, 4 * NUMBER)
        assert said(one) == (4 * NUMBER, 0)
        with scheduler(redis_uri, mongod.uri, watched, "two") as two:
            assert said(one)[1] == 0
            one.kill()
            assert said(two) == (4 * NUMBER, 0), "what the first one sent is not sent again"
            redis.flushall()
            until(lambda: len(sent(redis)) == 4 * NUMBER, two)
    assert set(sent(redis).values()) == {1}


def test_two_that_both_believe_to_lead_send_each_visit_once(redis: Redis, watched: Store) -> None:
    """The lease may change hands in the middle of a pass: markers do not depend on it."""
    clock = Hand(NOON)
    traits = {"x": Traits(False, True), "youtube": Traits(False, True)}
    both = [
        Planner(
            StoreQueries(watched),
            Dispatcher(redis),
            clock,
            Plan(),
            traits,
            skip_log=StoredSkipLog(watched),
        )
        for _ in range(2)
    ]
    dispatched = 0
    for _ in range(3):
        dispatched += sum(one.run(Months()).dispatched for one in both)
        clock.at += timedelta(minutes=30)
    assert dispatched == 4 * NUMBER
    assert len(sent(redis)) == dispatched

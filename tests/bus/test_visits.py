"""Visits: dispatched once, leased, renewed, finished, reclaimed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from bus import keys
from bus.connection import connect_async
from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from bus.lease import HarvestIn, Lease, VisitLeases
from model.messages import (
    HarvestPage,
    Outcome,
    RawAnswer,
    Visit,
    VisitClosed,
    VisitKind,
    decode_harvest,
)

SLOT = datetime(2025, 5, 1, tzinfo=UTC)


def visit(number: int, attempt: int = 0) -> Visit:
    return Visit(
        platform="x",
        account=str(number),
        handle=f"city{number}",
        kind=VisitKind.PROFILE,
        slot=SLOT,
        attempt=attempt,
    )


def closed(lease: Lease) -> VisitClosed:
    return VisitClosed(visit=lease.visit, outcome=Outcome.OK, observed_at=SLOT)


@pytest.fixture
async def leases(redis_uri: str, redis: Redis) -> AsyncIterator[VisitLeases]:
    client = connect_async(redis_uri)
    mine = VisitLeases(client, "x", "one", lease_ms=60_000)
    await mine.open()
    yield mine
    await client.aclose()


@pytest.fixture
async def impatient(redis_uri: str, redis: Redis) -> AsyncIterator[VisitLeases]:
    """Another crawler, for which every lease has run out."""
    client = connect_async(redis_uri)
    yield VisitLeases(client, "x", "two", lease_ms=0)
    await client.aclose()


@pytest.fixture
async def other(redis_uri: str, redis: Redis) -> AsyncIterator[VisitLeases]:
    """Another crawler, for which leases last a minute."""
    client = connect_async(redis_uri)
    yield VisitLeases(client, "x", "two", lease_ms=60_000)
    await client.aclose()


def test_the_same_visit_is_dispatched_once(redis: Redis) -> None:
    dispatcher = Dispatcher(redis)
    assert dispatcher.dispatch([visit(1), visit(2)]) == 2
    assert dispatcher.dispatch([visit(2), visit(3)]) == 1
    assert dispatcher.waiting()["x"] == 3


def test_two_planners_at_once_dispatch_once(redis_uri: str, redis: Redis) -> None:
    many = [visit(n) for n in range(300)]
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: Dispatcher(redis).dispatch(many), range(8)))
    assert sum(sent) == 300
    assert redis.xlen(keys.visit_queue("x")) == 300


def test_a_further_attempt_is_dispatched_again(redis: Redis) -> None:
    dispatcher = Dispatcher(redis)
    assert dispatcher.dispatch([visit(1)]) == 1
    assert dispatcher.dispatch([visit(1, attempt=1)]) == 1


def test_an_emptied_redis_is_healed_by_the_next_plan(redis: Redis) -> None:
    dispatcher = Dispatcher(redis)
    dispatcher.dispatch([visit(1)])
    redis.flushall()
    assert dispatcher.dispatch([visit(1)]) == 1


async def test_finishing_puts_the_outcome_into_the_harvest(
    redis: Redis, leases: VisitLeases
) -> None:
    Dispatcher(redis).dispatch([visit(1)])
    (lease,) = await leases.take(10, 10)
    assert await leases.finish(lease, closed(lease))
    ((_, fields),) = redis.xrange(keys.HARVEST)
    assert decode_harvest(fields[b"m"]) == closed(lease)
    assert redis.xlen(keys.visit_queue("x")) == 0
    assert leases.held == 0


async def test_a_visit_finished_twice_has_one_outcome(
    redis: Redis, leases: VisitLeases, impatient: VisitLeases
) -> None:
    Dispatcher(redis).dispatch([visit(1)])
    (slow,) = await leases.take(1, 10)
    (fast,) = await impatient.take(1, 10)
    assert fast.deliveries == 2
    assert await impatient.finish(fast, closed(fast))
    assert not await leases.finish(slow, closed(slow))
    assert redis.xlen(keys.HARVEST) == 1


async def test_a_lease_that_lasts_is_not_taken_by_others(
    redis: Redis, leases: VisitLeases, other: VisitLeases
) -> None:
    Dispatcher(redis).dispatch([visit(1)])
    await leases.take(1, 10)
    assert await other.take(1, 10) == []
    await leases.renew()
    assert await other.take(1, 10) == []


async def test_released_visits_are_taken_at_once(
    redis: Redis, leases: VisitLeases, other: VisitLeases
) -> None:
    Dispatcher(redis).dispatch([visit(1), visit(2)])
    await leases.take(2, 10)
    assert await leases.release() == 2
    again = await other.take(5, 10)
    assert {lease.visit.account for lease in again} == {"1", "2"}


async def test_own_running_visits_are_not_reclaimed(redis: Redis, impatient: VisitLeases) -> None:
    Dispatcher(redis).dispatch([visit(1)])
    assert len(await impatient.take(1, 10)) == 1
    assert await impatient.take(1, 10) == []


async def test_what_is_no_visit_is_set_aside(redis: Redis, leases: VisitLeases) -> None:
    redis.xadd(keys.visit_queue("x"), {"m": b'{"v":99}'})
    Dispatcher(redis).dispatch([visit(1)])
    taken = await leases.take(10, 10)
    assert [lease.visit.account for lease in taken] == ["1"]
    ((_, dead),) = redis.xrange(keys.DEAD)
    assert dead[b"m"] == b'{"v":99}'
    assert b"schema 1" in dead[b"why"]


async def test_a_batch_becomes_visible_at_once(redis: Redis, leases: VisitLeases) -> None:
    taking = asyncio.create_task(leases.take(500, 2000))
    await asyncio.sleep(0)
    await asyncio.to_thread(Dispatcher(redis).dispatch, [visit(n) for n in range(100)])
    assert len(await taking) == 100


async def test_the_harvest_waits_until_it_is_acknowledged(redis: Redis, redis_uri: str) -> None:
    raw = RawAnswer(
        sha256="0" * 64, endpoint="users", url="u", status=200, observed_at=SLOT, size=2
    )
    page = HarvestPage(platform="x", slot=SLOT, visits=(visit(1).id,), raw=raw)
    client = connect_async(redis_uri)
    await HarvestIn(client).add(page, b"zz")
    await client.aclose()
    dying = HarvestOut(redis, "one", idle_ms=0)
    assert [e.message for e in dying.read(10, 10)] == [page]
    restarted = HarvestOut(redis, "one", idle_ms=60_000)
    (entry,) = restarted.read(10, 10)
    assert (entry.message, entry.raw) == (page, b"zz")
    restarted.ack([entry])
    assert HarvestOut(redis, "two", idle_ms=0).read(10, 10) == []
    assert restarted.waiting() == 0


async def test_a_dead_writers_entries_are_taken_over(redis: Redis) -> None:
    redis.xadd(keys.HARVEST, {"m": b"broken"})
    (first,) = HarvestOut(redis, "one").read(10, 10)
    assert first.error is not None
    other = HarvestOut(redis, "two", idle_ms=0)
    (entry,) = other.read(10, 10)
    other.reject(entry, "poison")
    ((_, dead),) = redis.xrange(keys.DEAD)
    assert (dead[b"m"], dead[b"why"]) == (b"broken", b"poison")
    assert other.waiting() == 0


async def test_a_written_visit_is_not_sent_out_by_a_late_plan(
    redis: Redis, leases: VisitLeases
) -> None:
    dispatcher = Dispatcher(redis)
    dispatcher.dispatch([visit(1)])
    (lease,) = await leases.take(1, 10)
    await leases.finish(lease, closed(lease))
    out = HarvestOut(redis, "writer")
    out.ack(out.read(10, 10))
    assert dispatcher.dispatch([visit(1)]) == 0
    assert 0 < redis.ttl(keys.dispatched(visit(1))) <= timedelta(hours=1).total_seconds()

"""Markers without a message are freed; those of visits anywhere on their way are not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis import Redis

from bus import keys
from bus.connection import connect_async
from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from bus.lease import VisitLeases
from bus.orphans import free_lost
from model.messages import Outcome, VisitClosed
from tests.bus.test_visits import SLOT, visit


@pytest.fixture
async def leases(redis_uri: str, redis: Redis) -> AsyncIterator[VisitLeases]:
    client = connect_async(redis_uri)
    mine = VisitLeases(client, "x", "one", lease_ms=60_000)
    await mine.open()
    yield mine
    await client.aclose()


async def test_a_visit_anywhere_on_its_way_is_left_alone(redis: Redis, leases: VisitLeases) -> None:
    dispatcher = Dispatcher(redis)
    dispatcher.dispatch([visit(1), visit(2), visit(3)])
    leased, finished = (await leases.take(2, 10))[:2]
    await leases.finish(
        finished, VisitClosed(visit=finished.visit, outcome=Outcome.OK, observed_at=SLOT)
    )
    assert free_lost(redis) == 0
    out = HarvestOut(redis, "writer")
    out.ack(out.read(10, 10))
    assert free_lost(redis) == 0
    assert dispatcher.dispatch([visit(n) for n in (1, 2, 3)]) == 0
    assert leased.visit in (visit(1), visit(2))


def test_a_visit_that_is_nowhere_is_sent_again(redis: Redis) -> None:
    dispatcher = Dispatcher(redis)
    dispatcher.dispatch([visit(n) for n in range(1500)])
    ((first, _),) = redis.xrange(keys.visit_queue("x"), count=1)
    redis.xdel(keys.visit_queue("x"), first)
    assert free_lost(redis) == 1
    assert free_lost(redis) == 0
    assert dispatcher.dispatch([visit(n) for n in range(1500)]) == 1


def test_without_streams_everything_is_freed(redis: Redis) -> None:
    dispatcher = Dispatcher(redis)
    dispatcher.dispatch([visit(1), visit(2)])
    redis.delete(keys.visit_queue("x"))
    assert free_lost(redis) == 2


def test_messages_that_nobody_understands_are_passed_over(redis: Redis) -> None:
    Dispatcher(redis).dispatch([visit(1)])
    redis.xadd(keys.visit_queue("x"), {"m": b"?"})
    redis.xadd(keys.HARVEST, {"m": b"?"})
    assert free_lost(redis) == 0

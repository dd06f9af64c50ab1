"""Visits on their way, looked at from outside: nothing is taken, nothing is left out."""

from __future__ import annotations

import pytest
from redis import Redis

from bus import keys
from bus.dispatch import Dispatcher
from bus.lease import VisitLeases
from bus.on_the_way import OnTheWay, on_the_way
from model.route import Route
from tests.bus.test_visits import leases, visit

__all__ = ["leases"]


def _ids(found: list[OnTheWay]) -> list[str]:
    return [one.visit.account for one in found]


def test_of_nothing_nothing_is_told(redis: Redis) -> None:
    assert on_the_way(redis, "x", Route.API, 9) == []


async def test_who_holds_what_and_what_waits(redis: Redis, leases: VisitLeases) -> None:
    Dispatcher(redis).dispatch([visit(n) for n in range(5)])
    await leases.take(2, 1)
    for _ in range(2):  # Looking changes nothing.
        found = on_the_way(redis, "x", Route.API, 9)
        assert _ids(found) == ["0", "1", "2", "3", "4"]
        assert [one.holder for one in found] == ["one", "one", None, None, None]
        assert [one.deliveries for one in found] == [1, 1, 0, 0, 0]
        assert [one.quiet is None for one in found] == [False, False, True, True, True]
    assert len(redis.xrange(keys.visit_queue("x"))) == 5
    assert on_the_way(redis, "youtube", Route.API, 9) == on_the_way(redis, "x", Route.WEB, 9) == []


async def test_few_of_many_are_told(redis: Redis, leases: VisitLeases) -> None:
    """Also a lease that stands behind many that wait."""
    Dispatcher(redis).dispatch([visit(n) for n in range(6)])
    taken = await leases.take(6, 1)
    for entry in [one.entry for one in taken[:5]]:
        redis.xack(keys.visit_queue("x"), keys.CRAWLERS, entry)
    found = on_the_way(redis, "x", Route.API, 2)
    assert _ids(found) == ["5", "0", "1"]


@pytest.mark.parametrize("message", [b"", b"junk", b"\xff\x00"])
async def test_what_is_no_visit_is_left_out(
    redis: Redis, leases: VisitLeases, message: bytes
) -> None:
    Dispatcher(redis).dispatch([visit(1)])
    redis.xadd(keys.visit_queue("x"), {"m": message})
    redis.xadd(keys.visit_queue("x"), {"other": b"1"})
    assert _ids(on_the_way(redis, "x", Route.API, 9)) == ["1"]

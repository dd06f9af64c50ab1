"""Visits by public pages travel apart, and a host's pace is one for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest
from redis import Redis

from bus import keys
from bus.connection import connect_async
from bus.dispatch import Dispatcher
from bus.lease import VisitLeases
from bus.rate_limit import SharedPace
from model.messages import Visit, VisitKind
from model.route import Route

SLOT = datetime(2025, 5, 1, tzinfo=UTC)
VISIT = Visit(platform="x", account="1", handle="city", kind=VisitKind.PROFILE, slot=SLOT)
WEB = msgspec.structs.replace(VISIT, route=Route.WEB)


@pytest.fixture
async def opener(redis_uri: str, redis: Redis) -> AsyncIterator[VisitLeases]:
    """A crawler that opens pages."""
    client = connect_async(redis_uri)
    leases = VisitLeases(client, "x", "pages", 60_000, Route.WEB)
    await leases.open()
    yield leases
    await client.aclose()


@pytest.fixture
async def caller(redis_uri: str, redis: Redis) -> AsyncIterator[VisitLeases]:
    """A crawler that calls the official API."""
    client = connect_async(redis_uri)
    leases = VisitLeases(client, "x", "calls", 60_000)
    await leases.open()
    yield leases
    await client.aclose()


async def test_only_crawlers_of_pages_get_their_visits(
    redis: Redis, opener: VisitLeases, caller: VisitLeases
) -> None:
    other = msgspec.structs.replace(WEB, account="2")
    dispatcher = Dispatcher(redis)
    assert dispatcher.dispatch([VISIT, other]) == 2
    assert dispatcher.waiting()["x"] == 2
    assert [lease.visit for lease in await caller.take(10, 10)] == [VISIT]
    assert [lease.visit for lease in await opener.take(10, 10)] == [other]


def test_one_attempt_goes_one_way(redis: Redis) -> None:
    dispatcher = Dispatcher(redis)
    assert dispatcher.dispatch([VISIT]) == 1
    assert dispatcher.dispatch([WEB]) == 0
    assert dispatcher.dispatch([msgspec.structs.replace(WEB, attempt=1)]) == 1


async def test_it_is_known_who_takes_which_visits(redis: Redis, opener: VisitLeases) -> None:
    dispatcher = Dispatcher(redis)
    assert dispatcher.served(Route.WEB) == {"x"}
    assert dispatcher.served(Route.API) == frozenset()
    assert 60_000 < redis.pttl(keys.served("x", Route.WEB)) <= 120_001
    redis.delete(keys.served("x", Route.WEB))
    await opener.renew()
    assert dispatcher.served(Route.WEB) == {"x"}


async def test_turns_of_a_host_are_one_after_another_for_all_crawlers(
    redis: Redis, redis_uri: str
) -> None:
    clients = [connect_async(redis_uri) for _ in range(2)]
    paces = [SharedPace(client) for client in clients]
    began = time.monotonic()
    asked = [await paces[n % 2]._ask("pages.example.org", 3.0) for n in range(8)]
    passed = time.monotonic() - began
    waits = [wait for granted, wait in asked if granted]
    assert waits[0] == 0
    assert all(2.99 - passed <= b - a <= 3.01 for a, b in pairwise(waits))
    assert 4 <= len(waits) <= 4 + passed / 3, "nobody waits longer than ten seconds"
    for client in clients:
        await client.aclose()


async def test_hosts_have_their_own_pace(redis: Redis, redis_uri: str) -> None:
    client = connect_async(redis_uri)
    pace = SharedPace(client)
    assert await pace._ask("a.example.org", 60.0) == (True, 0.0)
    assert await pace._ask("b.example.org", 60.0) == (True, 0.0)
    granted, again = await pace._ask("a.example.org", 60.0)
    assert not granted
    assert 0 < again <= 50
    await client.aclose()


async def test_without_a_pause_nobody_is_asked(redis: Redis) -> None:
    async with asyncio.timeout(5):
        client = connect_async("redis://127.0.0.1:1/0")
        await SharedPace(client).turn("pages.example.org", 0)
        await client.aclose()


async def test_a_host_that_was_left_alone_is_open_at_once(redis: Redis, redis_uri: str) -> None:
    client = connect_async(redis_uri)
    await SharedPace(client).turn("pages.example.org", 0.001)
    assert redis.pttl(keys.pace("pages.example.org")) <= 1001
    redis.delete(keys.pace("pages.example.org"))
    assert await SharedPace(client)._ask("pages.example.org", 60.0) == (True, 0.0)
    await client.aclose()

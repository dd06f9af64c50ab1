"""Requests of many tasks in few round trips."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from redis import Redis

from bus.batches import Batches
from bus.connection import connect_async
from bus.ledger import Ledger, spending


class _Line:
    """Doubles numbers; remembers what came together, and waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.free = asyncio.Event()

    async def send(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.free.wait()
        if 13 in numbers:
            raise ConnectionError("away")
        return [2 * number for number in numbers]


async def test_what_comes_meanwhile_goes_together_and_in_order() -> None:
    line = _Line()
    batches = Batches(line.send)
    asked = [asyncio.create_task(batches.add(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked += [asyncio.create_task(batches.add(number)) for number in (3, 4, 5)]
    await asyncio.sleep(0)
    line.free.set()
    assert await asyncio.gather(*asked) == [2, 4, 6, 8, 10]
    assert line.batches == [[1, 2], [3, 4, 5]]


async def test_a_failure_reaches_those_whose_batch_it_was_and_no_others() -> None:
    line = _Line()
    batches = Batches(line.send)
    failing = [asyncio.create_task(batches.add(number)) for number in (12, 13)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    good = asyncio.create_task(batches.add(14))
    line.free.set()
    said = await asyncio.gather(*failing, return_exceptions=True)
    assert [type(one) for one in said] == [ConnectionError, ConnectionError]
    assert await good == 28
    assert await batches.add(15) == 30


async def test_one_who_waits_no_longer_leaves_the_others_alone() -> None:
    line = _Line()
    batches = Batches(line.send)
    gone, stays = (asyncio.create_task(batches.add(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    line.free.set()
    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_each_call_of_a_batch_gets_its_own_total(redis: Redis, redis_uri: str) -> None:
    client, at = connect_async(redis_uri), datetime(2025, 5, 3, 5, tzinfo=UTC)
    ledger = Ledger(client, "youtube")
    totals = await asyncio.gather(
        *(ledger.enter(at, f"k{number % 2}", "videos", number) for number in range(6))
    )
    await client.aclose()
    assert totals == [0, 1, 2, 4, 6, 9]
    assert [(row.credential, row.calls, row.units) for row in spending(redis)] == [
        ("k0", 3, 6),
        ("k1", 3, 9),
    ]

"""What was spent, and who leads."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from redis import Redis

from bus.connection import connect_async
from bus.leader import Leader
from bus.ledger import Ledger, Spent, platform_day, spending
from model.platform import PlatformName

NOON = datetime(2025, 5, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("platform", "day"), [("youtube", date(2025, 5, 2)), ("x", date(2025, 5, 3))]
)
def test_a_day_is_the_platforms_own(platform: PlatformName, day: date) -> None:
    assert platform_day(platform, NOON) == day


async def test_units_add_up_by_credential_and_endpoint(redis: Redis, redis_uri: str) -> None:
    client = connect_async(redis_uri)
    ledger = Ledger(client, "youtube")
    assert await ledger.enter(NOON, "k1", "videos", 1) == 1
    assert await ledger.enter(NOON, "k1", "channels", 2) == 3
    assert await ledger.enter(NOON, "k2", "videos", 5) == 5
    assert await ledger.enter(NOON, "k1", "videos", 1) == 4
    await client.aclose()
    day = date(2025, 5, 2)
    assert spending(redis) == [
        Spent("youtube", day, "k1", "channels", 1, 2),
        Spent("youtube", day, "k1", "videos", 2, 2),
        Spent("youtube", day, "k2", "videos", 1, 5),
    ]


def test_one_leader_at_a_time(redis: Redis) -> None:
    one, two = Leader(redis, "one"), Leader(redis, "two")
    assert one.hold()
    assert not two.hold()
    assert one.hold()
    two.release()
    assert not two.hold()
    one.release()
    assert two.hold()


def test_a_dead_leaders_lease_runs_out(redis: Redis) -> None:
    assert Leader(redis, "one", lease_ms=1).hold()
    while redis.exists("cr:leader"):
        pass
    assert Leader(redis, "two").hold()

"""What was spent, and who leads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from redis import Redis

from bus.connection import connect_async
from bus.leader import Leader
from bus.ledger import Ledger, Spent, next_reset, platform_day, spending, units_of_day
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


async def test_where_answers_are_billed_each_id_counts_once_a_day(
    redis: Redis, redis_uri: str
) -> None:
    client = connect_async(redis_uri)
    ledger = Ledger(client, "x")
    assert await ledger.enter(NOON, "k1", "timeline", 1) == 0
    ledger.answered(NOON, [str(n) for n in range(300)], ["u1", "u2"])
    ledger.answered(NOON, ["7", "8", "new"], ["u2"])
    total = await ledger.enter(NOON, "k1", "timeline", 1)
    assert total == pytest.approx(303, rel=0.02)
    tomorrow = NOON + timedelta(days=1)
    assert await ledger.enter(tomorrow, "k1", "timeline", 1) == 0
    ledger.answered(tomorrow, ["7"], [])
    await ledger.flush()
    await ledger.flush()
    await client.aclose()
    assert units_of_day(redis, "x", NOON) == total
    assert units_of_day(redis, "x", tomorrow) == 1
    rows = {row.endpoint: (row.calls, row.units) for row in spending(redis) if row.day.day == 3}
    assert rows["timeline"] == (2, 0)
    assert rows["users read"] == (0, 2)
    assert rows["posts read"][1] == pytest.approx(301, rel=0.02)


async def test_only_calls_of_the_official_api_cost_units(redis: Redis, redis_uri: str) -> None:
    client = connect_async(redis_uri)
    ledger = Ledger(client, "tiktok")
    for endpoint in ("user", "token", "web.profile"):
        await ledger.enter(NOON, "client", endpoint, 1)
    ledger.answered(NOON, ["1"], ["2"])
    await client.aclose()
    assert units_of_day(redis, "tiktok", NOON) == 1
    assert units_of_day(redis, "tiktok", NOON + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("platform", "now", "reset"),
    [
        ("youtube", datetime(2025, 5, 3, 5, tzinfo=UTC), datetime(2025, 5, 3, 7, tzinfo=UTC)),
        ("youtube", datetime(2025, 3, 9, 9, tzinfo=UTC), datetime(2025, 3, 10, 7, tzinfo=UTC)),
        ("youtube", datetime(2025, 11, 2, 8, tzinfo=UTC), datetime(2025, 11, 3, 8, tzinfo=UTC)),
        ("tiktok", datetime(2025, 5, 3, 5, tzinfo=UTC), datetime(2025, 5, 4, tzinfo=UTC)),
        ("tiktok", datetime(2024, 2, 28, 5, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
        ("x", datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_days_end_is_the_platforms_own(
    platform: PlatformName, now: datetime, reset: datetime
) -> None:
    """YouTube's quota at midnight Pacific time, over changes of the clocks; others at UTC's."""
    assert next_reset(platform, now) == reset

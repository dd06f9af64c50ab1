"""What somebody else wrote under our names in Redis: readers go on, and the log says it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from bus import keys
from bus.connection import connect_async
from bus.credentials import CredentialBoard, CredentialState, states_of
from bus.dead import aside, lost_letters, number_of_letters, read_dead_letters
from bus.jobs import JobState, job_states, note_job
from bus.leader import Leader
from bus.ledger import Ledger, Spent, spending, units_of_day
from bus.rate_limit import SharedPace

NOON = datetime(2025, 5, 3, 5, tzinfo=UTC)
READERS: dict[str, Callable[[Redis], Any]] = {
    keys.JOBS: job_states,
    keys.credentials("x"): lambda redis: states_of(redis, "x"),
    keys.ledger("youtube", NOON.date()): spending,
    "cr:billed:x:2025-05-03:posts read": lambda redis: (
        spending(redis),
        units_of_day(redis, "x", NOON),
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_another_type_of_key_is_nothing(redis: Redis, name: str) -> None:
    redis.rpush(name, "junk")
    READERS[name](redis)


@pytest.mark.parametrize("junk", ["", "{", "[[[[", '{"label":1}', "\x80", "null", "9" * 400])
async def test_junk_in_a_hash_hides_nothing_else(redis: Redis, redis_uri: str, junk: str) -> None:
    client = connect_async(redis_uri)
    state = CredentialState(label="a", state="live", at=NOON)
    board = CredentialBoard(client, "youtube")
    await board.note(state)
    await Ledger(client, "youtube").enter(NOON, "k1", "videos", 2)
    job = JobState(name="plan", at=NOON, seconds=1, by="a")
    note_job(redis, job)
    ledger = next(iter(redis.scan_iter("cr:ledger:*")))
    for name in (keys.JOBS, keys.credentials("youtube"), ledger):
        redis.hset(name, "junk", junk)
        redis.hset(name, "a|b|c", junk)
    assert job_states(redis) == [job]
    assert states_of(redis, "youtube") == [state]
    assert await board.noted() == {"a": state}
    await client.aclose()
    (spent,) = [row for row in spending(redis) if row.calls]
    assert spent == Spent("youtube", spent.day, "k1", "videos", 1, 2)


def test_names_that_are_none_of_ours(redis: Redis) -> None:
    for name in ("cr:ledger:junk", "cr:ledger:nobody:2025-05-03", "cr:ledger:x:yesterday"):
        redis.hset(name, "k|videos|units", 5)
    redis.set("cr:billed:x:2025-05-03", "junk")
    redis.set(b"cr:ledger:\xff", "junk")
    assert spending(redis) == []


LEDGER_JUNK: dict[str, Callable[[Redis, str], Any]] = {
    "another type": lambda redis, name: redis.rpush(name, "junk"),
    "a word": lambda redis, name: redis.hset(name, "k1|videos|calls", "many"),
    "the largest number": lambda redis, name: redis.hset(name, "k1|videos|units", 2**63 - 1),
    "a fraction": lambda redis, name: redis.hset(name, "k1||total", "1.5"),
}


@pytest.mark.parametrize("junk", LEDGER_JUNK)
async def test_a_call_is_entered_whatever_stands_there(
    redis: Redis, redis_uri: str, junk: str
) -> None:
    """A crawler enters each call before it leaves, and tries until it can."""
    name = keys.ledger("youtube", NOON.date())
    LEDGER_JUNK[junk](redis, keys.ledger("youtube", datetime(2025, 5, 2, tzinfo=UTC).date()))
    client = connect_async(redis_uri)
    ledger = Ledger(client, "youtube")
    at = datetime(2025, 5, 2, 20, tzinfo=UTC)
    total = await ledger.enter(at, "k1", "videos", 2)
    total = await ledger.enter(at, "k1", "videos", 2)
    await client.aclose()
    assert 4 <= total <= 6
    assert not redis.exists(name)


async def test_what_was_billed_is_booked_whatever_stands_there(
    redis: Redis, redis_uri: str
) -> None:
    client = connect_async(redis_uri)
    ledger, day = Ledger(client, "x"), datetime(2025, 5, 3, 20, tzinfo=UTC)
    for write in (lambda name: redis.set(name, "junk"), lambda name: redis.rpush(name, "junk")):
        for subject in ("posts read", "users read"):
            redis.delete(keys.billed("x", day.date(), subject))
            write(keys.billed("x", day.date(), subject))
        ledger.answered(day, ["1", "2"], ["7"])
        await ledger.flush()
        assert await ledger.enter(day, "k1", "timeline", 0) == 3
    await client.aclose()


@pytest.mark.parametrize("value", ["1e300", "-1e300", "nan", "junk", "9" * 400, "", None])
async def test_a_page_waits_for_no_turn_that_never_comes(
    redis: Redis, redis_uri: str, value: str | None
) -> None:
    name = keys.pace("www.example.org")
    redis.rpush(name, "junk") if value is None else redis.set(name, value)
    client = connect_async(redis_uri)
    async with asyncio.timeout(5):
        await SharedPace(client).turn("www.example.org", 0.01)
    await client.aclose()


@pytest.mark.parametrize("kind", ["for ever", "for years", "another type"])
def test_nobody_leads_for_ever(redis: Redis, kind: str) -> None:
    if kind == "another type":
        redis.rpush(keys.LEADER, "junk")
    else:
        redis.set(keys.LEADER, "junk", px=10**11 if kind == "for years" else None)
    ours, other = Leader(redis, "ours"), Leader(redis, "other")
    assert ours.hold()
    assert not other.hold()
    assert ours.hold()


DEAD_JUNK: dict[str, Callable[[Redis], Any]] = {
    "another type": lambda redis: redis.set(keys.DEAD, "junk"),
    "the last id": lambda redis: redis.xadd(keys.DEAD, {"x": "y"}, id=f"{2**64 - 1}-{2**64 - 1}"),
    "no UTF-8": lambda redis: redis.xadd(
        keys.DEAD, {"from": b"\xff", "why": b"\xff", "m": b"\xff"}
    ),
    "no fields": lambda redis: redis.xadd(keys.DEAD, {"a": "b"}),
}


@pytest.mark.parametrize("junk", DEAD_JUNK)
def test_messages_are_set_aside_whatever_stands_there(redis: Redis, junk: str) -> None:
    DEAD_JUNK[junk](redis)
    redis.set(keys.LOST, "many")
    number_of_letters(redis)
    read_dead_letters(redis)
    redis.delete(keys.LOST)
    redis.eval(*aside(keys.HARVEST, b"bad", "a reason"))  # type: ignore[arg-type]
    assert read_dead_letters(redis)[0].reason == "a reason"
    assert number_of_letters(redis) >= 1
    redis.set(keys.LOST, "many")
    assert lost_letters(redis) == 0

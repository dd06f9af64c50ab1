"""What somebody else wrote under our names in Redis: readers go on, and the log says it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from bus import keys
from bus.connection import connect_async
from bus.credentials import CredentialBoard, CredentialState, states_of
from bus.jobs import JobState, job_states, note_job
from bus.ledger import Ledger, Spent, spending, units_of_day

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

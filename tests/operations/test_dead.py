"""Dead letters are named, come back in one piece, and never twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from redis import Redis
from redis import asyncio as redis_asyncio

from bus import keys
from bus.dead import dead_letter, lost_letters, read_dead_letters, requeue
from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from bus.lease import VisitLeases
from model.messages import Outcome, Visit, VisitClosed, VisitKind, Window, encode
from model.route import Route
from store.database import Store
from store.ingest.loop import LoopTiming
from store.ingest.writer import Writer
from store.visits import Wanted, ended, next_attempts
from tests.store.harvest import MAY, closed, day, page, post, visit

ONE = visit(day(4))


async def lease(uri: str) -> list[Visit]:
    """What a crawler of Facebook gets."""
    async with redis_asyncio.Redis.from_url(uri) as client:
        leases = VisitLeases(client, "facebook", "tests", 60_000)
        await leases.open()
        return [taken.visit for taken in await leases.take(10, 1)]


def kill(redis: Redis, message: bytes, origin: str = "cr:visits:facebook") -> str:
    fields: dict[Any, Any] = {"from": origin, "m": message, "why": "not of this schema"}
    entry: Any = redis.xadd(keys.DEAD, fields)
    return str(entry.decode())


async def test_what_a_crawler_cannot_read_is_named(redis: Redis, redis_uri: str) -> None:
    Dispatcher(redis).dispatch([ONE])
    redis.xadd("cr:visits:facebook", {"m": b'{"v":99}'})
    assert await lease(redis_uri) == [ONE]
    (letter,) = read_dead_letters(redis)
    assert (letter.origin, letter.message) == ("cr:visits:facebook", b'{"v":99}')
    assert "not a visit message" in letter.reason
    assert (letter.content, letter.about) == (None, "")
    assert letter.at.utcoffset() == timedelta()


async def test_a_letter_that_is_understood_now_goes_out_again_once(
    redis: Redis, redis_uri: str
) -> None:
    Dispatcher(redis).dispatch([ONE])
    redis.delete("cr:visits:facebook")
    kill(redis, encode(ONE))
    letters = read_dead_letters(redis)
    assert letters[0].about == ONE.id
    assert requeue(redis, letters) == letters
    assert requeue(redis, letters) == [], "two people asked at the same time"
    assert await lease(redis_uri) == [ONE]
    assert read_dead_letters(redis) == []
    assert Dispatcher(redis).dispatch([ONE]) == 0, "the planner knows that it is on its way"


def test_what_nobody_understands_stays_dead(redis: Redis) -> None:
    kill(redis, b"\x80pickle")
    assert requeue(redis, read_dead_letters(redis)) == []
    assert len(read_dead_letters(redis)) == 1


def test_the_newest_come_first(redis: Redis) -> None:
    entries = [kill(redis, encode(ONE)) for _ in range(5)]
    assert [letter.id for letter in read_dead_letters(redis, 2)] == entries[:2:-1]
    found = dead_letter(redis, entries[0])
    assert found is not None
    assert found.about == ONE.id
    assert dead_letter(redis, "1-1") is None


def test_a_page_that_was_refused_is_stored_when_it_comes_back(redis: Redis, db: Store) -> None:
    """Refused once; today it is fine. It comes without its raw answer, and says so by itself."""
    message, _ = page(ONE, day(4), posts=[post("7", day(4), day(3), likes=5)])
    end, _ = closed(ONE, day(4), seen=["7"])
    for content in (message, end):
        kill(redis, encode(content), keys.HARVEST)
    letters = read_dead_letters(redis)
    assert {letter.about for letter in letters} == {ONE.id}
    assert len(requeue(redis, letters)) == 2
    source = HarvestOut(redis, "tests")
    entries = source.read(LoopTiming().count, 1)
    Writer(db).write([(e.message, e.raw) for e in entries if e.message is not None])
    source.ack(entries)
    reading = db["post_readings"].find_one()
    assert reading is not None
    assert reading["counts"] == {"likes": 5}
    assert db["raw"].count_documents({}) == 0
    assert db["visits"].find_one({"_id": ONE.id}) is not None


@pytest.fixture
def visited(db: Store) -> Store:
    """Three visits: one well, one refused twice, one of another platform."""
    refused, elsewhere = visit(day(5)), visit(day(6), platform="x")
    messages = [
        closed(ONE, day(4), seen=[]),
        closed(refused, day(5), Outcome.FORBIDDEN, detail="no permission"),
        closed(visit(day(5), attempt=3), day(5.5), Outcome.FORBIDDEN, detail="again"),
        closed(elsewhere, day(6), Outcome.TIMEOUT),
    ]
    Writer(db).write(messages)
    return db


@pytest.mark.parametrize(
    ("wanted", "days"),
    [
        (Wanted(), [6, 5, 4]),
        (Wanted(platform="x"), [6]),
        (Wanted(account="facebook:1001"), [5, 4]),
        (Wanted(incomplete=True), [6, 5]),
        (Wanted(since=day(5.2)), [6, 5]),
        (Wanted(platform="facebook", incomplete=True, since=day(5.6)), []),
    ],
)
def test_visits_are_found_by_what_is_asked(visited: Store, wanted: Wanted, days: list[int]) -> None:
    assert [found["slot"] for found in ended(visited, wanted)] == [day(n) for n in days]


def test_by_outcome_and_not_too_many(visited: Store) -> None:
    wanted = Wanted(outcomes=[Outcome.FORBIDDEN, Outcome.TIMEOUT])
    assert len(ended(visited, wanted)) == 2
    assert len(ended(visited, wanted, limit=1)) == 1


def test_an_ended_visit_goes_out_as_a_new_attempt(visited: Store, redis: Redis) -> None:
    visited["accounts"].insert_one({"_id": "facebook:1001", "handle": "town"})
    (next_one,) = next_attempts(visited, [visit(day(5)).id, "facebook:1:timeline:never"])
    assert (next_one.id, next_one.attempt, next_one.handle) == (visit(day(5)).id, 4, "town")
    assert next_one.window == visit(day(5)).window
    dispatcher = Dispatcher(redis)
    assert dispatcher.dispatch([next_one]) == 1
    assert dispatcher.dispatch(next_attempts(visited, [next_one.id])) == 0, (
        "it is on its way already"
    )


def test_a_refresh_keeps_its_posts_and_its_route(db: Store) -> None:
    of = visit(day(9), VisitKind.REFRESH, window=Window(MAY.start, day(2)))
    of = msgspec.structs.replace(of, posts=("1", "2"), route=Route.WEB)
    message = VisitClosed(visit=of, outcome=Outcome.CHALLENGE, observed_at=day(9))
    Writer(db).write([(message, None)])
    (next_one,) = next_attempts(db, [of.id])
    assert (next_one.posts, next_one.route, next_one.attempt) == (("1", "2"), "web", 1)


async def test_what_makes_room_for_newer_letters_is_counted(
    redis: Redis, redis_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bus.dead.MOST_LETTERS", 5)
    harvest = HarvestOut(redis, "tests")
    for number in range(8):
        redis.xadd(keys.HARVEST, {"m": f"no message {number}"})
    for entry in harvest.read(8, 1):
        harvest.reject(entry, entry.error or "")
    kept = [letter.message for letter in read_dead_letters(redis)]
    assert kept == [f"no message {number}".encode() for number in (7, 6, 5, 4, 3)]
    assert lost_letters(redis) == 3
    redis.xadd("cr:visits:facebook", {"m": b"no visit"})
    assert await lease(redis_uri) == []
    assert lost_letters(redis) == 4
    assert 0 < int(redis.ttl(keys.LOST)) <= 30 * 86_400


def test_letters_of_any_size_leave_room_for_the_harvest(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bus.dead.MOST_MEMORY", 5_000_000)
    harvest = HarvestOut(redis, "tests")
    for number in range(40):
        redis.xadd(keys.HARVEST, {"m": f"{number}".encode() * 250_000})
        (entry,) = harvest.read(1, 1)
        harvest.reject(entry, "too large")
    assert int(redis.memory_usage(keys.DEAD, samples=0) or 0) < 6_000_000
    kept = read_dead_letters(redis)
    assert kept[0].message.startswith(b"3939")
    assert lost_letters(redis) == 40 - len(kept) > 0

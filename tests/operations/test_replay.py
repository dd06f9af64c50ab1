"""Stored answers mapped again: as if today's mapper had been at work when they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.messages import VisitKind, Window
from model.months import Months
from store.database import Store
from store.ingest.raw import expire
from store.ingest.writer import Writer
from store.month.kept import account_sums, seal, verify_month
from store.replay.remap import FieldChange
from store.replay.rewriting import REPLACED, Rewriter
from store.replay.run import Replay, Scope
from tests.operations.mappers import RIGHT, VERSIONS, Mapper, body, collected
from tests.store.dump import clear, dump
from tests.store.harvest import KEY, MAY, Message, day, visit

ALL = Scope(day(1) - timedelta(days=40))
MINUTE = timedelta(minutes=1)
MONTHS = Months(MAY.tz)


def told(key: str, published: datetime, likes: int, comments: int | None = 3) -> dict[str, Any]:
    return {
        "id": key,
        "published": published.isoformat(),
        "type": "video",
        "likes": likes,
        "comments": comments,
    }


def account(followers: int) -> dict[str, Any]:
    return {"id": "1001", "handle": "somewhere", "followers": followers}


def write(db: Store, messages: Sequence[Message]) -> None:
    Writer(db).write(messages)


def replay(db: Store, scope: Scope = ALL, *, reopen: bool = False) -> list[FieldChange]:
    rewriter = Rewriter(db, MONTHS, day(20, 6), reopen=reopen)
    batches = Replay(db, RIGHT, VERSIONS).written(scope, rewriter)
    return [change for batch in batches for change in batch.changes]


def comparison(db: Store, scope: Scope = ALL) -> list[FieldChange]:
    batches = Replay(db, RIGHT, VERSIONS).compared(scope)
    return [change for batch in batches for change in batch.changes]


def history(mapper: Mapper, likes: Sequence[int], hidden: int) -> list[Message]:
    """Three timelines of one account, two pages each, and a profile."""
    messages: list[Message] = []
    for number, at in enumerate((day(6), day(13), MAY.cutoff - timedelta(hours=1))):
        posts = [
            told(str(n), day(2) + timedelta(days=3 * n), like + number, None if n == hidden else n)
            for n, like in enumerate(likes)
            if day(2) + timedelta(days=3 * n) < at
        ]
        half = len(posts) // 2
        bodies = [body(posts[:half], account(100 + number)), body(posts[half:])]
        messages += collected(mapper, visit(at), at + MINUTE, bodies, at + 2 * MINUTE)
    profile = visit(day(9), VisitKind.PROFILE)
    return messages + collected(mapper, profile, day(9), [body([], account(99))], day(9))


def content(db: Store) -> dict[str, Any]:
    """All that is stored, without the marks that a replay leaves."""
    found = dump(db)
    for name in ("post_readings", "account_readings"):
        for row in found[name].values():
            row.pop("mapper", None)
    return found


faults = st.builds(
    Mapper,
    blind=st.frozensets(st.sampled_from("012345")),
    tenfold=st.frozensets(st.sampled_from("012345")),
    hidden_is_zero=st.booleans(),
    all_photos=st.booleans(),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mapper=faults,
    likes=st.lists(st.integers(1, 50), min_size=1, max_size=6),
    hidden=st.integers(0, 6),
)
def test_it_is_as_if_todays_mapper_had_been_there(
    db: Store, mapper: Mapper, likes: list[int], hidden: int
) -> None:
    clear(db)
    write(db, history(RIGHT, likes, hidden))
    right = content(db)
    clear(db)
    write(db, history(mapper, likes, hidden))
    announced = comparison(db)
    before = content(db)
    assert content(db) == before, "a comparison writes nothing"
    assert (before == right) == (not announced)
    replay(db)
    assert content(db) == right
    assert verify_month(db, MAY) == []
    assert comparison(db) == []
    assert replay(db) == []


def test_the_difference_is_told_before_it_is_written(db: Store) -> None:
    write(db, history(Mapper(tenfold=frozenset("0"), blind=frozenset("1")), [5, 6], 9))
    found = comparison(db, Scope(day(1), day(7)))
    assert FieldChange("post_readings", "facebook:0@20250506T000000", "likes", 50, 5) in found
    assert FieldChange("post_readings", "facebook:1@20250506T000000", "likes", None, 6) in found
    assert FieldChange("posts", "facebook:1", "known", before=False, after=True) in found
    assert {change.id.partition("@")[2] for change in found if "@" in change.id} == {
        "20250506T000000"
    }
    assert sorted(map(repr, replay(db, Scope(day(1), day(7))))) == sorted(map(repr, found))


def test_what_was_said_before_is_kept_with_the_mappers_version(db: Store) -> None:
    write(db, history(Mapper(tenfold=frozenset("0")), [5], 9))
    replay(db)
    row = db["post_readings"].find_one({"_id": "facebook:0@20250506T000000"})
    kept = db[REPLACED].find_one({"of": "facebook:0@20250506T000000"})
    assert row is not None
    assert kept is not None
    assert (row["counts"]["likes"], row["mapper"]) == (5, 2)
    assert (kept["row"]["counts"]["likes"], kept["mapper"], kept["in"]) == (50, 2, "post_readings")
    untouched = db["account_readings"].find_one()
    assert untouched is not None
    assert "mapper" not in untouched


def test_the_month_is_scored_anew_without_collecting_again(db: Store) -> None:
    write(db, history(Mapper(tenfold=frozenset("0"), blind=frozenset("1")), [5, 6], 9))
    assert account_sums(db, MAY)[KEY].totals["likes"] == 70
    replay(db)
    sums = account_sums(db, MAY)[KEY]
    assert (sums.posts, sums.totals["likes"]) == (2, 7 + 8)


@pytest.mark.parametrize("reopen", [False, True])
def test_a_sealed_month_changes_only_when_it_is_reopened(db: Store, reopen: bool) -> None:
    write(db, history(Mapper(tenfold=frozenset("0")), [5], 9))
    seal(db, MAY, MAY.cutoff + timedelta(days=3))
    replay(db, reopen=reopen)
    assert account_sums(db, MAY)[KEY].totals["likes"] == (7 if reopen else 70)
    row = db["post_readings"].find_one({"_id": "facebook:0@20250506T000000"})
    assert row is not None
    assert row["counts"]["likes"] == 5


def test_an_answer_that_was_thrown_away_keeps_its_values(db: Store) -> None:
    """Two answers gave one reading; only the rounder one is left."""
    write(db, history(RIGHT, [5, 6], 9))
    db["raw"].delete_many({"pages.slot": day(6)})
    before = content(db)
    assert replay(db) == []
    assert content(db) == before
    expire(db, day(1, 8))
    assert replay(db) == []


def test_the_same_bytes_had_twice_are_two_readings(db: Store) -> None:
    wrong, answer = Mapper(tenfold=frozenset("0")), body([told("0", day(3), 5)])
    for at in (day(6), day(13)):
        write(db, collected(wrong, visit(at), at, [answer], at + MINUTE))
    assert db["raw"].count_documents({}) == 1
    found = replay(db)
    assert [(c.id, c.before, c.after) for c in found if c.field == "likes"] == [
        ("facebook:0@20250506T000000", 50, 5),
        ("facebook:0@20250513T000000", 50, 5),
    ]


def test_one_answer_for_several_accounts(db: Store) -> None:
    """Posts that name their owner by the address alone find the account they were asked for."""
    both = [visit(day(6), account_id=key, window=Window(MAY.start, MAY.end)) for key in ("7", "8")]
    posts = [
        {**told("70", day(3), 5), "account": None, "url": "https://example.org/@Seven/video/70"},
        {**told("80", day(3), 6), "account": None, "url": "https://example.org/@EIGHT/video/80"},
    ]
    answer = body(posts)
    handles = [
        {"_id": f"facebook:{key}", "platform": "facebook", "handle": name, "handles": []}
        for key, name in (("7", "seven"), ("8", "@Eight"))
    ]
    db["accounts"].insert_many(handles)
    blind = Mapper(blind=frozenset({"70", "80"}))
    first = collected(blind, both[0], day(6), [answer], day(6))
    page, raw = first[0]
    batched = msgspec.structs.replace(page, visits=tuple(v.id for v in both))
    write(db, [(batched, raw)])
    replay(db)
    owners = {post["_id"]: post["account"] for post in db["posts"].find()}
    assert owners == {"facebook:70": "facebook:7", "facebook:80": "facebook:8"}


def test_what_cannot_be_mapped_is_counted_and_named(db: Store) -> None:
    write(db, history(RIGHT, [5, 6], 9))
    blind = Mapper(blind=frozenset("1"))
    batches = list(Replay(db, blind, VERSIONS).compared(ALL))
    assert [path for batch in batches for _, path in batch.unmapped] == ["posts.1"] * 3
    assert [change for batch in batches for change in batch.changes] == [], "nothing is taken away"
    assert sum(batch.answers for batch in batches) == db["raw"].count_documents({})

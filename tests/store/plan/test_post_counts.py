from __future__ import annotations

from model.count import Count
from model.items import PostType
from model.messages import Window
from model.visit import AgeWindow, PostCount
from store.database import Store
from store.ingest.writer import Writer
from store.plan.post_counts import post_counts
from tests.store.harvest import ACCOUNT, KEY, closed, day, page, post, visit

YOUNG = AgeWindow(Window(day(8), day(10)), since=day(10))
OLD = AgeWindow(Window(day(1), day(8)), since=day(9))


def test_posts_are_counted_by_age_and_last_reading(db: Store) -> None:
    writer = Writer(db)
    ages = {"a": day(3), "b": day(5), "c": day(9)}
    items = [post(name, day(9.5), at, likes=1) for name, at in ages.items()]
    writer.write([page(visit(day(9.5)), day(9.5), posts=items)])
    writer.write([page(visit(day(8.5)), day(8.5), posts=[post("d", day(8.5), day(4), likes=1)])])
    found = post_counts(db, [KEY, "facebook:none"], [YOUNG, OLD], day(10))
    assert found == {KEY: [PostCount(1, 1), PostCount(3, 1)]}


def test_what_was_seen_only_since_then_does_not_count(db: Store) -> None:
    writer = Writer(db)
    writer.write([page(visit(day(10)), day(10), posts=[post("a", day(10), day(5), likes=1)])])
    assert post_counts(db, [KEY], [YOUNG, OLD], day(10)) == {}
    assert post_counts(db, [KEY], [YOUNG, OLD], day(10.1)) == {
        KEY: [PostCount(0, 0), PostCount(1, 0)]
    }


def test_reposts_absent_posts_and_strangers_are_left_out(db: Store) -> None:
    writer = Writer(db)
    items = [
        post("a", day(8), day(5), likes=1),
        post("b", day(8), day(5), kind=PostType.REPOST, likes=1),
        post("c", day(8), day(5), account="2002", likes=1),
        post("d", day(8), day(6), likes=1),
    ]
    writer.write([page(visit(day(8)), day(8), posts=items)])
    writer.write([closed(visit(day(9)), day(9), seen=["a"])])
    assert post_counts(db, [KEY], [OLD], day(10)) == {KEY: [PostCount(1, 1)]}
    assert set(post_counts(db, [KEY, "facebook:2002"], [OLD], day(10))) == {KEY, "facebook:2002"}


def test_a_post_that_was_never_counted_waits_for_no_reading(db: Store) -> None:
    counters = {"likes": Count.not_read()}
    item = post("a", day(8), day(5), counters=counters)
    Writer(db).write([page(visit(day(8)), day(8), posts=[item])])
    assert post_counts(db, [KEY], [OLD], day(10)) == {KEY: [PostCount(1, 0)]}
    assert ACCOUNT in KEY


def test_many_accounts_are_asked_in_parts(db: Store) -> None:
    keys = [f"facebook:{n}" for n in range(2500)]
    items = [post(f"p{n}", day(8), day(5), account=str(n), likes=1) for n in range(0, 2500, 100)]
    Writer(db).write([page(visit(day(8)), day(8), posts=items)])
    assert len(post_counts(db, keys, [OLD], day(10))) == 25

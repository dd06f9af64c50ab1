"""What posts gained in a month, of whatever month they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from model.account import Account
from model.items import PostItem, PostType
from store import accounts
from store.database import Store
from store.ingest.writer import Writer
from store.month.increments import Increments, increments
from tests.store.harvest import ACCOUNT, KEY, MAY, Message, closed, day, page, post, visit

OLD, YOUNG = MAY.start - timedelta(days=9), MAY.start + timedelta(days=9)


def _read(db: Store, slot: datetime, *items: PostItem) -> None:
    of = visit(slot)
    messages: Iterable[Message] = [page(of, slot, posts=list(items)), closed(of, slot)]
    Writer(db).write(list(messages))


@pytest.fixture
def watched(db: Store) -> Store:
    one = Account(platform="facebook", id=ACCOUNT, handle="h", city="somewhere")
    accounts.put_accounts(db, [one])
    return db


def _gained(db: Store) -> Increments:
    ((account, found),) = increments(db, MAY)
    assert account.key == KEY
    return found


def test_older_posts_gain_from_the_start_and_younger_ones_from_nothing(watched: Store) -> None:
    start = MAY.start
    _read(watched, start, post("old", start, OLD, likes=10, comments=4))
    late = MAY.end
    _read(
        watched,
        late,
        post("old", late, OLD, likes=13, comments=3),
        post("new", late, YOUNG, likes=7, comments=None),
    )
    after = MAY.end + timedelta(hours=1)
    _read(watched, after, post("old", after, OLD, likes=99), post("new", after, YOUNG, likes=99))
    assert _gained(watched) == Increments(posts=2, gains={"likes": 10, "comments": -1})


def test_without_a_reading_before_the_start_the_gain_is_not_known(watched: Store) -> None:
    at = day(5)
    _read(watched, at, post("old", at, OLD, likes=50))
    assert _gained(watched) == Increments(unread=1)


def test_what_was_not_read_in_the_month_gained_nothing_that_is_known(watched: Store) -> None:
    at = MAY.start - timedelta(days=1)
    _read(watched, at, post("old", at, OLD, likes=50))
    assert _gained(watched) == Increments()


def test_reposts_and_later_posts_do_not_count(watched: Store) -> None:
    at = MAY.end + timedelta(days=1)
    _read(watched, at, post("later", at, MAY.end, likes=5))
    at = MAY.end
    _read(watched, at, post("again", at, YOUNG, kind=PostType.REPOST, likes=5))
    assert _gained(watched) == Increments()

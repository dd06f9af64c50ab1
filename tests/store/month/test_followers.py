from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from model.account import Account
from model.count import Count
from model.items import AccountItem
from model.measures import Followers
from model.messages import VisitKind
from store import accounts
from store.database import Store
from store.ingest.writer import Writer
from store.month.followers import followers
from tests.store.harvest import ACCOUNT, KEY, MAY, account, counts, day, page, visit


@pytest.fixture(autouse=True)
def watched(db: Store) -> None:
    shown = Account(platform="facebook", id=ACCOUNT, handle="visit_somewhere", city="somewhere")
    accounts.put_accounts(db, [shown])


def _read(db: Store, at: datetime, item: AccountItem | int | None) -> None:
    """A reading; a number is that of the followers, None says that they are hidden."""
    of = visit(at, VisitKind.PROFILE)
    shown = item if isinstance(item, AccountItem) else account(at, followers=item)
    Writer(db).write([page(of, at, accounts=[shown])])


def _found(db: Store) -> Followers:
    return followers(db, MAY, [KEY])[KEY]


def test_the_last_readings_at_or_before_the_edges(db: Store) -> None:
    for at, number in (
        (MAY.start - timedelta(days=1), 1),
        (MAY.start, 2),
        (MAY.start + timedelta(seconds=1), 3),
        (MAY.end - timedelta(hours=1), 4),
        (MAY.end + timedelta(seconds=1), 5),
    ):
        _read(db, at, number)
    found = _found(db)
    assert (found.start, found.end) == (2, 4)
    assert (found.start_slot, found.end_slot) == (MAY.start, MAY.end - timedelta(hours=1))


def test_nothing_read_before_the_start_is_not_zero(db: Store) -> None:
    _read(db, day(9), 7)
    assert (_found(db).start, _found(db).end) == (None, 7)
    assert followers(db, MAY, ["x:1"]) == {"x:1": Followers()}


def test_a_page_without_followers_is_passed_over(db: Store) -> None:
    _read(db, day(9), 7)
    without = AccountItem(
        platform="facebook",
        id=ACCOUNT,
        observed_at=day(12),
        counts={**counts(posts=3), "followers": Count.not_read()},
    )
    _read(db, day(12), without)
    assert _found(db).end == 7


def test_hidden_followers_are_missing(db: Store) -> None:
    _read(db, day(9), 7)
    _read(db, day(12), None)
    assert (_found(db).end, _found(db).end_slot) == (None, day(12))


def test_the_coarser_step_is_told(db: Store) -> None:
    for at, step in ((MAY.start, 100), (MAY.end, 1000)):
        rounded = {"followers": Count(value=123_000, step=step)}
        item = AccountItem(platform="facebook", id=ACCOUNT, observed_at=at, counts=rounded)
        _read(db, at, item)
    assert _found(db).step == 1000

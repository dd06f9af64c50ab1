"""What is known of an account beside its list of posts, and what the row says where they differ."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from model.account import Account
from model.items import PostType
from model.measures import MeasureRow
from model.messages import VisitKind
from scoring.cities.measures import measure_rows
from store import accounts
from store.database import Store
from store.ingest.writer import Writer
from store.month.kept import verify_month
from store.month.measures import account_months
from tests.store.harvest import ACCOUNT, MAY, account, closed, day, page, post, visit

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def watched(db: Store) -> None:
    shown = Account(platform="facebook", id=ACCOUNT, handle="visit_somewhere", city="somewhere")
    accounts.put_accounts(db, [shown])


def _row(db: Store) -> MeasureRow:
    assert verify_month(db, MAY) == []
    (row,) = measure_rows(MAY, account_months(db, MAY))
    return row


def _counted(db: Store, at: datetime, posts: int) -> None:
    shown = account(at, followers=5, posts=posts)
    Writer(db).write([page(visit(at, VisitKind.PROFILE), at, accounts=[shown])])


def _listed(db: Store, at: datetime, dates: dict[str, datetime], reposts: int = 0) -> None:
    """A look that shows these posts; so many of them, from the first on, are reposts."""
    kinds = [PostType.REPOST] * reposts + [PostType.PHOTO] * (len(dates) - reposts)
    items = [
        post(one, at, published, kind=kind, likes=1)
        for kind, (one, published) in zip(kinds, dates.items(), strict=True)
    ]
    seen = [one for one, published in dates.items() if MAY.start <= published < MAY.end]
    Writer(db).write([page(visit(at), at, posts=items), closed(visit(at), at, seen=seen)])


def _posts(number: int) -> dict[str, datetime]:
    return {str(n): day(5) + timedelta(hours=n) for n in range(number)}


@pytest.mark.parametrize(
    ("rise", "found", "doubted"),
    [(40, 20, True), (26, 20, True), (25, 20, False), (6, 0, True), (5, 0, False), (0, 20, False)],
)
def test_a_counter_that_rose_by_more_than_was_found(
    db: Store, rise: int, found: int, doubted: bool
) -> None:
    _counted(db, MAY.start, 100)
    _counted(db, MAY.end, 100 + rise)
    _listed(db, MAY.cutoff, _posts(found))
    text = f"the account's own counter of posts rose by {rise}, {found} posts were found"
    assert list(_row(db).doubts) == ([text] if doubted else [])


def test_reposts_are_counted_too(db: Store) -> None:
    _counted(db, MAY.start, 100)
    _counted(db, MAY.end, 140)
    _listed(db, MAY.cutoff, _posts(40), reposts=20)
    assert _row(db).posts == 20
    assert _row(db).doubts == ()


@pytest.mark.parametrize(
    ("start", "end", "doubted"),
    [(100, 49, True), (100, 50, False), (99, 1, False), (5, 900, False)],
)
def test_followers_that_are_lost_may_be_those_of_another_account(
    db: Store, start: int, end: int, doubted: bool
) -> None:
    for at, followers in ((MAY.start, start), (MAY.end, end)):
        shown = account(at, followers=followers)
        Writer(db).write([page(visit(at, VisitKind.PROFILE), at, accounts=[shown])])
    text = f"followers fell from {start} to {end}: it may be another account"
    assert list(_row(db).doubts) == ([text] if doubted else [])


@pytest.mark.parametrize("edge", [MAY.start, MAY.end])
@pytest.mark.parametrize("first", [-SECOND, timedelta()])
def test_a_post_that_moved_across_an_edge_of_the_month(
    db: Store, edge: datetime, first: timedelta
) -> None:
    then = {timedelta(): -SECOND, -SECOND: timedelta()}[first]
    _listed(db, MAY.end + timedelta(hours=1), {"1": edge + first})
    assert _row(db).doubts == ()
    _listed(db, MAY.cutoff, {"1": edge + then})
    assert _row(db).doubts == ("answers differ on whether 1 posts were published in the month",)


def test_a_post_that_moved_within_the_month_changes_nothing(db: Store) -> None:
    _listed(db, day(9), {"1": day(5)})
    _listed(db, MAY.cutoff, {"1": day(6)})
    assert _row(db).doubts == ()

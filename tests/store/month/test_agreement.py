"""What is known of an account beside its list of posts, and what the row says where they differ."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from model.account import Account
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


def _listed(db: Store, at: datetime, dates: dict[str, datetime]) -> None:
    """A look that shows these posts."""
    items = [post(one, at, published, likes=1) for one, published in dates.items()]
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


def test_a_counter_that_holds_reposts_is_no_measure_of_the_posts(db: Store) -> None:
    reposting = Account(platform="x", id=ACCOUNT, handle="visit_somewhere", city="somewhere")
    accounts.put_accounts(db, [reposting])
    for at, posts in ((MAY.start, 100), (MAY.end, 140)):
        shown = account(at, platform="x", followers=5, posts=posts)
        of = visit(at, VisitKind.PROFILE, platform="x")
        Writer(db).write([page(of, at, accounts=[shown])])
    Writer(db).write([closed(visit(MAY.cutoff, platform="x"), MAY.cutoff)])
    rows = measure_rows(MAY, account_months(db, MAY, "x"))
    assert [row.doubts for row in rows] == [()]


@pytest.mark.parametrize(
    ("start", "end", "moved"),
    [
        (100, 49, "fell"),
        (100, 50, ""),
        (99, 1, ""),
        (5, 900, ""),
        (0, 1000, "rose"),
        (12, 57515, "rose"),
        (200, 1000, ""),
        (199, 1000, "rose"),
    ],
)
def test_followers_that_jump_may_be_those_of_another_account(
    db: Store, start: int, end: int, moved: str
) -> None:
    for at, followers in ((MAY.start, start), (MAY.end, end)):
        shown = account(at, followers=followers)
        Writer(db).write([page(visit(at, VisitKind.PROFILE), at, accounts=[shown])])
    text = f"followers {moved} from {start} to {end}: it may be another account"
    assert list(_row(db).doubts) == ([text] if moved else [])


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


@pytest.mark.parametrize(
    ("first", "found", "doubted"),
    [
        # From a reading on that is well within the month, every post counts.
        (day(10), 3, ()),
        (day(10), 2, ("the account's own counter of posts rose by 3, 2 posts were found",)),
        # One of its beginning may lag behind posts from before it.
        (day(3), 2, ()),
    ],
)
def test_every_post_counts_between_readings_of_the_month(
    db: Store, first: datetime, found: int, doubted: tuple[str, ...]
) -> None:
    _counted(db, first, 100)
    _counted(db, first + timedelta(days=1), 99)
    _counted(db, MAY.end, 102)
    _listed(db, MAY.cutoff, {str(n): day(21) + timedelta(hours=n) for n in range(found)})
    assert _row(db).doubts == doubted


def test_a_post_that_is_counted_late_is_found_all_the_same(db: Store) -> None:
    _counted(db, day(12), 100)
    _counted(db, day(13), 101)
    _listed(db, MAY.cutoff, {"1": day(9)})
    assert _row(db).doubts == ()


def _read(db: Store, at: datetime, likes: dict[str, int], published: datetime) -> None:
    """A look at posts with these counts, each a quarter of a day older than the one before it."""
    items = [
        post(one, at, published - n * timedelta(hours=6), likes=number)
        for n, (one, number) in enumerate(likes.items())
    ]
    Writer(db).write([page(visit(at), at, posts=items), closed(visit(at), at, seen=list(likes))])


@pytest.mark.parametrize(
    ("then", "now", "published", "doubted"),
    [
        ({"1": 15, "2": 5}, {"1": 15, "2": 5}, day(19), True),
        ({"1": 15, "2": 5}, {"1": 15, "2": 6}, day(19), False),
        ({"1": 15, "2": 5}, {"1": 16, "2": 5}, day(19), False),
        # Too little to say anything, or too old.
        ({"1": 15, "2": 4}, {"1": 15, "2": 4}, day(18), False),
        ({"1": 150}, {"1": 150}, day(14), False),
        ({"1": 5}, {"1": 5}, day(19), True),
        ({"1": 4}, {"1": 4}, day(19), False),
    ],
)
def test_young_posts_whose_counters_all_stand_still(
    db: Store, then: dict[str, int], now: dict[str, int], published: datetime, doubted: bool
) -> None:
    _read(db, day(20), then, published)
    _read(db, MAY.cutoff, now, published)
    text = f"no counter of {len(now)} posts has moved since 2025-05-20T00:00:00Z"
    told = f"{text}: later answers may be earlier ones given again"
    assert list(_row(db).doubts) == ([told] if doubted else [])


def test_counters_may_rest_from_the_end_of_the_month_to_its_cutoff(db: Store) -> None:
    _read(db, MAY.end, {"1": 50}, day(31))
    _read(db, MAY.cutoff, {"1": 50}, day(31))
    assert _row(db).doubts == ()


def test_a_newer_post_shows_that_answers_are_new(db: Store) -> None:
    _read(db, day(20), {"1": 50}, day(19))
    _read(db, MAY.cutoff, {"2": 50, "1": 50}, MAY.cutoff - timedelta(days=4))
    assert _row(db).doubts == ()

"""Lists that lack what is known prove nothing; lists with a ceiling prove what lies above it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from model.messages import Outcome, VisitClosed
from store.database import Store
from store.ingest.writer import Writer
from store.month.coverage import coverage_shares
from store.month.kept import account_sums, verify_month
from tests.store.harvest import KEY, MAY, Message, closed, day, page, post, visit

PUBLISHED = day(5)
CUTOFF = MAY.cutoff
CONFIRM = CUTOFF + timedelta(days=1)


def _look(at: datetime, shown: range, proven_from: datetime | None = None) -> list[Message]:
    """A timeline visit that shows these posts, published hour by hour from the 5th on."""
    of = visit(at)
    ids = [str(n) for n in shown]
    posts = [post(one, at, PUBLISHED + timedelta(hours=int(one)), likes=1) for one in ids]
    outcome = Outcome.OK if proven_from is None else Outcome.EMPTY_UNEXPECTED
    end, _ = closed(of, at, outcome, seen=ids)
    assert isinstance(end, VisitClosed)
    return [
        page(of, at, posts=posts),
        (msgspec.structs.replace(end, proven_from=proven_from), None),
    ]


def _visit(db: Store, at: datetime) -> dict[str, Any]:
    found = db["visits"].find_one({"slot": at})
    assert found is not None
    return found


@pytest.mark.parametrize("together", [False, True])
def test_a_list_without_a_large_share_of_the_known_posts_is_not_believed(
    db: Store, together: bool
) -> None:
    first, second = _look(day(9), range(20)), _look(CUTOFF, range(5, 20))
    for batch in [first + second] if together else [first, second]:
        Writer(db).write(batch)
    doubted = _visit(db, CUTOFF)
    assert (doubted["outcome"], doubted["complete"]) == ("empty_unexpected", False)
    assert doubted["doubt"] == {"lacks": 5, "known": 20}
    assert doubted["detail"] == "the list lacks 5 of 20 posts seen before"
    sums = account_sums(db, MAY)[KEY]
    assert (sums.posts, sums.posts_gone, sums.at_cutoff) == (20, 0, 15)
    assert coverage_shares(db, MAY, [KEY])[KEY] < 1
    assert verify_month(db, MAY) == []


@pytest.mark.parametrize(("known", "lacking"), [(20, 4), (4, 3), (3, 3), (100, 20)])
def test_few_or_a_small_share_of_the_known_posts_may_vanish(
    db: Store, known: int, lacking: int
) -> None:
    Writer(db).write([*_look(day(20), range(known)), *_look(CUTOFF, range(lacking, known))])
    assert _visit(db, CUTOFF)["complete"]
    assert account_sums(db, MAY)[KEY].posts_gone == 0
    Writer(db).write(_look(CONFIRM, range(lacking, known)))
    assert account_sums(db, MAY)[KEY].posts_gone == lacking


def test_what_an_earlier_look_missed_does_not_vanish_a_second_time(db: Store) -> None:
    for at, first in ((day(9), 0), (day(11), 3), (day(11.5), 6)):
        Writer(db).write(_look(at, range(first, 8)))
        assert _visit(db, at)["complete"]


def test_posts_that_are_gone_already_are_not_missed_another_time(db: Store) -> None:
    for at, first in ((day(9), 0), (day(11), 3), (day(13), 3), (day(15), 6), (day(17), 6)):
        Writer(db).write(_look(at, range(first, 12)))
        assert _visit(db, at)["complete"]


def test_what_was_doubted_stays_so_however_often_it_is_written(db: Store) -> None:
    second = _look(CUTOFF, range(5, 20))
    Writer(db).write([*_look(day(9), range(20)), *second])
    before = _visit(db, CUTOFF)
    Writer(db).write([*_look(CUTOFF + timedelta(days=2), range(20)), *second])
    assert _visit(db, CUTOFF) == before


def test_what_lies_behind_a_ceiling_is_not_covered_and_not_gone(db: Store) -> None:
    Writer(db).write(_look(day(9), range(20)))
    for at in (CUTOFF, CONFIRM):
        Writer(db).write(_look(at, range(12, 20), PUBLISHED + timedelta(hours=10)))
    sums = account_sums(db, MAY)[KEY]
    assert (sums.posts, sums.posts_gone) == (18, 2)
    behind = (PUBLISHED + timedelta(hours=10) - day(9)) / (MAY.end - MAY.start)
    share = coverage_shares(db, MAY, [KEY])[KEY]
    assert share == pytest.approx(1.0, abs=1e-9) or share > 1 - behind
    assert verify_month(db, MAY) == []


def test_a_ceiling_alone_covers_from_there_on(db: Store) -> None:
    Writer(db).write(_look(CUTOFF, range(12, 20), day(16)))
    share = coverage_shares(db, MAY, [KEY])[KEY]
    assert share == pytest.approx((MAY.end - day(16)) / (MAY.end - MAY.start))

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from model.items import PostType
from model.measures import AccountSums
from model.messages import Outcome, Visit, VisitKind, Window
from store.database import Store
from store.ingest.writer import Writer
from store.month.kept import account_sums, verify_month
from tests.store.harvest import KEY, MAY, closed, day, page, post, visit

CUTOFF = MAY.cutoff
PUBLISHED = day(5)


class Crawl:
    """Sightings and looks, one line each."""

    def __init__(self, db: Store) -> None:
        self.db = db
        self.writer = Writer(db)

    def shows(self, at: datetime, *ids: str, published_at: datetime = PUBLISHED) -> None:
        """A refresh that shows these posts: proof of their being there, of nothing else."""
        posts = [post(one, at, published_at, likes=1) for one in ids]
        self.writer.write([page(visit(at, VisitKind.REFRESH), at, posts=posts)])

    def looks(
        self, at: datetime, *seen: str, of: Visit | None = None, ends: Outcome = Outcome.OK
    ) -> None:
        """A timeline visit that showed these posts and no others."""
        of = of or visit(at)
        posts = [post(one, at, PUBLISHED, likes=1) for one in seen]
        self.writer.write([page(of, at, posts=posts), closed(of, at, ends, seen=seen)])

    def says_gone(self, at: datetime, *ids: str) -> None:
        self.writer.write([page(visit(at, VisitKind.REFRESH), at, gone=ids)])

    def post(self, key: str = "facebook:1") -> dict[str, Any]:
        found = self.db["posts"].find_one({"_id": key})
        assert found is not None
        return found

    def sums(self) -> AccountSums:
        assert verify_month(self.db, MAY) == []
        return account_sums(self.db, MAY)[KEY]


@pytest.fixture
def crawl(db: Store) -> Crawl:
    return Crawl(db)


def test_a_post_missed_at_the_cutoff_and_a_day_later_does_not_count(crawl: Crawl) -> None:
    crawl.looks(day(9), "1", "2")
    crawl.looks(CUTOFF, "2")
    crawl.looks(CUTOFF + timedelta(days=1), "2")
    sums = crawl.sums()
    assert (sums.posts, sums.posts_gone, sums.totals["likes"]) == (1, 1, 1)
    assert crawl.post()["absent_since"] == CUTOFF
    assert crawl.post()["gone_at"] == CUTOFF + timedelta(days=1)


def test_a_post_missed_once_counts_as_it_was_last_read_and_the_row_says_when(crawl: Crawl) -> None:
    crawl.looks(day(9), "1", "2")
    crawl.looks(CUTOFF, "2")
    sums = crawl.sums()
    assert (sums.posts, sums.posts_gone, sums.totals["likes"]) == (2, 0, 2)
    assert sums.off_time == 1


def test_a_post_deleted_in_the_month_does_not_count(crawl: Crawl) -> None:
    crawl.looks(day(9), "1", "2")
    crawl.looks(day(12), "2")
    crawl.looks(day(13), "2")
    assert crawl.sums().posts_gone == 1


def test_missed_after_the_cutoff_only_it_counts(crawl: Crawl) -> None:
    crawl.looks(CUTOFF, "1")
    crawl.looks(CUTOFF + timedelta(seconds=1))
    crawl.looks(CUTOFF + timedelta(days=2))
    assert (crawl.sums().posts, crawl.sums().posts_gone) == (1, 0)
    assert "absent_since" in crawl.post()


@pytest.mark.parametrize("again", [day(20), CUTOFF, CUTOFF + timedelta(days=3)])
def test_seen_again_at_any_time_it_was_never_gone(crawl: Crawl, again: datetime) -> None:
    crawl.shows(day(9), "1")
    crawl.looks(day(12))
    crawl.shows(again, "1")
    assert crawl.sums().posts == 1
    assert "absent_since" not in crawl.post()


def test_seen_at_the_same_instant_it_is_there(crawl: Crawl) -> None:
    crawl.shows(day(9), "1")
    crawl.looks(day(12))
    crawl.shows(day(12), "1")
    assert "absent_since" not in crawl.post()


def test_a_failed_look_proves_nothing(crawl: Crawl) -> None:
    crawl.looks(day(9), "1")
    crawl.looks(CUTOFF, ends=Outcome.RATE_LIMITED)
    assert (crawl.sums().posts, crawl.sums().totals["likes"]) == (1, 1)


@pytest.mark.parametrize(
    "window",
    [
        Window(day(5) + timedelta(seconds=1), MAY.end),
        Window(MAY.start, day(5)),
    ],
)
def test_a_look_elsewhere_proves_nothing(crawl: Crawl, window: Window) -> None:
    crawl.shows(day(9), "1")
    crawl.looks(day(12), of=visit(day(12), window=window))
    assert "absent_since" not in crawl.post()


def test_what_appears_while_a_visit_goes_on_is_not_missed_by_it(crawl: Crawl) -> None:
    slot, ended = day(12), day(12.1)
    crawl.shows(day(12.05), "1", published_at=day(12.04))
    crawl.writer.write([closed(visit(slot), ended)])
    assert "absent_since" not in crawl.post()


def test_a_late_look_counts_when_it_was_done_not_when_it_was_planned(crawl: Crawl) -> None:
    crawl.shows(day(9), "1")
    late = CUTOFF + timedelta(hours=7)
    crawl.writer.write([closed(visit(CUTOFF), late)])
    assert (crawl.sums().posts, crawl.post()["absent_since"]) == (1, late)


def test_another_account_proves_nothing(crawl: Crawl) -> None:
    crawl.shows(day(9), "1")
    crawl.looks(day(12), of=visit(day(12), account_id="2002"))
    crawl.looks(day(12), of=visit(day(12), platform="x"))
    assert "absent_since" not in crawl.post()


def test_an_answer_that_says_so_makes_it_absent(crawl: Crawl) -> None:
    crawl.shows(day(9), "1")
    crawl.says_gone(day(12), "1", "4711")
    assert crawl.post()["absent_since"] == day(12)
    assert crawl.sums().posts_gone == 0
    crawl.says_gone(day(14), "1")
    assert crawl.sums().posts_gone == 1


def test_gone_takes_two_looks_a_day_apart(crawl: Crawl) -> None:
    crawl.shows(day(9), "1")
    crawl.looks(day(12))
    crawl.says_gone(day(12.9), "1")
    assert "gone_at" not in crawl.post()
    crawl.looks(day(13))
    assert crawl.post()["gone_at"] == day(13)


def test_a_page_that_comes_after_later_looks_finds_its_absence(crawl: Crawl) -> None:
    crawl.looks(day(12))
    crawl.says_gone(day(14), "1")
    crawl.shows(day(9), "1")
    assert (crawl.post()["absent_since"], crawl.post()["gone_at"]) == (day(12), day(14))
    assert crawl.sums().posts_gone == 1


def test_reposts_count_neither_as_posts_nor_as_gone(crawl: Crawl) -> None:
    items = [
        post(one, day(9), day(5), kind=kind, likes=1)
        for one, kind in (("1", PostType.REPOST), ("2", PostType.QUOTE), ("3", PostType.REPOST))
    ]
    crawl.writer.write([page(visit(day(9)), day(9), posts=items)])
    crawl.looks(CUTOFF, "2", of=visit(CUTOFF))
    sums = crawl.sums()
    assert (sums.posts, sums.posts_gone) == (1, 0)

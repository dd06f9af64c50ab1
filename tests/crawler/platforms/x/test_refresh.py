"""Known posts of X read again by id: a hundred a call across accounts."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.contract import Answer, Call
from crawler.platforms.x.config import XConfig
from crawler.platforms.x.platform import PLATFORM
from model.messages import Outcome, Visit, VisitKind
from tests.crawler.platforms.driver import answered, drive
from tests.crawler.platforms.x.service import Service, daily, visit

CONFIG = XConfig()


def refreshes(numbers: list[int]) -> tuple[list[Visit], Service]:
    """A visit for each number of posts, and the service that has them."""
    posts = {
        str(11 + place): daily(number, str(11 + place)) for place, number in enumerate(numbers)
    }
    visits = [
        visit(VisitKind.REFRESH, account, posts=tuple(row["id"] for row in rows))
        for account, rows in posts.items()
    ]
    return visits, Service(posts=[row for rows in posts.values() for row in rows])


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(min_value=1, max_value=260), min_size=1, max_size=25))
def test_every_post_once_and_every_visit_closed_once(numbers: list[int]) -> None:
    visits, service = refreshes(numbers)
    done = drive(PLATFORM, CONFIG, visits, service)
    assert sorted(post.id for post in done.posts) == sorted(row["id"] for row in service.posts)
    assert sorted(c.visit.id for c in done.closes) == sorted(v.id for v in visits)
    assert {close.outcome for close in done.closes} == {Outcome.OK}
    fewest = PLATFORM.minimum("refresh", len(numbers), numbers)
    assert len(done.calls) <= fewest + sum(numbers) // 2000


def test_rows_get_their_owner() -> None:
    visits, service = refreshes([3, 2])
    for row in service.posts:
        del row["author_id"]
    done = drive(PLATFORM, CONFIG, visits, service)
    owners = {item.id: item.account for item in done.posts}
    assert owners == {id_: v.account for v in visits for id_ in v.posts}


def test_deleted_posts_are_told_apart_from_withheld_ones() -> None:
    visits, service = refreshes([4])
    gone, withheld = visits[0].posts[:2]
    service.posts = [row for row in service.posts if row["id"] not in (gone, withheld)]
    service.withheld = {withheld}
    done = drive(PLATFORM, CONFIG, visits, service)
    assert done.pages[0].mapped.gone == (gone,)
    assert done.closes[0].outcome is Outcome.OK
    assert done.closes[0].detail == "1 posts are not shown to us"


def test_all_gone_is_a_good_answer() -> None:
    visits, _ = refreshes([3])
    done = drive(PLATFORM, CONFIG, visits, Service())
    assert done.closes[0].outcome is Outcome.OK
    assert set(done.pages[0].mapped.gone) == set(visits[0].posts)


def test_all_withheld_is_forbidden() -> None:
    visits, _ = refreshes([3])
    done = drive(PLATFORM, CONFIG, visits, Service(withheld=set(visits[0].posts)))
    assert done.closes[0].outcome is Outcome.FORBIDDEN
    assert done.pages[0].mapped.gone == ()


def test_a_post_that_the_answer_forgets_is_not_taken_for_gone() -> None:
    visits, service = refreshes([3, 2])
    forgotten = visits[1].posts[0]
    rows = [row for row in service.posts if row["id"] != forgotten]
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, {"data": rows}))
    assert done.close(visits[0]).outcome is Outcome.OK
    assert done.close(visits[1]).outcome is Outcome.CHANGED_SHAPE
    assert forgotten in done.close(visits[1]).detail
    assert done.pages[0].mapped.gone == ()


def test_an_empty_answer_ends_the_visits_it_concerns_and_no_others() -> None:
    visits, service = refreshes([60, 60, 60, 60])

    def respond(call: Call) -> Answer:
        ids = parse_qs(urlsplit(call.url).query)["ids"][0].split(",")
        return answered(call, {}) if visits[0].posts[0] in ids else service(call)

    done = drive(PLATFORM, CONFIG, visits, respond)
    outcomes = [done.close(v).outcome for v in visits]
    assert outcomes == [Outcome.EMPTY_UNEXPECTED] * 2 + [Outcome.OK] * 2
    assert {item.account for item in done.posts} == {visits[2].account, visits[3].account}
    assert len(done.calls) == 3


def test_nothing_to_read_again_takes_no_call() -> None:
    idle = visit(VisitKind.REFRESH, "99")
    visits, service = refreshes([2])
    done = drive(PLATFORM, CONFIG, [idle, *[v for v in visits if v.posts]], service)
    assert done.close(idle).outcome is Outcome.OK_NOTHING_NEW
    assert len(done.calls) == 1
    assert not drive(PLATFORM, CONFIG, [idle], service).calls

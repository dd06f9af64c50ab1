"""Timeline visits that take the known posts of their window along."""

from __future__ import annotations

from datetime import timedelta

import pytest

from model.messages import Visit, VisitKind
from model.route import RouteSetting
from scheduler.plan import Plan
from scheduler.planner import Planner, Traits
from scheduler.routes import Routing
from tests.scheduler.known import DAY, INSTAGRAM, MAY, Hand, Known, Post

KNOWN = ("11", "12")
WEB = Traits(True, True, takes_known_posts=True)
OFFICIAL = Traits(True, False, web=WEB)


def planned(routing: Routing, traits: Traits = OFFICIAL) -> list[Visit]:
    """The timeline visits that are due at the cut-off."""
    posts = [Post(INSTAGRAM.key, MAY.start + DAY, MAY.start + DAY, name) for name in KNOWN]
    known = Known([INSTAGRAM], posts=posts, pages=["instagram"])
    at = MAY.cutoff - timedelta(hours=1)
    planner = Planner(
        known, known, Hand(at), Plan(), {"instagram": traits}, routing={"instagram": routing}
    )
    visits = planner.run_periods([MAY]).open
    return [visit for visit in visits if visit.kind is VisitKind.TIMELINE]


@pytest.mark.parametrize(
    "routing", [Routing(RouteSetting.WEB, False), Routing(RouteSetting.AUTO, True)]
)
def test_where_pages_may_be_opened_known_posts_go_along(routing: Routing) -> None:
    visits = planned(routing)
    assert visits
    assert {visit.posts for visit in visits} == {KNOWN}


def test_the_official_route_has_no_need_of_them() -> None:
    visits = planned(Routing(RouteSetting.API, True))
    assert visits
    assert {visit.posts for visit in visits} == {()}


def test_other_platforms_do_not_ask_for_them() -> None:
    plain = Traits(True, False, web=Traits(True, False))
    assert {visit.posts for visit in planned(Routing(RouteSetting.WEB, False), plain)} == {()}


def test_they_do_not_make_it_another_visit() -> None:
    (with_posts,), (without,) = (
        planned(Routing(RouteSetting.WEB, False)),
        planned(Routing(RouteSetting.API, True)),
    )
    assert with_posts.id == without.id

"""By which route a visit is made, and when it changes over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.account import Account
from model.messages import Outcome, VisitKind
from model.route import Route, RouteSetting
from model.visit import VisitState
from scheduler.planner import Planner, Traits
from scheduler.routes import API_REFUSALS, Routing, next_attempt
from tests.scheduler.test_planner import HOUR, MAY, PLAN, Hand, Known, X

BOTH = (Route.API, Route.WEB)
FAILED = sorted(set(Outcome) - {Outcome.OK, Outcome.OK_NOTHING_NEW})


def state(outcome: Outcome, route: Route = Route.API, **more: Any) -> VisitState:
    values = {"complete": outcome.complete, "attempts": 1, "ended_at": MAY.start, **more}
    return VisitState(outcome=outcome, route=route, **values)


@pytest.mark.parametrize(
    ("setting", "credentials", "served", "routes"),
    [
        (RouteSetting.AUTO, True, True, (Route.API, Route.WEB)),
        (RouteSetting.AUTO, True, False, (Route.API,)),
        (RouteSetting.AUTO, False, True, (Route.WEB,)),
        (RouteSetting.AUTO, False, False, (Route.WEB,)),
        (RouteSetting.API, True, True, (Route.API,)),
        (RouteSetting.API, False, True, (Route.API,)),
        (RouteSetting.WEB, True, False, (Route.WEB,)),
    ],
)
def test_which_routes_are_open(
    setting: str, credentials: bool, served: bool, routes: tuple[str, ...]
) -> None:
    assert Routing(setting, credentials).allowed(X, served) == routes


def test_single_accounts_may_have_a_route_of_their_own() -> None:
    routing = Routing(RouteSetting.API, True, {"1": RouteSetting.WEB})
    assert routing.allowed(X, web_served=True) == (Route.WEB,)
    other = msgspec.structs.replace(X, id="2")
    assert routing.allowed(other, web_served=True) == (Route.API,)


@pytest.mark.parametrize("outcome", FAILED)
def test_only_where_the_api_refuses_the_pages_are_asked(outcome: Outcome) -> None:
    further = next_attempt(BOTH, state(outcome))
    if outcome in API_REFUSALS:
        assert further == (Route.WEB, MAY.start), "at once"
    else:
        assert further is None or further[0] == "api"


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.OK_NOTHING_NEW])
def test_what_is_complete_is_not_tried_again(outcome: Outcome) -> None:
    assert next_attempt(BOTH, state(outcome, Route.WEB, other=state(Outcome.FORBIDDEN))) is None


def test_a_page_that_fails_is_opened_again_after_its_own_pause() -> None:
    walled = state(Outcome.LOGIN_WALL, Route.WEB, attempts=2, other=state(Outcome.FORBIDDEN))
    assert next_attempt(BOTH, walled) == (Route.WEB, MAY.start + HOUR)


def test_after_a_final_no_of_both_nothing_is_tried() -> None:
    refused = state(Outcome.FORBIDDEN, Route.WEB, attempts=2, other=state(Outcome.FORBIDDEN))
    assert next_attempt(BOTH, refused) is None


def test_pages_that_show_nothing_do_not_end_what_the_api_would_give_tomorrow() -> None:
    tomorrow = MAY.start + timedelta(hours=20)
    spent = state(Outcome.QUOTA_SPENT, attempts=2, retry_at=tomorrow)
    refused = state(Outcome.FORBIDDEN, Route.WEB, attempts=2, other=spent)
    assert next_attempt(BOTH, refused) == (Route.API, tomorrow)
    spent_again = state(Outcome.QUOTA_SPENT, attempts=3, other=state(Outcome.FORBIDDEN, Route.WEB))
    assert next_attempt(BOTH, spent_again) is None, (
        "the attempts are spent, and pages said their no"
    )


def test_without_anybody_to_open_pages_the_api_goes_on() -> None:
    lost = state(
        Outcome.TIMEOUT, Route.WEB, attempts=2, other=state(Outcome.TOKEN_INVALID, attempts=2)
    )
    assert next_attempt((Route.API,), lost) == (Route.API, MAY.start + HOUR)


def test_a_route_that_was_switched_over_to_is_tried_at_once() -> None:
    assert next_attempt((Route.WEB,), state(Outcome.FORBIDDEN)) == (Route.WEB, MAY.start)
    assert next_attempt((Route.API,), state(Outcome.FORBIDDEN, Route.WEB)) == (Route.API, MAY.start)


@given(st.lists(st.sampled_from(FAILED), min_size=1, max_size=80))
def test_attempts_come_to_an_end(outcomes: list[Outcome]) -> None:
    last: dict[str, VisitState] = {}
    route, attempts = Route.API, 0
    for outcome in outcomes:
        attempts += 1
        others = [one for name, one in last.items() if name != route]
        other = others[0] if others else None
        total = {"attempts": attempts}
        if other is not None:
            other = state(other.outcome, other.route, **total)
        last[route] = state(outcome, route, other=other, **total)
        further = next_attempt(BOTH, last[route])
        if further is None:
            return
        route = further[0]
        assert route is Route.API or last["api"].outcome in API_REFUSALS
    assert attempts <= 60


def planned(known: Known, routing: Routing, at: Any = MAY.start - HOUR) -> list[Any]:
    traits = {"x": Traits(False, True, web=Traits(True, False))}
    planner = Planner(known, known, Hand(at), PLAN, traits, routing={"x": routing})  # type: ignore[arg-type]
    return planner.run_periods([MAY]).open


def test_visits_carry_their_route() -> None:
    assert {v.route for v in planned(Known([X]), Routing(RouteSetting.AUTO))} == {Route.API}
    assert {v.route for v in planned(Known([X]), Routing(RouteSetting.AUTO, False))} == {Route.WEB}


def test_an_api_that_refuses_hands_over_to_the_pages_that_somebody_opens() -> None:
    known = Known([X])
    (visit,) = planned(known, Routing(RouteSetting.AUTO))
    known.states[visit.id] = state(Outcome.FORBIDDEN, ended_at=MAY.start - HOUR)
    assert planned(known, Routing(RouteSetting.AUTO)) == []
    known.pages = ["x"]
    (fallback,) = planned(known, Routing(RouteSetting.AUTO))
    assert (fallback.id, fallback.route, fallback.attempt) == (visit.id, Route.WEB, 1)
    assert planned(known, Routing(RouteSetting.API)) == []


def test_the_traits_of_the_route_shape_the_plan() -> None:
    known, at = Known([X]), MAY.start - HOUR + timedelta(days=14)
    web = [v for v in planned(known, Routing(RouteSetting.WEB), at) if v.slot == at]
    assert {v.kind for v in web} == {VisitKind.TIMELINE}, "followers ride along"
    api = [v for v in planned(known, Routing(RouteSetting.API), at) if v.slot == at]
    assert {v.kind for v in api} == {VisitKind.PROFILE, VisitKind.TIMELINE}


def test_accounts_of_one_platform_may_differ() -> None:
    other = Account(platform="x", id="2", handle="b", city="nanjing")
    visits = planned(Known([X, other]), Routing(RouteSetting.API, True, {"2": RouteSetting.WEB}))
    assert {(v.account, v.route) for v in visits} == {("1", Route.API), ("2", Route.WEB)}

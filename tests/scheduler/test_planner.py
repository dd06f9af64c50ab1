"""What is due when, from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.account import Account
from model.messages import Outcome, Visit, VisitKind, Window
from model.period import Period
from model.platform import PlatformName
from scheduler.plan import Plan, Reason, instants, slots
from scheduler.planner import Planner, Traits
from scheduler.retry import BUDGETS, VisitState, due_again

MAY = Period.month("2025-05")
PLAN = Plan()
HOUR = timedelta(hours=1)


@dataclass
class Known:
    """A store and a bus that remember, and nothing else."""

    watched: Sequence[Account]
    states: dict[str, VisitState] = field(default_factory=dict)
    posts: Sequence[str] = ()
    absent: Sequence[str] = ()
    pages: Sequence[PlatformName] = ()
    """Platforms whose pages some crawler opens."""
    sent: dict[tuple[str, int], Visit] = field(default_factory=dict)

    def accounts(self) -> Sequence[Account]:
        return self.watched

    def visit_states(self, ids: Sequence[str]) -> Mapping[str, VisitState]:
        return {i: self.states[i] for i in ids if i in self.states}

    def posts_published(self, account: str, window: Window) -> Sequence[str]:
        return self.posts

    def absent_unconfirmed(self, period: Period) -> Iterable[str]:
        return self.absent

    def dispatch(self, visits: Iterable[Visit]) -> int:
        fresh = {(v.id, v.attempt): v for v in visits if (v.id, v.attempt) not in self.sent}
        self.sent.update(fresh)
        return len(fresh)

    def served(self, route: str) -> frozenset[PlatformName]:
        return frozenset(self.pages) if route == "web" else frozenset()


@dataclass
class Hand:
    """A clock set by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


X = Account(platform="x", id="1", handle="a", city="nanjing")
INSTAGRAM = Account(platform="instagram", id="2", handle="b", city="nanjing")
TRAITS = {"x": Traits(False, True), "instagram": Traits(True, False)}


def planner(known: Known, at: datetime, plan: Plan = PLAN) -> Planner:
    return Planner(known, known, Hand(at), plan, TRAITS)  # type: ignore[arg-type]


def test_a_period_has_its_edges_and_its_cutoff() -> None:
    found = slots(MAY, PLAN)
    edges = [s.at for s in found if s.reason is Reason.EDGE]
    assert edges == [MAY.start - HOUR, MAY.end - HOUR]
    (cutoff,) = [s for s in found if s.reason is Reason.CUTOFF]
    assert cutoff.at == MAY.cutoff - HOUR
    assert cutoff.window == Window(MAY.start, MAY.end)


def test_every_day_of_the_month_is_in_a_timeline_before_it_is_a_week_old() -> None:
    windows = [s.window for s in slots(MAY, PLAN) if s.reason is Reason.ROUTINE and s.window]
    for day in range(1, 24):
        instant = MAY.start + timedelta(days=day)
        assert any(instant in w and w.end - instant <= timedelta(days=1) for w in windows)


def test_refreshes_take_up_where_the_routine_ends() -> None:
    for slot in slots(MAY, PLAN):
        if slot.kind is VisitKind.REFRESH:
            assert slot.window == Window(MAY.start, slot.at - PLAN.timeline_back)


def test_the_same_pass_twice_sends_once() -> None:
    known = Known([X, INSTAGRAM])
    first = planner(known, MAY.start - HOUR).run("Asia/Shanghai", timedelta(days=3))
    again = planner(known, MAY.start - HOUR).run("Asia/Shanghai", timedelta(days=3))
    assert first.dispatched == len(first.open) > 0
    assert again.dispatched == 0


def test_followers_ride_along_where_they_can() -> None:
    known = Known([X, INSTAGRAM])
    at = MAY.start + timedelta(days=1)
    planned = planner(known, at).run_periods([MAY])
    kinds = {(v.platform, v.kind) for v in planned.open if v.slot == at}
    assert kinds == {
        ("x", VisitKind.PROFILE),
        ("x", VisitKind.TIMELINE),
        ("instagram", VisitKind.TIMELINE),
    }


def test_posts_that_cannot_be_read_by_id_are_read_with_their_timeline() -> None:
    known = Known([X, INSTAGRAM], posts=["p1"])
    at = MAY.start + timedelta(days=14)
    planned = planner(known, at).run_periods([MAY])
    (timeline,) = [v for v in planned.open if v.platform == "instagram" and v.slot == at]
    assert timeline.window == Window(MAY.start, at)
    (refresh,) = [v for v in planned.open if v.kind is VisitKind.REFRESH]
    assert (refresh.platform, refresh.posts) == ("x", ("p1",))


def test_a_late_slot_is_past() -> None:
    known = Known([X])
    late = planner(known, MAY.start - HOUR + PLAN.lateness).run_periods([MAY])
    assert late.open == []


def test_complete_visits_are_not_planned_again() -> None:
    known = Known([X])
    (visit,) = planner(known, MAY.start - HOUR).run_periods([MAY]).open
    known.states[visit.id] = VisitState(True, 1, Outcome.OK, MAY.start)
    assert planner(known, MAY.start).run_periods([MAY]).open == []


def test_a_failed_visit_is_tried_again_after_its_pause() -> None:
    known = Known([X])
    (visit,) = planner(known, MAY.start - HOUR).run_periods([MAY]).open
    ended = MAY.start - HOUR
    known.states[visit.id] = VisitState(False, 1, Outcome.SERVER_ERROR, ended)
    early = planner(known, ended + timedelta(minutes=9)).run_periods([MAY])
    assert (early.open, early.next_retry) == ([], ended + timedelta(minutes=10))
    (again,) = planner(known, ended + timedelta(minutes=10)).run_periods([MAY]).open
    assert (again.id, again.attempt) == (visit.id, 1)


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.FORBIDDEN, Outcome.CHANGED_SHAPE])
def test_what_is_final_is_not_tried_again(outcome: Outcome) -> None:
    assert due_again(VisitState(False, 1, outcome, MAY.start)) is None


@pytest.mark.parametrize("outcome", sorted(BUDGETS))
def test_attempts_are_bounded(outcome: Outcome) -> None:
    most = BUDGETS[outcome].attempts
    assert due_again(VisitState(False, most - 1, outcome, MAY.start)) is not None
    assert due_again(VisitState(False, most, outcome, MAY.start)) is None


def test_a_platforms_own_word_on_when_to_return_counts() -> None:
    until = MAY.start + timedelta(hours=7)
    state = VisitState(False, 1, Outcome.QUOTA_SPENT, MAY.start, until)
    assert due_again(state) == until


@pytest.mark.parametrize(("absent", "visits"), [((), 0), ((X.key,), 1)])
def test_only_accounts_with_absent_posts_are_confirmed(absent: Sequence[str], visits: int) -> None:
    known = Known([X], absent=absent)
    planned = planner(known, MAY.cutoff + PLAN.confirm_after).run_periods([MAY])
    assert len(planned.open) == visits


def test_unverified_accounts_are_not_visited() -> None:
    known = Known([Account(platform="x", id="", handle="a", city="nanjing")])
    assert planner(known, MAY.start - HOUR).run_periods([MAY]).open == []


@given(st.integers(0, 60 * 24 * 70))
def test_a_scheduler_that_was_away_sends_no_storm(minutes: int) -> None:
    known = Known([X], posts=["p"])
    at = MAY.start - HOUR + timedelta(minutes=minutes)
    planned = planner(known, at).run("Asia/Shanghai", timedelta(days=3))
    assert len(planned.open) <= 6
    assert len({v.id for v in planned.open}) == len(planned.open)


@pytest.mark.parametrize("name", ["2024-02", "2024-12", "2025-03", "2025-10"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
def test_walking_the_instants_serves_every_slot_once(name: str, zone: str) -> None:
    period = Period.month(name, zone)
    plan = Plan(edge_lead=timedelta())
    known = Known([X], posts=["p"], absent=[X.key])
    for at in instants(period, plan):
        planner(known, at, plan).run_periods([period])
    assert len(known.sent) == len({(s.at, s.kind) for s in slots(period, plan)})
    assert all(visit.slot.tzinfo is UTC for visit in known.sent.values())

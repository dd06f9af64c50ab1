"""What is due, from what is known: once, with the fewest visits, also after a long absence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.account import Account, Pause, PauseKind
from model.messages import Outcome, Visit, VisitKind, Window
from model.months import Months
from model.period import Period
from model.visit import Priority, Reason, SkipReason, VisitState
from scheduler.calendar import Calendar, instants, slots
from scheduler.contract import Traits
from scheduler.plan import Plan, Tier
from scheduler.planner import Planned, Planner
from scheduler.plans import Plans
from tests.scheduler.known import DAY, HOUR, INSTAGRAM, MAY, TRAITS, Diary, Hand, Known, Post, X

pytestmark = pytest.mark.slow

PLAN = Plan()
NOON = MAY.start - HOUR + 14 * DAY
"""An instant of the daily grid."""


def planner(known: Known, clock: Hand, plan: Plan | Plans = PLAN, **more: object) -> Planner:
    return Planner(known, known, clock, plan, TRAITS, **more)  # type: ignore[arg-type]


def run(one: Planner) -> Planned:
    return one.run(Months())


def windows(planned: Planned) -> list[tuple[str, timedelta]]:
    """Platform and length of each timeline's window."""
    return [(v.platform, v.window.end - v.window.start) for v in planned.open if v.window]


def test_the_same_pass_twice_sends_once() -> None:
    known, clock = Known([X, INSTAGRAM]), Hand(NOON)
    first, again = run(planner(known, clock)), run(planner(known, clock))
    assert first.dispatched == len(first.open) > 0
    assert again.dispatched == 0
    assert {v.id for v in again.open} == {v.id for v in first.open}


def test_each_band_has_its_turn() -> None:
    known = Known([X])
    spans = [
        dict(windows(run(planner(known, Hand(at)))))["x"] / DAY
        for at in (NOON, NOON + 2 * HOUR, NOON + 4 * HOUR, NOON + 6 * HOUR)
    ]
    assert spans == [14 - 1 / 24, 2, 10, 2]


def test_followers_ride_along_where_they_can() -> None:
    planned = run(planner(Known([X, INSTAGRAM]), Hand(NOON)))
    assert {(v.platform, v.kind) for v in planned.open} == {
        ("x", VisitKind.PROFILE),
        ("x", VisitKind.TIMELINE),
        ("instagram", VisitKind.TIMELINE),
    }


def test_a_band_that_missed_its_turn_is_read_with_the_next_visit() -> None:
    """Its posts were last read before the day's turn: the next timeline reaches back to them."""
    late = NOON + 2 * HOUR
    read = Post(X.key, NOON - 12 * DAY, NOON)
    assert windows(run(planner(Known([X], posts=[read]), Hand(late)))) == [("x", 2 * DAY)]
    read.read_at = NOON - 1 * HOUR
    span = dict(windows(run(planner(Known([X], posts=[read]), Hand(late)))))["x"]
    assert late - span <= read.published_at


def test_a_band_that_cannot_be_read_waits_for_its_turn() -> None:
    """Otherwise each visit would fail at the same old post."""
    old = Post(X.key, NOON - 12 * DAY, NOON - DAY)
    known, clock = Known([X], posts=[old]), Hand(NOON)
    one = planner(known, clock)
    for visit in run(one).open:
        known.states[visit.id] = VisitState(False, 1, Outcome.CHANGED_SHAPE, NOON)
    run(one)
    clock.at += 2 * HOUR
    assert windows(run(one)) == [("x", 2 * DAY)]


def test_a_band_that_a_broken_platform_missed_is_caught_up_with() -> None:
    old = Post(X.key, NOON - 12 * DAY, NOON - DAY)
    known, clock = Known([X], posts=[old]), Hand(NOON)
    one = planner(known, clock)
    for visit in run(one).open:
        known.states[visit.id] = VisitState(False, 1, Outcome.SERVER_ERROR, NOON)
    run(one)
    clock.at += 2 * HOUR
    assert dict(windows(run(one)))["x"] > 13 * DAY


def listed_then_read(kind: str, _: int, posts: Sequence[int], __: int) -> int:
    """A page lists 50 posts, and 50 posts are read at once."""
    batches = sum(-(-number // 50) for number in posts)
    return batches if kind == VisitKind.REFRESH else batches + sum(max(1, n // 50) for n in posts)


@pytest.mark.parametrize(("old", "by_id"), [(10, False), (160, True)])
def test_older_posts_are_read_by_id_where_that_takes_fewer_calls(old: int, by_id: bool) -> None:
    ages = [DAY] * 30 + [5 * DAY] * old
    posts = [Post(X.key, NOON - age, NOON - age, str(n)) for n, age in enumerate(ages)]
    known, traits = Known([X], posts=posts), Traits(False, True, minimum=listed_then_read)
    one = Planner(known, known, Hand(NOON + 4 * HOUR), PLAN, {"x": traits})
    found = {v.kind: v for v in run(one).open}
    slot, timeline = NOON + 4 * HOUR, found[VisitKind.TIMELINE]
    assert timeline.window == Window(slot - (2 * DAY if by_id else 10 * DAY), slot)
    assert (VisitKind.REFRESH in found) is by_id
    if by_id:
        refresh = found[VisitKind.REFRESH]
        assert len(refresh.posts) == old
        assert refresh.window == Window(slot - 10 * DAY, slot - 2 * DAY)


def test_complete_visits_are_asked_about_no_more() -> None:
    known, clock = Known([X]), Hand(NOON)
    one = planner(known, clock)
    known.complete(run(one).open, NOON)
    assert run(one).open == []
    asked = known.asked
    assert run(one).open == []
    assert known.asked == asked


def test_a_restart_forgets_nothing_that_matters() -> None:
    known, clock = Known([X, INSTAGRAM]), Hand(NOON)
    known.complete(run(planner(known, clock)).open, NOON)
    assert run(planner(known, clock)).open == []


def test_a_failed_visit_is_tried_again_after_its_pause() -> None:
    known, clock = Known([INSTAGRAM]), Hand(NOON)
    one = planner(known, clock)
    (visit,) = run(one).open
    known.states[visit.id] = VisitState(False, 1, Outcome.SERVER_ERROR, NOON)
    clock.at = NOON + timedelta(minutes=9)
    early = run(one)
    assert (early.open, early.next_retry) == ([], NOON + timedelta(minutes=10))
    clock.at = NOON + timedelta(minutes=10)
    (again,) = run(one).open
    assert (again.id, again.attempt) == (visit.id, 1)


def test_a_newer_slot_takes_the_place_of_a_failed_one() -> None:
    known, clock = Known([INSTAGRAM]), Hand(NOON)
    one = planner(known, clock)
    (visit,) = run(one).open
    known.states[visit.id] = VisitState(False, 1, Outcome.RATE_LIMITED, NOON, NOON + 9 * HOUR)
    clock.at = NOON + 2 * HOUR
    (next_one,) = run(one).open
    assert (next_one.slot, next_one.attempt) == (NOON + 2 * HOUR, 0)


def test_nothing_is_added_for_accounts_that_wait_for_a_crawler() -> None:
    """However long the crawlers are away, an account has one routine visit of a kind in line."""
    diary = Diary(MAY.start)
    known, clock = Known([X]), Hand(NOON)
    one = planner(known, clock, skip_log=diary)
    known.waiting = {visit.id for visit in run(one).open}
    for hours in range(2, 40, 2):
        clock.at = NOON + hours * HOUR
        assert run(one).dispatched == 0
    behind = [e for e in diary.entries.values() if e.why is SkipReason.BEHIND]
    assert len(behind) >= 18
    known.waiting = set()
    assert {v.slot for v in run(one).open if v.kind is VisitKind.TIMELINE} == {NOON + 38 * HOUR}


def test_a_restarted_planner_does_not_add_to_what_waits_either() -> None:
    known, clock = Known([X]), Hand(NOON)
    known.waiting = {visit.id for visit in run(planner(known, clock)).open}
    clock.at = NOON + 2 * HOUR
    assert run(planner(known, clock)).dispatched == 0


def test_edges_are_served_though_routine_visits_wait() -> None:
    known, clock = Known([X]), Hand(MAY.cutoff - 3 * HOUR)
    one = planner(known, clock)
    known.waiting = {visit.id for visit in run(one).open}
    clock.at = MAY.cutoff - HOUR
    (visit,) = run(one).open
    assert visit.window == Window(MAY.start, MAY.cutoff - HOUR)


@pytest.mark.parametrize(("absent", "visits"), [((), 0), ((X.key,), 1)])
def test_only_accounts_with_absent_posts_are_confirmed(absent: tuple[str], visits: int) -> None:
    known = Known([X, INSTAGRAM], absent=absent)
    planned = planner(known, Hand(MAY.cutoff + PLAN.confirm_after)).run_periods([MAY])
    assert [v.account for v in planned.open] == [X.id] * visits


def test_unverified_accounts_and_unknown_platforms_are_not_visited() -> None:
    accounts = [
        Account(platform="x", id="", handle="a", city="nanjing"),
        Account(platform="tiktok", id="7", handle="a", city="nanjing"),
    ]
    assert run(planner(Known(accounts), Hand(NOON))).open == []


def test_each_platform_has_its_plan() -> None:
    plans = Plans(PLAN, {"x": Plan(bands=(Tier(7 * DAY, DAY),))})
    known = Known([X, INSTAGRAM])
    found = windows(run(planner(known, Hand(NOON + 2 * HOUR), plans)))
    assert found == [("x", 7 * DAY), ("instagram", 2 * DAY)]


# --- after an absence


@given(st.integers(0, 60 * 24 * 70), st.integers(0, 60 * 24 * 70))
def test_a_scheduler_that_was_away_sends_no_storm(first: int, away: int) -> None:
    posts = [Post(X.key, MAY.start + day * DAY, MAY.start + day * DAY) for day in range(31)]
    known, clock = Known([X], posts=posts), Hand(MAY.start - HOUR + first * timedelta(minutes=1))
    one = planner(known, clock)
    run(one)
    clock.at += away * timedelta(minutes=1)
    for late in (one, planner(known, clock)):
        planned = run(late)
        assert len(planned.open) <= 6
        kinds = Counter(v.kind for v in planned.open if v.slot == max(w.slot for w in planned.open))
        assert max(kinds.values(), default=0) <= 1


def test_three_days_away_over_an_edge() -> None:
    """Back again, it makes one visit of each kind, and says which edges nobody read."""
    diary = Diary(MAY.end - DAY)
    known, clock = Known([X]), Hand(MAY.end - DAY)
    known.complete(run(planner(known, clock, skip_log=diary)).open, clock.at)
    clock.at = MAY.end + 2 * DAY
    planned = run(planner(known, clock, skip_log=diary))
    assert len(planned.open) == 2
    missed = {
        (e.kind, e.slot, e.accounts) for e in diary.entries.values() if e.why is SkipReason.MISSED
    }
    assert missed == {
        ("profile", MAY.end - HOUR, (X.key,)),
        ("timeline", MAY.end - HOUR, (X.key,)),
    }


def test_an_edge_that_another_scheduler_served_is_not_missed() -> None:
    """One that led, and leads again long after: what it remembers is not what became of it."""
    known, diary = Known([X, INSTAGRAM]), Diary(MAY.end - 2 * DAY)
    clock = Hand(MAY.end - HOUR)
    one = planner(known, clock, skip_log=diary)
    known.complete(run(one).open, clock.at)
    clock.at += 3 * DAY
    run(one)
    assert [e for e in diary.entries.values() if e.why is SkipReason.MISSED] == []


def test_an_edge_during_a_long_pause_is_noted() -> None:
    """The servers were away, the scheduler was not: it was not started anew."""
    known, diary = Known([INSTAGRAM]), Diary(MAY.end - 2 * DAY)
    clock = Hand(MAY.end - DAY)
    one = planner(known, clock, skip_log=diary)
    known.complete(run(one).open, clock.at)
    clock.at += 2 * DAY
    run(one)
    missed = {e.slot for e in diary.entries.values() if e.why is SkipReason.MISSED}
    assert missed == {MAY.end - HOUR}


def test_edges_before_planning_began_are_not_missed() -> None:
    diary = Diary(MAY.end + HOUR)
    run(planner(Known([X]), Hand(MAY.end + 2 * DAY), skip_log=diary))
    assert not diary.entries


def test_accounts_that_came_later_have_missed_nothing() -> None:
    new = Account(platform="x", id="9", handle="c", city="wuhan", verified_at=MAY.end + DAY)
    diary = Diary(MAY.start)
    run(planner(Known([new]), Hand(MAY.end + 2 * DAY), skip_log=diary))
    assert not diary.entries


def test_an_edge_that_fails_until_it_is_past_is_missed() -> None:
    diary = Diary(MAY.cutoff - 2 * HOUR)
    known, clock = Known([INSTAGRAM]), Hand(MAY.cutoff - HOUR)
    one = planner(known, clock, skip_log=diary)
    (visit,) = run(one).open
    known.states[visit.id] = VisitState(False, 1, Outcome.GONE, clock.at)
    run(one)
    clock.at += PLAN.lateness
    run(one)
    ((entry),) = [e for e in diary.entries.values() if e.priority is Priority.CUTOFF]
    assert (entry.why, entry.accounts) == (SkipReason.MISSED, (INSTAGRAM.key,))


# --- whole months


@pytest.mark.parametrize("name", ["2024-02", "2024-12", "2025-03", "2025-10"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
def test_walking_the_instants_serves_every_slot_once(name: str, zone: str) -> None:
    period, plan = Period.month(name, zone), Plan(edge_lead=timedelta())
    known, clock = Known([X], absent=[X.key]), Hand(period.start)
    one = planner(known, clock, plan)
    for at in instants(period, plan):
        clock.at = at
        planned = one.run_periods([period])
        known.complete(planned.open, at)
        assert one.run_periods([period]).open == []
    expected = Counter((s.at, s.kind) for s in slots(period, plan))
    assert Counter((v.slot, v.kind) for v in known.sent.values()) == expected


def test_a_month_of_short_passes_plans_every_slot_once() -> None:
    """As the service does it: a pass now and then, restarts in between, crawlers that keep up."""
    plan = Plan(bands=(Tier(DAY, 6 * HOUR), Tier(10 * DAY, DAY)))
    known, clock = Known([X, INSTAGRAM]), Hand(MAY.start - HOUR)
    calendar, sent = Calendar(plan), Counter[tuple[str, VisitKind, object]]()
    one, end = planner(known, clock, plan), MAY.end - HOUR
    while clock.at < end:
        planned = run(one)
        sent.update((v.platform, v.kind, v.slot) for v in planned.open)
        known.complete(planned.open, clock.at)
        clock.at += timedelta(minutes=47)
        if clock.at.day % 5 == 0:
            one = planner(known, clock, plan)
    due = [s for s in calendar.between(MAY.start - HOUR, end) if s.reason is not Reason.CONFIRM]
    expected = Counter(("x", s.kind, s.at) for s in due)
    expected.update(("instagram", s.kind, s.at) for s in due if s.kind is VisitKind.TIMELINE)
    assert sent == expected


def test_visits_say_which_instant_they_stand_for() -> None:
    (visit,) = run(planner(Known([INSTAGRAM]), Hand(NOON + timedelta(minutes=7)))).open
    assert isinstance(visit, Visit)
    assert visit.slot == NOON


def test_an_account_at_rest_is_not_visited_until_it_is_resumed() -> None:
    rests = Pause(kind=PauseKind.RESTED, since=NOON - DAY, visits_until=NOON, until=NOON + 2 * HOUR)
    known, clock = Known([msgspec.structs.replace(X, pauses=(rests,)), INSTAGRAM]), Hand(NOON)
    one = planner(known, clock)
    asked = []
    for hours in (-2, 0, 2):
        clock.at = NOON + hours * HOUR
        asked.append({visit.platform for visit in run(one).open} - {"instagram"})
    assert asked == [{"x"}, set(), {"x"}]

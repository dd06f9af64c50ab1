"""At which instants what is read: edges, bands, months of every length, zones with summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.messages import VisitKind, Window
from model.months import Months
from model.period import Period
from model.visit import Reason, Slot
from scheduler.calendar import Calendar, instants, slots
from scheduler.plan import Plan, Tier
from tests.scheduler.known import DAY, HOUR, MAY

pytestmark = pytest.mark.slow

ZONES = [
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Australia/Lord_Howe",
]
MONTHS = ["2024-02", "2024-03", "2024-10", "2024-11", "2024-12", "2025-02", "2011-12"]
"""A leap day, changes to and from summer time on both hemispheres, a year's end, and December 2011,
in which Samoa had no 30th."""


def timelines(found: list[Slot]) -> list[Slot]:
    return [slot for slot in found if slot.kind is VisitKind.TIMELINE]


def test_a_months_edges_are_read_before_they_pass() -> None:
    found = slots(MAY, Plan())
    profiles = [s.at for s in found if s.kind is VisitKind.PROFILE and s.reason is Reason.EDGE]
    assert profiles == [MAY.start - HOUR, MAY.end - HOUR]
    (end,) = [s for s in timelines(found) if s.reason is Reason.EDGE]
    assert (end.at, end.window) == (MAY.end - HOUR, Window(MAY.start, MAY.end - HOUR))
    (cutoff,) = [s for s in found if s.reason is Reason.CUTOFF]
    assert (cutoff.at, cutoff.window) == (MAY.cutoff - HOUR, Window(MAY.start, MAY.end))


def test_a_posts_readings_follow_its_age() -> None:
    published = MAY.start + 3 * DAY
    calendar = Calendar(Plan())
    found = timelines(calendar.between(published, MAY.cutoff + 9 * DAY))
    found = [s for s in found if s.window and published in s.window]
    assert [s.reason for s in found][-2:] == [Reason.CUTOFF, Reason.CONFIRM]
    ages = [s.at - published for s in found[:-1]]
    steps = [(age, after - age) for age, after in pairwise(ages)]
    assert {step for age, step in steps if age < 46 * HOUR} == {2 * HOUR}
    assert {step for age, step in steps if 2 * DAY < age < 9.5 * DAY} == {4 * HOUR}
    assert {step for age, step in steps if age > 10 * DAY} == {DAY}


def test_without_the_stop_at_the_cutoff_posts_are_read_to_their_age() -> None:
    published = MAY.end - DAY
    calendar = Calendar(Plan(stop_at_cutoff=False))
    found = timelines(calendar.between(published, published + 60 * DAY))
    ages = [s.at - published for s in found if s.window and published in s.window]
    assert 34 * DAY < max(ages) <= 35 * DAY


def test_visits_of_one_instant_are_made_as_one() -> None:
    calendar = Calendar(Plan())
    found = calendar.between(MAY.start - 2 * DAY, MAY.cutoff + 2 * DAY)
    places = [(s.at, s.kind) for s in found if s.reason is not Reason.CONFIRM]
    assert len(places) == len(set(places))
    cutoff = calendar.timeline(MAY.cutoff - HOUR)
    assert cutoff is not None
    assert cutoff.window == Window(MAY.start, MAY.cutoff - HOUR)


def test_open_are_the_newest_of_each_kind_and_edges_not_missed() -> None:
    calendar = Calendar(Plan())
    found = calendar.open(MAY.cutoff + 5 * HOUR)
    assert {(s.kind, s.reason, s.at) for s in found} == {
        (VisitKind.TIMELINE, Reason.ROUTINE, MAY.cutoff + 5 * HOUR),
        (VisitKind.TIMELINE, Reason.CUTOFF, MAY.cutoff - HOUR),
        (VisitKind.PROFILE, Reason.ROUTINE, MAY.cutoff - HOUR),
    }
    later = calendar.open(MAY.cutoff + 12 * HOUR)
    assert Reason.CUTOFF not in {slot.reason for slot in later}


def test_a_single_month_has_no_neighbours() -> None:
    calendar = Calendar.alone(Plan(), MAY)
    assert calendar.open(MAY.start - 2 * HOUR) == []
    assert calendar.open(MAY.cutoff + 20 * DAY) == []
    for slot in slots(MAY, Plan()):
        assert slot.window is None or MAY.start <= slot.window.start < slot.window.end


def test_a_plan_without_bands_reads_the_edges_alone() -> None:
    plan = Plan(bands=(), at_end=False, profile_every=366 * DAY, edge_lead=timedelta())
    assert [s.reason for s in slots(MAY, plan)] == [
        Reason.EDGE,
        Reason.EDGE,
        Reason.CUTOFF,
        Reason.CONFIRM,
    ]


@pytest.mark.parametrize("name", MONTHS)
@pytest.mark.parametrize("zone", ZONES)
def test_months_of_every_length_are_covered(name: str, zone: str) -> None:
    period, plan = Period.month(name, zone), Plan()
    calendar = Calendar(plan, Months(zone))
    found = calendar.between(period.start - HOUR, period.following().start - HOUR)
    routine = [s.at for s in timelines(found) if s.reason is not Reason.CONFIRM]
    assert routine[0] == period.start - HOUR
    gaps = {after - at for at, after in pairwise(routine)}
    assert max(gaps) <= 2 * HOUR
    assert min(gaps) > timedelta()
    daily = [s.at for s in found if s.kind is VisitKind.PROFILE]
    days = (period.end - period.start) / DAY
    assert days <= len(daily) < days + 1
    assert [s.reason for s in found].count(Reason.CUTOFF) == 1
    assert all(slot.at.tzinfo is UTC for slot in found)


@pytest.mark.parametrize("name", MONTHS)
@pytest.mark.parametrize("zone", ZONES)
def test_a_walk_meets_every_slot_while_it_is_open(name: str, zone: str) -> None:
    period, plan = Period.month(name, zone), Plan(edge_lead=timedelta())
    calendar = Calendar.alone(plan, period)
    met = {(s.at, s.kind, s.reason) for at in instants(period, plan) for s in calendar.open(at)}
    assert met == {(s.at, s.kind, s.reason) for s in slots(period, plan)}


BANDS = [
    (Tier(DAY, HOUR),),
    (Tier(2 * DAY, 2 * HOUR), Tier(10 * DAY, 6 * HOUR)),
    (Tier(7 * DAY, DAY), Tier(35 * DAY, 7 * DAY)),
    (),
]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(BANDS),
    st.integers(0, 3),
    st.integers(0, 40),
    st.datetimes(datetime(2019, 12, 1), datetime(2028, 4, 1), timezones=st.just(UTC)),
)
def test_what_is_open_is_what_the_grid_says(
    zone: str, bands: tuple[Tier, ...], lead: int, delay: int, now: datetime
) -> None:
    plan = Plan(bands=bands, edge_lead=lead * HOUR)
    calendar = Calendar(plan, Months(zone, delay * DAY))
    found = calendar.open(now)
    assert len({(s.at, s.kind, s.reason is Reason.CONFIRM) for s in found}) == len(found)
    assert len([s for s in found if not s.special]) <= 2
    since = min((s.at for s in found), default=now)
    listed = calendar.between(since, now + timedelta(microseconds=1))
    for slot in found:
        assert slot.at <= now
        assert slot in listed
    newest = [s for s in timelines(listed) if s.reason is not Reason.CONFIRM][-1:]
    assert all(slot in found or not bands for slot in newest)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(BANDS[:3]),
    st.integers(0, 9),
    st.datetimes(datetime(2019, 12, 1), datetime(2028, 4, 1), timezones=st.just(UTC)),
)
def test_bands_reach_back_one_behind_the_other(
    zone: str, bands: tuple[Tier, ...], delay: int, at: datetime
) -> None:
    calendar = Calendar(Plan(bands=bands), Months(zone, delay * DAY))
    reaches = calendar.reaches(at)
    starts = [reach.start for reach in reaches]
    assert starts == sorted(starts, reverse=True)
    for reach, band in zip(reaches, bands, strict=True):
        assert at - band.until <= reach.start
        assert at - band.every < reach.since <= at

"""What slots cost must be what the platforms' own paging and batching rules say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.platforms import platform
from model.messages import VisitKind, Window
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from model.platforms.tariff import Price, Tariff
from model.visit import Priority, Reason, Slot
from scheduler.calendar import Calendar
from scheduler.forecast import Cost, CostModel, Fleet, Minimum, spread
from scheduler.plan import Plan, Tier
from tests.scheduler.known import DAY, HOUR, MAY

NOW = date(2026, 11, 22)


def minimum_of(name: PlatformName) -> Minimum:
    def minimum(kind: str, accounts: int, posts: Sequence[int], windows: int) -> int:
        return platform(name).minimum(kind, accounts, posts, windows)

    return minimum


def cost_model(name: PlatformName, accounts: int, posts: float) -> CostModel:
    """Accounts that publish so many posts in May."""
    days = (MAY.end - MAY.start) / DAY
    fleet = Fleet(accounts=accounts, posts_per_day=posts / days)
    rides = platform(name).profile_rides_along
    return CostModel(FACTS[name].tariff, minimum_of(name), fleet, rides)


WHOLE_PASS = [
    Slot(at=MAY.cutoff, kind=VisitKind.PROFILE, reason=Reason.EDGE),
    Slot(
        at=MAY.cutoff,
        kind=VisitKind.TIMELINE,
        reason=Reason.CUTOFF,
        window=Window(MAY.start, MAY.end),
    ),
]


@pytest.mark.parametrize(
    ("name", "posts", "calls", "units"),
    [
        # One pass over 138 accounts: profiles by 100, a page of 100 posts each; $42.78.
        ("x", 60, 2 + 138, 138 * 61),
        # Channels by 50, a page of 50 uploads each, videos by 50 across channels.
        ("youtube", 30, 3 + 138 + 83, 224),
        # A call a user, one for 100 that a known video names, pages of 100 rows over two windows.
        ("tiktok", 30, 138 + 2 + 42, 182),
        # Pages by 50 ids (each billed), posts by 100, videos by 100.
        ("facebook", 60, 3 + 138 + 138, 414),
        # Posts by 50, followers with the first page.
        ("instagram", 60, 276, 276),
    ],
)
def test_one_pass_takes_what_the_rules_say(
    name: PlatformName, posts: int, calls: int, units: int
) -> None:
    found = cost_model(name, 138, posts).total(WHOLE_PASS)
    assert found.calls == pytest.approx(calls)
    assert found.units == pytest.approx(units)


def test_dollars_are_for_posts_and_users() -> None:
    found, tariff = cost_model("x", 138, 60).total(WHOLE_PASS), FACTS["x"].tariff
    cost = found.posts * tariff.dollars("post", NOW) + found.users * tariff.dollars("user", NOW)
    assert cost == pytest.approx(42.78)


def test_what_is_read_again_on_the_same_day_is_billed_once() -> None:
    counter = cost_model("x", 10, 31)
    at = MAY.start + 20 * DAY + 8 * HOUR
    first = counter.add(_timeline(at, 5 * DAY))
    again = counter.add(_timeline(at + 2 * HOUR, 2 * DAY))
    following = counter.add(_timeline(at + DAY, 5 * DAY))
    assert first.units == pytest.approx(50)
    assert again.units == pytest.approx(10 / 12)
    assert following.units == pytest.approx(50)
    assert counter.add(_profile(at + DAY)).units == 10
    assert counter.add(_profile(at + DAY + HOUR)).units == 0


def _timeline(at: object, back: timedelta) -> Slot:
    window = Window(at - back, at)  # type: ignore[operator, arg-type]
    return Slot(at=at, kind=VisitKind.TIMELINE, reason=Reason.ROUTINE, window=window)  # type: ignore[arg-type]


def _profile(at: object) -> Slot:
    return Slot(at=at, kind=VisitKind.PROFILE, reason=Reason.ROUTINE)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PLATFORMS)
def test_nobody_costs_nothing(name: PlatformName) -> None:
    assert cost_model(name, 0, 30).total(WHOLE_PASS) == Cost()


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_silent_account_is_asked_all_the_same(name: PlatformName) -> None:
    found = cost_model(name, 7, 0).total(WHOLE_PASS)
    assert found.posts == 0
    assert found.calls >= 1


@given(st.floats(0, 50), st.integers(1, 300))
def test_posts_are_spread_evenly(each: float, accounts: int) -> None:
    counts = spread(each, accounts)
    assert abs(sum(counts) - each * accounts) <= 1 + 1e-6
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("name", PLATFORMS)
def test_older_and_young_posts_add_up(name: PlatformName) -> None:
    slot = Calendar(Plan()).timeline(MAY.start - HOUR + 20 * DAY)
    assert slot is not None
    parts = cost_model(name, 50, 40).by_priority(slot)
    assert sum(parts.values()) == pytest.approx(cost_model(name, 50, 40).add(slot).units)
    assert set(parts) == {Priority.YOUNG, Priority.OLD}


def test_paid_reading_once_a_day_of_a_week_of_posts() -> None:
    """138 accounts with 60 posts: 14 posts and the counters daily, the month at its cut-off."""
    calendar = Calendar(Plan(bands=(Tier(7 * DAY, DAY),), at_end=False))
    found = cost_model("x", 138, 60).total(calendar.between(MAY.start - HOUR, MAY.end - HOUR))
    dollars = found.posts * 0.005 + found.users * 0.010
    assert dollars == pytest.approx(138 * (31 * 0.08 + 0.31), rel=0.08)


# --- the data


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_figure_has_a_source_and_a_date(name: PlatformName) -> None:
    tariff = FACTS[name].tariff
    entries = [*tariff.prices, *tariff.dated_limits]
    assert entries
    assert all(len(entry.source) > 10 and entry.noted.year >= 2026 for entry in entries)


def test_the_price_of_the_day_counts() -> None:
    prices = tuple(
        Price(subject="post", dollars=dollars, since=since, noted=NOW, source="made up")
        for dollars, since in [(1.0, date(2026, 1, 1)), (2.0, date(2026, 7, 1))]
    )
    tariff = Tariff(unit="post", billing="resources", prices=prices)
    days = [date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [tariff.dollars("post", day) for day in days] == [1.0, 1.0, 2.0]
    assert tariff.dollars("user", NOW) == 0.0

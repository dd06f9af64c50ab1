"""What is used up of limits: fixed windows, rolling spans, days in the platforms' own zones."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.platform import PLATFORMS
from sandbox.app import platform_entries
from sandbox.service.limits import (
    LimitSet,
    PlatformLimits,
    RollingTotals,
    WindowTotals,
    pacific_day,
    quarter,
    utc_day,
    utc_month,
)
from sandbox.world.model import SECOND, to_instant


def at(text: str) -> int:
    return to_instant(datetime.fromisoformat(text))


def test_a_window_ends_what_was_spent_in_the_one_before() -> None:
    spent = WindowTotals()
    assert [spent.add("a", 1, 2), spent.add("a", 1, 3), spent.add("b", 1, 1)] == [2, 5, 1]
    assert (spent.of("a", 1), spent.of("a", 2), spent.of("c", 1)) == (5, 0, 0)
    assert [spent.add("a", 2, 1), spent.of("a", 1)] == [1, 0]


calls = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4)), max_size=30)


@given(calls, st.integers(0, 60))
def test_a_rolling_span_counts_what_lies_within_it(
    steps: list[tuple[int, int]], pause: int
) -> None:
    span, now = 60, 0
    rolling, made = RollingTotals(span), []
    for step, amount in steps:
        now += step
        made.append((now, amount))
        total = rolling.add("key", now, amount)
        assert total == sum(a for when, a in made if now - span < when)
    now += pause
    inside = [(when, amount) for when, amount in made if now - span < when]
    assert rolling.of("key", now) == sum(amount for _, amount in inside)
    expected = inside[0][0] + span - now if inside else 0
    assert rolling.until_free("key", now) == expected


def test_pacific_days_follow_summer_time() -> None:
    assert pacific_day(at("2025-05-01T06:59:59+00:00")) == "2025-04-30"
    assert pacific_day(at("2025-05-01T07:00:00+00:00")) == "2025-05-01"
    assert pacific_day(at("2025-01-01T07:59:59+00:00")) == "2024-12-31"
    assert pacific_day(at("2025-01-01T08:00:00+00:00")) == "2025-01-01"


def test_utc_days_months_and_quarters() -> None:
    midnight = at("2025-06-01T00:00:00+00:00")
    assert utc_day(midnight) == utc_day(midnight - 1) + 1
    assert (utc_month(midnight - 1), utc_month(midnight)) == ("2025-05", "2025-06")
    assert quarter(midnight, 900) == quarter(midnight + 899 * SECOND, 900)
    assert quarter(midnight, 900) + 1 == quarter(midnight + 900 * SECOND, 900)


class OneLimits(PlatformLimits):
    prefix = "one"
    calls: int = 3


class TwoLimits(PlatformLimits):
    prefix = "two"
    calls: int = 4
    rows: int = 5


def test_limits_of_a_platform_are_changed_by_their_full_names() -> None:
    limits = LimitSet((OneLimits, TwoLimits))
    limits.change({"two_calls": 9})
    assert limits.shown() == {"one_calls": 3, "two_calls": 9, "two_rows": 5}
    assert (limits.of(OneLimits).calls, limits.of(TwoLimits).calls) == (3, 9)


@pytest.mark.parametrize(
    ("changes", "named"), [({"three_calls": 1}, "three_calls"), ({"two_rows": "x"}, "two_rows")]
)
def test_wrong_limits_are_named_and_change_nothing(changes: dict[str, object], named: str) -> None:
    limits = LimitSet((OneLimits, TwoLimits))
    with pytest.raises(msgspec.ValidationError, match=named):
        limits.change({"one_calls": 7, **changes})
    assert limits.shown() == {"one_calls": 3, "two_calls": 4, "two_rows": 5}


def test_every_platform_has_an_entry_whose_endpoints_are_its_own() -> None:
    entries = platform_entries()
    assert tuple(entries) == PLATFORMS
    for name, entry in entries.items():
        assert entry.pages.name == name
        assert entry.api is None or entry.api.name == name

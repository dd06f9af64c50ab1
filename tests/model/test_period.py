"""A month is one exact interval in one stated zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.period import Period


@pytest.mark.parametrize(
    ("name", "zone", "start", "end"),
    [
        ("2025-05", "Asia/Shanghai", "2025-04-30T16:00Z", "2025-05-31T16:00Z"),
        ("2024-02", "Asia/Shanghai", "2024-01-31T16:00Z", "2024-02-29T16:00Z"),
        ("2024-12", "Asia/Shanghai", "2024-11-30T16:00Z", "2024-12-31T16:00Z"),
        ("2025-03", "Europe/Berlin", "2025-02-28T23:00Z", "2025-03-31T22:00Z"),
        ("2025-11", "America/New_York", "2025-11-01T04:00Z", "2025-12-01T05:00Z"),
        ("2025-05", "UTC", "2025-05-01T00:00Z", "2025-06-01T00:00Z"),
    ],
)
def test_a_month_is_an_exact_interval(name: str, zone: str, start: str, end: str) -> None:
    period = Period.month(name, zone)
    assert period.start == datetime.fromisoformat(start)
    assert period.end == datetime.fromisoformat(end)
    assert period.cutoff == period.end + timedelta(days=3)


def test_the_edges_are_half_open() -> None:
    period = Period.month("2025-05")
    assert period.start in period
    assert period.end not in period
    assert period.end - timedelta(microseconds=1) in period


def test_a_post_late_on_the_30th_of_april_utc_belongs_to_may() -> None:
    assert Period.containing(datetime(2025, 4, 30, 16, 30, tzinfo=UTC)).name == "2025-05"


@pytest.mark.parametrize(
    "name", ["2025-13", "2025-00", "202505", "2025-5", "", "25-05", "２０２５-05"]
)
def test_what_is_no_month_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="expected YYYY-MM"):
        Period.month(name)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ValueError, match="'Asia/Nowhere': expected an IANA name"):
        Period.month("2025-05", "Asia/Nowhere")


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
    st.sampled_from(
        ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"]
    ),
)
def test_every_instant_lies_in_exactly_one_month(naive: datetime, zone: str) -> None:
    instant = naive.replace(tzinfo=UTC)
    period = Period.containing(instant, zone)
    assert instant in period
    assert instant not in period.following()
    assert instant not in period.previous()
    assert period.following().start == period.end
    assert period.following().previous() == period

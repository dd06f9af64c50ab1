from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Unwritable
from store.keys import ids_until, instant, reading_id, stands_for
from tests.store.harvest import day

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def test_instants_are_kept_as_mongodb_keeps_them() -> None:
    shanghai = timezone(timedelta(hours=8))
    told = datetime(2025, 5, 1, 8, 0, 0, 123_987, tzinfo=shanghai)
    assert instant(told) == datetime(2025, 5, 1, 0, 0, 0, 123_000, tzinfo=UTC)
    assert instant(told).tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(Unwritable, match="no zone"):
        instant(datetime(2025, 5, 1))


@pytest.mark.parametrize(
    ("late", "stands"),
    [
        (timedelta(), timedelta()),
        (timedelta(minutes=20), timedelta()),
        (timedelta(hours=6), timedelta()),
        (timedelta(hours=6, milliseconds=1), timedelta(hours=6)),
        (timedelta(days=2, milliseconds=700), timedelta(days=2)),
        (timedelta(seconds=-1), timedelta(seconds=-1)),
    ],
)
def test_which_instant_a_reading_stands_for(late: timedelta, stands: timedelta) -> None:
    assert stands_for(day(10), day(10) + late) == day(10) + stands


@given(st.lists(INSTANTS, min_size=2, max_size=6), INSTANTS)
def test_ids_sort_as_time_does(slots: list[datetime], until: datetime) -> None:
    slots = [slot.replace(microsecond=0) for slot in slots]
    by_id = sorted(slots, key=lambda slot: reading_id("x:1", slot))
    assert by_id == sorted(slots)
    condition = ids_until("x:1", until.replace(microsecond=0))
    kept = [s for s in slots if condition["$gte"] <= reading_id("x:1", s) <= condition["$lte"]]
    assert kept == [slot for slot in slots if slot <= until.replace(microsecond=0)]


def test_ids_of_one_subject_are_not_those_of_its_neighbours() -> None:
    condition = ids_until("x:12", day(9))
    for other in ("x:1", "x:123", "x:12_4", "x:11", "x:12A"):
        assert not condition["$gte"] <= reading_id(other, day(3)) <= condition["$lte"]
    assert condition["$gte"] <= reading_id("x:12", day(3)) <= condition["$lte"]

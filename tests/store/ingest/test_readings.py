from __future__ import annotations

from datetime import timedelta
from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.count import Count
from store.ingest.merging import later, merge_readings
from store.ingest.readings import reading
from tests.store.harvest import counts, day

SLOT = day(10)
_COUNT = st.one_of(
    st.builds(Count, value=st.integers(0, 3), step=st.sampled_from([1, 100])),
    st.sampled_from([Count.hidden(), Count.not_offered(), Count.not_read()]),
)
_COUNTS = st.dictionaries(st.sampled_from(["likes", "views", "shares"]), _COUNT, max_size=3)
_REACTIONS = st.dictionaries(st.sampled_from(["like", "love"]), st.integers(0, 2), max_size=2)
_MINUTE = st.integers(0, 3).map(lambda minutes: SLOT + timedelta(minutes=minutes))


def _of_slot(parts: tuple[dict[str, Count], Any, dict[str, int]]) -> dict[str, Any] | None:
    told, at, reactions = parts
    return reading(told, SLOT, at, reactions)


READINGS = (
    st.tuples(_COUNTS, _MINUTE, _REACTIONS).map(_of_slot).filter(lambda found: found is not None)
)


def test_a_reading_holds_values_and_reasons_apart() -> None:
    found = reading(
        {"likes": Count(value=541_200, step=100), **counts(comments=0, views=None)}, SLOT, SLOT
    )
    assert found == {
        "slot": SLOT,
        "observed_at": SLOT,
        "counts": {"likes": 541_200, "comments": 0},
        "missing": {"views": "hidden"},
        "steps": {"likes": 100},
    }


@pytest.mark.parametrize("told", [{}, {"likes": Count.not_read(), "views": Count.not_read()}])
def test_an_answer_without_counters_is_no_reading(told: dict[str, Count]) -> None:
    assert reading(told, SLOT, SLOT) is None


def test_hidden_counters_are_a_reading() -> None:
    found = reading(counts(likes=None), SLOT, SLOT)
    assert found is not None
    assert found["counts"] == {}
    assert found["missing"] == {"likes": "hidden"}


def test_two_pages_of_one_slot_complete_one_another() -> None:
    """As where the views of a post come from another call than its likes."""
    posts = reading({**counts(likes=5), "views": Count.not_read()}, SLOT, SLOT)
    videos = reading({**counts(views=70), "likes": Count.not_read()}, SLOT, day(10.01))
    assert posts is not None
    assert videos is not None
    both = merge_readings(posts, videos)
    assert both["counts"] == {"likes": 5, "views": 70}
    assert "missing" not in both
    assert both["observed_at"] == day(10.01)
    assert both["older"] == {"likes": SLOT}


def test_a_newer_observation_of_the_slot_wins_even_if_it_is_less() -> None:
    first, second = reading(counts(likes=9), SLOT, SLOT), reading(counts(likes=7), SLOT, day(10.01))
    assert first is not None
    assert second is not None
    assert merge_readings(first, second)["counts"] == {"likes": 7}


def test_an_exact_value_outweighs_a_newer_rounded_one() -> None:
    exact = reading(counts(likes=541_234), SLOT, SLOT)
    rounded = reading({"likes": Count(value=541_200, step=100)}, SLOT, day(10.01))
    assert exact is not None
    assert rounded is not None
    assert merge_readings(exact, rounded)["counts"] == {"likes": 541_234}


@given(READINGS)
def test_merging_is_idempotent(one: dict[str, Any]) -> None:
    assert merge_readings(one, dict(one)) == one


@pytest.mark.slow
@given(st.lists(READINGS, min_size=2, max_size=4))
def test_neither_order_nor_grouping_matters(parts: list[dict[str, Any]]) -> None:
    expected = reduce(merge_readings, parts)
    for order in permutations(parts):
        assert reduce(merge_readings, order) == expected
        assert reduce(lambda right, left: merge_readings(left, right), reversed(order)) == expected
    assert merge_readings(expected, parts[0]) == expected


@given(READINGS, READINGS)
def test_a_known_value_is_never_lost_to_a_reason(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    both = merge_readings(one, other)
    assert both["counts"].keys() == one["counts"].keys() | other["counts"].keys()
    assert not both["counts"].keys() & both.get("missing", {}).keys()


@given(READINGS, st.integers(1, 5))
def test_the_later_slot_is_the_later_reading(one: dict[str, Any], hours: int) -> None:
    next_one = {**one, "slot": SLOT + timedelta(hours=hours)}
    assert later(one, next_one) is later(next_one, one) is next_one
    assert later(None, one) is later(one, None) is one
    assert later(None, None) is None

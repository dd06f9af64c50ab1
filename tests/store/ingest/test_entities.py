from __future__ import annotations

from datetime import timedelta
from functools import reduce
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from store.ingest.merging import POST_FACTS, merge_handles, merge_posts, merge_seen, with_absences
from tests.store.harvest import day

AT = st.integers(1, 5).map(day)
_FACT = st.one_of(st.none(), st.sampled_from(["a", "b"]))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    at = draw(AT)
    found: dict[str, Any] = {"_id": "x:1", "first_seen": at, "last_seen": at, "pinned": False}
    for name in ("account", "type", "text"):
        if fact := draw(_FACT):
            found[name] = fact
    if draw(st.booleans()):
        found["latest"] = {"slot": at, "observed_at": at, "counts": {"likes": draw(AT).day}}
    absences = [{"observed_at": when, "slot": when} for when in draw(st.lists(AT, max_size=3))]
    return with_absences(found, absences)


@given(st.lists(documents(), min_size=2, max_size=4))
def test_neither_order_nor_grouping_matters(parts: list[dict[str, Any]]) -> None:
    expected = reduce(merge_posts, parts)
    for order in permutations(parts):
        assert reduce(merge_posts, order) == expected
        assert reduce(lambda right, left: merge_posts(left, right), reversed(order)) == expected
    assert merge_posts(expected, parts[-1]) == expected


@given(st.lists(documents(), min_size=1, max_size=5))
def test_each_fact_is_the_newest_that_was_told(parts: list[dict[str, Any]]) -> None:
    merged = reduce(merge_posts, parts)
    for name in ("account", "type", "text"):
        told = [(one["last_seen"], one[name]) for one in parts if name in one]
        assert merged.get(name) == (max(told)[1] if told else None)
    assert merged["first_seen"] == min(one["first_seen"] for one in parts)
    assert merged["last_seen"] == max(one["last_seen"] for one in parts)


def test_a_fact_that_the_newest_answer_does_not_tell_keeps_its_time() -> None:
    full = {"_id": "x:1", "first_seen": day(1), "last_seen": day(1), "type": "live"}
    bare = {"_id": "x:1", "first_seen": day(3), "last_seen": day(3)}
    between = {"_id": "x:1", "first_seen": day(2), "last_seen": day(2), "type": "video"}
    without = merge_seen(full, bare, POST_FACTS)
    assert without["type"] == "live"
    assert without["told"] == {"type": day(1)}
    assert merge_seen(without, between, POST_FACTS)["type"] == "video"


def test_absences_before_a_sighting_are_revoked() -> None:
    seen = {"_id": "x:1", "last_seen": day(3)}
    absences = [{"observed_at": day(number), "slot": day(number)} for number in (2, 3, 4)]
    found = with_absences(seen, absences)
    assert found["absences"] == [{"observed_at": day(4), "slot": day(4)}]
    assert found["absent_since"] == day(4)
    assert "gone_at" not in found
    assert with_absences(found, []) == seen


def test_gone_takes_two_absences_a_day_apart() -> None:
    def missed(*hours: int) -> dict[str, Any]:
        instants = [day(4) + timedelta(hours=hour) for hour in hours]
        absences = [{"observed_at": at, "slot": at} for at in instants]
        return with_absences({"_id": "x:1", "last_seen": day(3)}, absences)

    assert "gone_at" not in missed(0, 6, 23)
    assert missed(0, 6, 24, 48)["gone_at"] == day(5)
    assert missed(6, 30)["absent_since"] == day(4.25)


def test_handles_keep_their_spans() -> None:
    def under(handle: str, first: int, last: int) -> dict[str, Any]:
        return {"handle": handle, "first_seen": day(first), "last_seen": day(last)}

    merged = merge_handles([under("old", 1, 3)], [under("new", 4, 4), under("old", 2, 5)])
    assert merged == [under("old", 1, 5), under("new", 4, 4)]

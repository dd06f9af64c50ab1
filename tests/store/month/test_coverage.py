from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.messages import Outcome, VisitKind, Window
from store.database import Store
from store.ingest.writer import Writer
from store.month.coverage import coverage_shares, covered_share
from tests.store.harvest import KEY, MAY, Message, closed, day, visit


def _looked(slot: datetime, start: datetime, end: datetime, ends: Outcome = Outcome.OK) -> Message:
    return closed(visit(slot, window=Window(start, end)), slot, ends)


@pytest.mark.parametrize(
    ("messages", "share"),
    [
        ([], 0.0),
        ([closed(visit(MAY.cutoff), MAY.cutoff)], 1.0),
        ([closed(visit(MAY.cutoff), MAY.cutoff, Outcome.OK_NOTHING_NEW)], 1.0),
        ([closed(visit(MAY.cutoff), MAY.cutoff, Outcome.TIMEOUT)], 0.0),
        ([closed(visit(MAY.cutoff, VisitKind.PROFILE), MAY.cutoff)], 0.0),
        ([_looked(MAY.end, MAY.start, day(16)), _looked(MAY.end, day(14), MAY.end)], 1.0),
        ([_looked(day(16), MAY.start, MAY.end)], (day(16) - MAY.start) / (MAY.end - MAY.start)),
    ],
)
def test_how_much_was_looked_at(db: Store, messages: list[Message], share: float) -> None:
    if messages:
        Writer(db).write(messages)
    assert coverage_shares(db, MAY, [KEY, "x:1"]) == {KEY: share, "x:1": 0.0}


_DAYS = st.integers(-3, 40)


@given(st.lists(st.tuples(_DAYS, _DAYS), max_size=6))
def test_overlaps_are_counted_once(spans: list[tuple[int, int]]) -> None:
    hours = {
        hour
        for start, end in spans
        for hour in range(start * 24, end * 24)
        if day(1 + hour / 24) in MAY
    }
    share = covered_share(MAY, [(day(1 + start), day(1 + end)) for start, end in spans])
    assert share == pytest.approx(len(hours) / (31 * 24))


def test_a_whole_month_in_pieces_is_exactly_one() -> None:
    edges = [MAY.start, *(day(number) for number in range(2, 31, 3)), MAY.end]
    assert covered_share(MAY, pairwise(edges)) == 1.0

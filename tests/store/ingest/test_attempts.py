from __future__ import annotations

from functools import reduce
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from model.messages import Outcome, VisitClosed, VisitKind, Window
from model.proof import Proof
from store.ingest.attempts import closed, covered_span, lookings, redelivered
from store.ingest.merging import merge_visits
from tests.store.harvest import MAY, Message, day, visit
from tests.store.harvest import closed as told

SLOT = MAY.cutoff


def _document(message: Message) -> dict[str, Any]:
    assert isinstance(message[0], VisitClosed)
    return closed(message[0])


def _attempt(number: int, outcome: Outcome, **more: Any) -> dict[str, Any]:
    return _document(told(visit(SLOT, attempt=number), day(5 + number, 6), outcome, **more))


def test_a_complete_outcome_never_goes_back() -> None:
    documents = [
        _attempt(0, Outcome.TIMEOUT, retry_at=day(5.5, 6)),
        _attempt(1, Outcome.OK, seen=["1"]),
        _attempt(2, Outcome.SERVER_ERROR, detail="502"),
    ]
    merged = reduce(merge_visits, documents)
    assert (merged["outcome"], merged["complete"]) == ("ok", True)
    assert merged["observed_at"] == day(6, 6)
    assert "retry_at" not in merged
    assert [attempt["outcome"] for attempt in merged["attempts"]] == [
        "timeout",
        "ok",
        "server_error",
    ]
    assert merged["calls"] == 3


def test_what_proved_a_timeline_is_stored_with_the_attempt() -> None:
    message, _ = told(visit(SLOT), day(5, 6), seen=["1"])
    assert isinstance(message, VisitClosed)
    assert closed(replace(message, proof=Proof.TOTAL))["attempts"][0]["proof"] == "total"
    part = replace(message, outcome=Outcome.EMPTY_UNEXPECTED, proven_from=day(2))
    attempt = closed(part)["attempts"][0]
    assert (attempt["proven_from"], attempt["complete"]) == (day(2), False)
    assert attempt["seen"] == [f"{message.visit.platform}:1"]
    assert "proof" not in closed(message)["attempts"][0]


def test_what_was_handed_out_more_than_once_is_counted() -> None:
    message, _ = told(visit(SLOT), day(5, 6), Outcome.OK)
    assert isinstance(message, VisitClosed)
    thrice = closed(replace(message, deliveries=3))
    assert redelivered(merge_visits(thrice, _attempt(1, Outcome.TIMEOUT))) == 2
    assert redelivered(_attempt(0, Outcome.OK)) == 0


def test_without_a_complete_one_the_newest_attempt_counts() -> None:
    early = _attempt(0, Outcome.RATE_LIMITED, retry_at=day(9, 6))
    merged = merge_visits(_attempt(1, Outcome.GONE), early)
    assert (merged["outcome"], merged["complete"]) == ("gone", False)
    assert "retry_at" not in merged


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(Outcome)), min_size=1, max_size=4))
def test_neither_order_nor_repetition_matters(attempts: list[tuple[int, Outcome]]) -> None:
    documents = [_attempt(number, outcome) for number, outcome in attempts]
    expected = reduce(merge_visits, documents)
    for order in permutations(documents):
        assert reduce(merge_visits, [*order, order[0]]) == expected


def test_what_a_timeline_has_looked_at_ends_with_its_slot() -> None:
    whole = _document(told(visit(SLOT), SLOT, seen=["9", "1"]))
    assert covered_span(whole) == (MAY.start, MAY.end)
    routine = visit(day(10), window=Window(day(2), day(12)))
    assert covered_span(_document(told(routine, day(10)))) == (day(2), day(10))
    (looking,) = lookings(whole)
    assert looking["seen"] == ["facebook:1", "facebook:9"]


def test_only_complete_timelines_prove_anything() -> None:
    failed = _document(told(visit(SLOT), SLOT, Outcome.TIMEOUT))
    profile = _document(told(visit(SLOT, VisitKind.PROFILE), SLOT))
    assert covered_span(failed) is covered_span(profile) is None
    assert [*lookings(failed), *lookings(profile)] == []
    both = merge_visits(failed, _attempt(1, Outcome.OK_NOTHING_NEW))
    assert len(list(lookings(both))) == 1

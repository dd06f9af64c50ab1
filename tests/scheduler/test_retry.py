"""Each kind of failure has its own budget and pauses; a platform's own word counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from model.messages import Outcome
from model.visit import VisitState
from scheduler.retry import MOST_ATTEMPTS, RETRIES, due_again
from tests.scheduler.known import MAY

AT = MAY.start


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - set(RETRIES)))
def test_what_is_final_is_not_tried_again(outcome: Outcome) -> None:
    assert due_again(VisitState(outcome.complete, 1, outcome, AT)) is None


@pytest.mark.parametrize("outcome", sorted(RETRIES))
def test_attempts_are_bounded(outcome: Outcome) -> None:
    most = RETRIES[outcome].attempts
    assert due_again(VisitState(False, most - 1, outcome, AT)) is not None
    assert due_again(VisitState(False, most, outcome, AT)) is None


@pytest.mark.parametrize("outcome", sorted(RETRIES))
def test_pauses_grow_to_a_bound(outcome: Outcome) -> None:
    budget = RETRIES[outcome]
    pauses = [budget.pause(number) for number in range(1, 50)]
    assert pauses[0] == budget.delay
    assert pauses == sorted(pauses)
    assert pauses[-1] == max(budget.longest, budget.delay)
    assert sum(pauses[: budget.attempts], timedelta()) <= timedelta(hours=24)


def test_failures_of_another_kind_leave_a_budget_alone() -> None:
    failures = {Outcome.SERVER_ERROR: 5, Outcome.QUOTA_SPENT: 2}
    tired = VisitState(
        False, 8, Outcome.SERVER_ERROR, AT, failures={**failures, Outcome.TIMEOUT: 1}
    )
    assert due_again(tired) == AT + RETRIES[Outcome.SERVER_ERROR].pause(5)
    spent = VisitState(False, 7, Outcome.QUOTA_SPENT, AT, failures={Outcome.QUOTA_SPENT: 3})
    assert due_again(spent) is None


def test_all_attempts_together_are_bounded_too() -> None:
    failures = {Outcome.TIMEOUT: 1}
    assert (
        due_again(VisitState(False, MOST_ATTEMPTS, Outcome.TIMEOUT, AT, failures=failures)) is None
    )


def test_a_platforms_own_word_on_when_to_return_counts() -> None:
    until = AT + timedelta(hours=7)
    assert due_again(VisitState(False, 1, Outcome.QUOTA_SPENT, AT, until)) == until


def test_pauses_can_be_left_out() -> None:
    assert due_again(VisitState(False, 1, Outcome.TIMEOUT, AT), scale=0.0) == AT

"""Which outcomes are tried again, how often, and how soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from model.backoff import Backoff
from model.messages import Outcome
from model.visit import VisitState


@dataclass(frozen=True, slots=True)
class RetryLimit:
    """Most attempts of one visit that may end in one kind of failure, and the pauses between."""

    attempts: int
    delay: timedelta
    """After the first failure; doubled after each further one, up to `longest`. A platform's own
    word on when to return (Retry-After, a limit's reset, the next day of a quota) counts instead.
    """
    longest: timedelta = timedelta(hours=2)

    def pause(self, failures: int) -> timedelta:
        """The pause after so many failures of this kind."""
        most = max(self.longest, self.delay).total_seconds()
        backoff = Backoff(self.delay.total_seconds(), most=most)
        return timedelta(seconds=backoff.delay(max(failures - 1, 0)))


_MINUTES = timedelta(minutes=1)
MOST_ATTEMPTS = 30
"""Of one visit, whatever its failures."""

RETRIES: Mapping[Outcome, RetryLimit] = {
    Outcome.SERVER_ERROR: RetryLimit(6, 10 * _MINUTES),
    Outcome.TIMEOUT: RetryLimit(6, 10 * _MINUTES),
    Outcome.PROXY_FAILED: RetryLimit(12, 10 * _MINUTES, longest=60 * _MINUTES),
    Outcome.RATE_LIMITED: RetryLimit(12, 15 * _MINUTES),
    Outcome.QUOTA_SPENT: RetryLimit(3, 60 * _MINUTES),
    Outcome.EMPTY_UNEXPECTED: RetryLimit(3, 60 * _MINUTES),
    Outcome.LOGIN_WALL: RetryLimit(3, 60 * _MINUTES),
    Outcome.CHALLENGE: RetryLimit(3, 60 * _MINUTES),
    # A refused token may be replaced by somebody meanwhile; one call an hour finds out.
    Outcome.TOKEN_INVALID: RetryLimit(24, 60 * _MINUTES, longest=60 * _MINUTES),
    Outcome.GAVE_UP: RetryLimit(2, 30 * _MINUTES),
    # One answer may have been spoilt on its way; a platform that has changed is so in an hour too.
    Outcome.CHANGED_SHAPE: RetryLimit(3, 60 * _MINUTES),
}
"""Outcomes that are not here (gone, forbidden, renamed) are final for their slot.

All waiting ends with the slot: a newer one takes the place of a routine visit, and an edge is
missed after `Plan.lateness`.
"""


def due_again(state: VisitState, scale: float = 1.0) -> datetime | None:
    """When an unsuccessful visit may be tried again; None: never. `scale` stretches the pauses."""
    limit = RETRIES.get(state.outcome)
    if state.complete or limit is None or state.attempts >= MOST_ATTEMPTS:
        return None
    if state.alike >= limit.attempts:
        return None
    pause = limit.pause(state.failures.get(state.outcome, 1))
    return state.retry_at or state.ended_at + pause * scale

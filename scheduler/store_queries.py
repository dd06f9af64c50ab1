"""The planner's questions, answered by the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from model.account import Account
from model.items import PostType
from model.messages import Window
from model.period import Period
from scheduler.contract import AgeWindow, PostCount
from scheduler.retry import VisitState
from store.database import Store
from store.plan import post_counts, queries

_AT_ONCE = 5000
"""Visits of one query."""


class StoreQueries:
    """See `scheduler.contract.Truth`."""

    def __init__(self, db: Store) -> None:
        self._db = db

    def accounts(self) -> Sequence[Account]:
        """All accounts that are watched."""
        return queries.accounts(self._db)

    def visit_states(self, ids: Sequence[str]) -> Mapping[str, VisitState]:
        """The visits among these that have ended at least once."""
        found: dict[str, VisitState] = {}
        for first in range(0, len(ids), _AT_ONCE):
            states = queries.visit_states(self._db, ids[first : first + _AT_ONCE])
            found.update({visit: _as_planned(state) for visit, state in states.items()})
        return found

    def posts_published(self, account: str, window: Window) -> Sequence[str]:
        """Ids of an account's known, visible posts of its own published in a window."""
        return [
            post.id
            for post in queries.posts_of(self._db, account, window)
            if post.absent_since is None
            and post.gone_at is None
            and post.type is not PostType.REPOST
        ]

    def post_counts(
        self, accounts: Sequence[str], stretches: Sequence[AgeWindow], before: datetime
    ) -> Mapping[str, Sequence[PostCount]]:
        """By account, a tally for each stretch."""
        wanted = [post_counts.AgeWindow(s.window.start, s.window.end, s.since) for s in stretches]
        found = post_counts.post_counts(self._db, accounts, wanted, before)
        return {
            account: [PostCount(one.known, one.unread) for one in counts]
            for account, counts in found.items()
        }

    def absent_unconfirmed(self, period: Period) -> Iterable[str]:
        """Keys of accounts with posts that were absent once and not looked for again."""
        return {post.account for post in queries.absent_unconfirmed(self._db, period)}


def _as_planned(state: queries.VisitState) -> VisitState:
    return VisitState(
        complete=state.complete,
        attempts=state.attempts,
        outcome=state.outcome,
        ended_at=state.ended_at,
        retry_at=state.retry_at,
        route=state.route,
        other=_as_planned(state.other) if state.other else None,
        failures=state.failures,
    )

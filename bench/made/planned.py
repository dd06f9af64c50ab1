"""Stores that the planning benchmark asks: one in memory, and a MongoDB with made-up posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from model.account import Account
from model.messages import Outcome, Visit, VisitKind, Window
from model.period import Period
from model.proof import Proof
from model.visit import AgeWindow, PostCount, VisitState
from store.accounts import put_accounts
from store.database import POSTS, VISITS, Store

_DAY = timedelta(days=1)
_POSTS = 34
"""Days of posts, one a day and account."""
_BATCH = 10_000


class MemoryTruth:
    """Every account publishes once a day; all visits succeed."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._accounts = accounts
        self._offsets = {a.key: timedelta(minutes=n % 1440) for n, a in enumerate(accounts)}
        self._ended: dict[str, VisitState] = {}
        self._read: dict[str, list[tuple[datetime, datetime]]] = {a.key: [] for a in accounts}

    def accounts(self) -> Sequence[Account]:
        """All of them."""
        return self._accounts

    def visit_states(self, ids: Sequence[str]) -> Mapping[str, VisitState]:
        """Those that have ended."""
        return {visit: self._ended[visit] for visit in ids if visit in self._ended}

    def posts_published(
        self, account: str, window: Window, *, missed: bool = False
    ) -> Sequence[str]:
        """Never asked: no account publishes more than a page holds."""
        return []

    def newest_posts(self, account: str, most: int) -> Sequence[str]:
        """None is known by its id."""
        return []

    def post_counts(
        self, accounts: Sequence[str], age_windows: Sequence[AgeWindow], before: datetime
    ) -> Mapping[str, Sequence[PostCount]]:
        """One post a day; unread where no timeline has looked since it should have."""
        return {account: [self._tally(account, one) for one in age_windows] for account in accounts}

    def _tally(self, account: str, stretch: AgeWindow) -> PostCount:
        known = (stretch.window.end - stretch.window.start) // _DAY
        for slot, start in reversed(self._read[account]):
            if slot < stretch.since:
                break
            if start <= stretch.window.start:
                return PostCount(known, 0)
        return PostCount(known, known)

    def absent_unconfirmed(self, period: Period) -> Iterable[str]:
        """Nobody's posts vanish."""
        return ()

    def complete(self, visits: Iterable[Visit]) -> None:
        """These have succeeded; what ended more than a day before is forgotten."""
        for visit in visits:
            self._ended[visit.id] = VisitState(True, 1, Outcome.OK, visit.slot)
            if visit.window is not None:
                looks = self._read[f"{visit.platform}:{visit.account}"]
                looks.append((visit.slot, visit.window.start))
                del looks[:-14]
        if len(self._ended) > 20 * len(self._accounts):
            newest = max(state.ended_at for state in self._ended.values())
            self._ended = {
                visit: state
                for visit, state in self._ended.items()
                if newest - state.ended_at < _DAY
            }


def fill(db: Store, accounts: Sequence[Account], until: datetime) -> None:
    """The accounts and their posts of the last weeks. None of them will be overdue, so that their
    readings need not be changed while the planner is measured; it asks about them all the same.
    """
    put_accounts(db, accounts)
    rows: list[dict[str, Any]] = []
    for number, account in enumerate(accounts):
        rows += [_post(account, number, age, until) for age in range(_POSTS)]
        if len(rows) >= _BATCH:
            db[POSTS].insert_many(rows, ordered=False)
            rows = []
    if rows:
        db[POSTS].insert_many(rows, ordered=False)


def _post(account: Account, number: int, age: int, until: datetime) -> dict[str, Any]:
    at = until - age * _DAY - timedelta(minutes=1 + number % 1440)
    return {
        "_id": f"{account.platform}:{number}-{age}",
        "account": account.key,
        "platform": account.platform,
        "published_at": at,
        "first_seen": at,
        "last_seen": until,
        "type": "photo",
        "latest": {"slot": until + _DAY},
    }


def collect(db: Store, visits: Sequence[Visit]) -> None:
    """What the writer would leave behind: ended visits."""
    for first in range(0, len(visits), _BATCH):
        db[VISITS].insert_many([_ended(v) for v in visits[first : first + _BATCH]], ordered=False)


def _ended(visit: Visit) -> dict[str, Any]:
    attempt = {
        "attempt": 0,
        "outcome": "ok",
        "complete": True,
        "slot": visit.slot,
        "observed_at": visit.slot,
    }
    proof = {"proof": Proof.OLDER_POST.value} if visit.window else {}
    return {
        "_id": visit.id,
        "platform": visit.platform,
        "account": f"{visit.platform}:{visit.account}",
        "kind": VisitKind(visit.kind).value,
        "slot": visit.slot,
        "outcome": "ok",
        "complete": True,
        "observed_at": visit.slot,
        "attempts": [attempt],
        **proof,
    }

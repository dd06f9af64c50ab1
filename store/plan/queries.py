"""What the planner asks: who is watched, which visits ended how, which posts are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from model.account import Account
from model.items import PostType
from model.messages import Outcome, Window
from model.period import Period
from model.route import Route
from model.visit import AgeWindow, PostCount, VisitState
from store import accounts as registered
from store.database import POSTS, VISITS, Document, Store
from store.keys import instant
from store.plan.post_counts import post_counts

_AT_ONCE = 5000
"""Visits of one query."""
_UNNEEDED = dict.fromkeys(("posts", "attempts.seen", "attempts.detail"), False)


class StoreQueries:
    """The store as the planner sees it (`scheduler.contract.PlannerStore`)."""

    def __init__(self, db: Store) -> None:
        self._db = db

    def accounts(self) -> list[Account]:
        """The watched accounts whose id is known, by platform, then key; paused ones too."""
        return [account for account in registered.accounts(self._db) if account.id]

    def visit_states(self, ids: Sequence[str]) -> dict[str, VisitState]:
        """The visits among these that have ended at least once."""
        states: dict[str, VisitState] = {}
        for first in range(0, len(ids), _AT_ONCE):
            some = {"$in": list(ids[first : first + _AT_ONCE])}
            for visit in self._db[VISITS].find({"_id": some}, _UNNEEDED):
                states[visit["_id"]] = _state(visit)
        return states

    def posts_published(self, account: str, window: Window, *, missed: bool = False) -> list[str]:
        """The platform's ids of an account's known, visible posts of its own published in a window,
        oldest first; `missed`: with those that were missed once, which a second look must confirm.
        """
        inside = {"$gte": instant(window.start), "$lt": instant(window.end)}
        condition = _own_visible(account, inside)
        if missed:
            del condition["absent_since"]
        posts = self._db[POSTS].find(condition, {"_id": True})
        ordered = posts.sort([("published_at", 1), ("_id", 1)])
        return [post["_id"].partition(":")[2] for post in ordered]

    def newest_posts(self, account: str, most: int) -> list[str]:
        """The platform's ids of an account's known, visible posts of its own, the newest first."""
        posts = self._db[POSTS].find(_own_visible(account, {"$exists": True}), {"_id": True})
        ordered = posts.sort([("published_at", -1), ("_id", -1)]).limit(most)
        return [post["_id"].partition(":")[2] for post in ordered]

    def post_counts(
        self, accounts: Sequence[str], windows: Sequence[AgeWindow], before: datetime
    ) -> Mapping[str, Sequence[PostCount]]:
        """By account, a count for each age window."""
        return post_counts(self._db, accounts, windows, before)

    def absent_unconfirmed(self, period: Period) -> set[str]:
        """Keys of accounts with posts of a period that were missed once, and not yet a second time
        a day later.
        """
        condition = {
            "absent_since": {"$exists": True},
            "gone_at": {"$exists": False},
            "published_at": {"$gte": period.start, "$lt": period.end},
            "account": {"$exists": True},
        }
        return set(self._db[POSTS].distinct("account", condition))


def _own_visible(account: str, published_at: Document) -> Document:
    return {
        "account": account,
        "published_at": published_at,
        "absent_since": {"$exists": False},
        "gone_at": {"$exists": False},
        "type": {"$ne": PostType.REPOST.value},
    }


def _state(visit: Document) -> VisitState:
    newest = visit["attempts"][-1]
    total = 1 + max(attempt["attempt"] for attempt in visit["attempts"])
    route = _route(newest)
    others = [attempt for attempt in visit["attempts"] if _route(attempt) is not route]
    own = [attempt for attempt in visit["attempts"] if _route(attempt) is route]
    other = _attempt(others[-1], total, others) if others else None
    return _attempt(visit, total, own, route, other)


def _attempt(
    ending: Document,
    total: int,
    alike: Sequence[Document],
    route: Route | None = None,
    other: VisitState | None = None,
) -> VisitState:
    return VisitState(
        complete=ending["complete"],
        attempts=total,
        outcome=Outcome(ending["outcome"]),
        ended_at=ending["observed_at"],
        retry_at=ending.get("retry_at"),
        route=route or _route(ending),
        other=other,
        failures=Counter(Outcome(attempt["outcome"]) for attempt in alike),
    )


def _route(attempt: Document) -> Route:
    return Route(attempt.get("route", Route.API))

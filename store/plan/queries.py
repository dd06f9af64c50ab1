"""What the planner asks: who is watched, which visits ended how, which posts are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from model.account import Account
from model.items import PostType
from model.messages import Outcome, Window
from model.period import Period
from model.route import Route
from store import accounts as registered
from store.database import POSTS, VISITS, Document, Store
from store.keys import instant


@dataclass(frozen=True, slots=True)
class VisitState:
    """A visit that has ended at least once."""

    complete: bool
    attempts: int
    """How many attempts were made: the number of the next one."""
    outcome: Outcome
    ended_at: datetime
    retry_at: datetime | None = None
    route: Route = Route.API
    """By which route the newest attempt was made."""
    other: VisitState | None = None
    """The newest attempt by the other route, if there was one."""
    failures: Mapping[Outcome, int] = field(default_factory=dict, compare=False)
    """How many attempts by this route ended in which way."""


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post as the planner needs it."""

    id: str
    """The platform's own id."""
    account: str
    published_at: datetime
    type: PostType | None
    last_seen: datetime
    latest_at: datetime | None
    """The instant its newest reading stands for."""
    absent_since: datetime | None
    gone_at: datetime | None


def accounts(db: Store) -> list[Account]:
    """The watched accounts whose id is known, by platform, then key."""
    return [account for account in registered.accounts(db) if account.id]


def visit_states(db: Store, ids: Sequence[str]) -> dict[str, VisitState]:
    """The visits among these that have ended at least once."""
    unneeded = dict.fromkeys(("posts", "attempts.seen", "attempts.detail"), False)
    found = db[VISITS].find({"_id": {"$in": list(ids)}}, unneeded)
    return {visit["_id"]: _state(visit) for visit in found}


def _state(visit: Document) -> VisitState:
    newest = visit["attempts"][-1]
    total = 1 + max(attempt["attempt"] for attempt in visit["attempts"])
    route = _route(newest)
    others = [attempt for attempt in visit["attempts"] if _route(attempt) != route]
    own = [attempt for attempt in visit["attempts"] if _route(attempt) == route]
    other = _attempt(others[-1], total, others) if others else None
    return _attempt(visit, total, own, route, other)


def _attempt(
    found: Document,
    total: int,
    alike: Sequence[Document],
    route: Route | None = None,
    other: VisitState | None = None,
) -> VisitState:
    return VisitState(
        complete=found["complete"],
        attempts=total,
        outcome=Outcome(found["outcome"]),
        ended_at=found["observed_at"],
        retry_at=found.get("retry_at"),
        route=route or _route(found),
        other=other,
        failures=Counter(Outcome(attempt["outcome"]) for attempt in alike),
    )


def _route(attempt: Document) -> Route:
    return Route(attempt.get("route", Route.API))


def posts_of(db: Store, account: str, window: Window) -> list[KnownPost]:
    """An account's known posts published in a window, oldest first; gone ones are among them."""
    published = {"$gte": instant(window.start), "$lt": instant(window.end)}
    found = db[POSTS].find({"account": account, "published_at": published})
    return [_known(post) for post in found.sort([("published_at", 1), ("_id", 1)])]


def absent_unconfirmed(db: Store, period: Period) -> list[KnownPost]:
    """Posts of a period that were missed once, and not yet a second time a day later."""
    condition = {
        "absent_since": {"$exists": True},
        "gone_at": {"$exists": False},
        "published_at": {"$gte": period.start, "$lt": period.end},
        "account": {"$exists": True},
    }
    return [_known(post) for post in db[POSTS].find(condition).sort("_id", 1)]


def _known(post: Document) -> KnownPost:
    return KnownPost(
        id=post["_id"].partition(":")[2],
        account=post["account"],
        published_at=post["published_at"],
        type=PostType(post["type"]) if "type" in post else None,
        last_seen=post["last_seen"],
        latest_at=post["latest"]["slot"] if "latest" in post else None,
        absent_since=post.get("absent_since"),
        gone_at=post.get("gone_at"),
    )

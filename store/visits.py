"""Visits that have ended: found by platform, outcome and time; made ready for another attempt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from model.messages import Outcome, Visit, VisitKind, Window
from model.platform import PlatformName
from model.route import Route
from store.database import ACCOUNTS, VISITS, Document, Store
from store.keys import instant

_UNNEEDED = {"posts": False, "attempts.seen": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which visits; what is not given does not matter."""

    platform: PlatformName | None = None
    account: str | None = None
    """`platform:id`"""
    outcomes: Sequence[Outcome] = ()
    since: datetime | None = None
    """When they ended, at the earliest."""
    incomplete: bool = False
    """Only those without success."""

    def condition(self) -> Document:
        """On the visits."""
        condition: Document = {}
        if self.platform is not None:
            condition["platform"] = self.platform
        if self.account is not None:
            condition["account"] = self.account
        if self.outcomes:
            condition["outcome"] = {"$in": [outcome.value for outcome in self.outcomes]}
        if self.since is not None:
            condition["observed_at"] = {"$gte": instant(self.since)}
        if self.incomplete:
            condition["complete"] = False
        return condition


def ended(db: Store, wanted: Wanted, limit: int = 0) -> list[Document]:
    """The newest first; at most `limit` (0: all)."""
    order = [("observed_at", -1), ("_id", 1)]
    return list(db[VISITS].find(wanted.condition(), _UNNEEDED).sort(order).limit(limit))


def next_attempts(db: Store, ids: Iterable[str]) -> list[Visit]:
    """These visits as their next attempts; those that never ended are not among them."""
    found = list(db[VISITS].find({"_id": {"$in": list(ids)}}, {"attempts.seen": False}))
    handles = _handles(db, [visit["account"] for visit in found])
    return [_next(visit, handles.get(visit["account"], "")) for visit in found]


def _next(visit: Document, handle: str) -> Visit:
    window = visit.get("window")
    newest = visit["attempts"][-1]
    return Visit(
        platform=visit["platform"],
        account=visit["account"].partition(":")[2],
        handle=handle,
        kind=VisitKind(visit["kind"]),
        slot=visit["slot"],
        window=Window(window["start"], window["end"]) if window else None,
        posts=tuple(visit.get("posts", ())),
        attempt=1 + max(attempt["attempt"] for attempt in visit["attempts"]),
        route=Route(newest.get("route", Route.API)),
    )


def _handles(db: Store, accounts: Sequence[str]) -> dict[str, str]:
    """What the registry says, else what was seen last."""
    names = dict.fromkeys(("handle", "observed.handle"), True)
    found = db[ACCOUNTS].find({"_id": {"$in": list(accounts)}}, names)
    return {
        account["_id"]: account.get("handle") or account.get("observed", {}).get("handle", "")
        for account in found
    }

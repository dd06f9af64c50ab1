"""How much of a period the complete timeline visits of an account have looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from model.messages import VisitKind
from model.period import Period
from store.database import VISITS, Document, Store
from store.ingest import attempts

_LATE = timedelta(days=31)
"""Visits so long after the cut-off still count: they show what was published in the month."""


def coverage(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, float]:
    """By account, the share of the period whose posts were looked for, 0 to 1.

    Only at 1 does "no posts" mean that nothing was published.
    """
    timelines: Document = {
        "account": {"$in": list(accounts)},
        "kind": VisitKind.TIMELINE.value,
        "observed_at": {"$gte": period.start, "$lte": period.cutoff + _LATE},
        "complete": True,
    }
    whole = {
        "window.start": {"$lte": period.start},
        "window.end": {"$gte": period.end},
        "slot": {"$gte": period.end},
    }
    done = set(db[VISITS].distinct("account", {**timelines, **whole}))
    timelines["account"] = {"$in": [account for account in accounts if account not in done]}
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for visit in db[VISITS].find(timelines, {"attempts": False}):
        if (span := attempts.span(visit)) is not None:
            spans[visit["account"]].append(span)
    return {
        account: 1.0 if account in done else covered(period, spans[account]) for account in accounts
    }


def last_ends(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, str]:
    """By account, how its last timeline visit up to the cut-off ended: outcome and detail."""
    if not accounts:
        return {}
    asked: Document = {
        "account": {"$in": list(accounts)},
        "kind": VisitKind.TIMELINE.value,
        "slot": {"$gte": period.start, "$lte": period.cutoff},
    }
    ends = dict.fromkeys(accounts, "never visited")
    for visit in db[VISITS].find(asked, {"attempts": False}).sort("slot"):
        ends[visit["account"]] = ": ".join(filter(None, (visit["outcome"], visit["detail"])))
    return ends


def covered(period: Period, spans: Iterable[tuple[datetime, datetime]]) -> float:
    """The share of the period that lies in any of the half-open spans."""
    reached, looked_at = period.start, timedelta()
    for start, end in sorted(spans):
        first, last = max(start, reached), min(end, period.end)
        if last > first:
            looked_at += last - first
            reached = last
    return looked_at / (period.end - period.start)

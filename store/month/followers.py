"""Followers at the edges of a period."""

from __future__ import annotations

from collections.abc import Sequence

from model.count import Missing
from model.measures import EARLY, LATE, Followers
from model.period import Period
from store.database import ACCOUNT_READINGS, ACCOUNTS, Document, Store
from store.month.recompute import last_reading

_READ: Document = {
    "$or": [
        {"counts.followers": {"$exists": True}},
        {"missing.followers": Missing.HIDDEN.value},
    ]
}
"""Readings that are about followers at all: a page may show an account without that counter."""


def followers(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, Followers]:
    """By account; every account asked for is there."""
    pipeline: list[Document] = [
        {"$match": {"_id": {"$in": list(accounts)}}},
        {"$project": {"_id": 1}},
        last_reading(ACCOUNT_READINGS, period.start, "start", _READ),
        last_reading(ACCOUNT_READINGS, period.end, "end", _READ),
    ]
    found = {row["_id"]: _of(row, period) for row in db[ACCOUNTS].aggregate(pipeline)}
    return {account: found.get(account, Followers()) for account in accounts}


def _of(row: Document, period: Period) -> Followers:
    start, end = ((edge[0] if edge else {}) for edge in (row["start"], row["end"]))
    return Followers(
        start=start.get("counts", {}).get("followers"),
        end=end.get("counts", {}).get("followers"),
        start_slot=start.get("slot"),
        end_slot=end.get("slot"),
        off_time={
            f"followers_{name}": round((edge["observed_at"] - at).total_seconds())
            for name, edge, at in (("start", start, period.start), ("end", end, period.end))
            if edge and not at - EARLY <= edge["observed_at"] <= at + LATE
        },
        posts_start=_exact_posts(start),
        posts_end=_exact_posts(end),
        step=max(edge.get("steps", {}).get("followers", 1) for edge in (start, end)),
    )


def _exact_posts(edge: Document) -> int | None:
    """The account's own counter of posts, unless it was shown rounded."""
    if "posts" in edge.get("steps", {}):
        return None
    number: int | None = edge.get("counts", {}).get("posts")
    return number

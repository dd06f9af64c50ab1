"""Thins the readings of a sealed month: what changed stays, and one reading a day of what did not.

At ingest every reading is kept, because only then a reading that comes late finds its true
neighbours. After the sealing nothing late matters to the month any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from model.period import Period
from store.database import POST_READINGS, POSTS, Document, Store
from store.errors import StoreError
from store.months import sealed
from store.slots import ids_of

HEARTBEAT = timedelta(days=1)
_COMPARED = ("counts", "missing", "steps", "reactions")
_POSTS_AT_ONCE = 200


def thin(db: Store, period: Period) -> int:
    """Removes readings of the month's posts that repeat the one before; gives their number.

    Raises StoreError unless the month is sealed.
    """
    if period.name not in sealed(db):
        raise StoreError(f"{period.name} is not sealed")
    removed = 0
    for posts in _posts(db, period):
        spare = [row for post in posts for row in superfluous(_rows(db, post), period.cutoff)]
        if spare:
            removed += db[POST_READINGS].delete_many({"_id": {"$in": spare}}).deleted_count
    return removed


def superfluous(rows: Sequence[Document], cutoff: datetime) -> list[str]:
    """Ids of the readings that may go, of one post's readings in order of their slots.

    The reading that counts at the cut-off always stays, and so does the last one.
    """
    at_cutoff = max((row["slot"] for row in rows if row["slot"] <= cutoff), default=None)
    spare: list[str] = []
    kept: Document | None = None
    for row in rows:
        repeats = kept is not None and row["slot"] - kept["slot"] < HEARTBEAT and _same(row, kept)
        if repeats and row is not rows[-1] and row["slot"] != at_cutoff:
            spare.append(row["_id"])
        else:
            kept = row
    return spare


def _same(one: Document, other: Document) -> bool:
    return all(one.get(name) == other.get(name) for name in _COMPARED)


def _rows(db: Store, post: str) -> list[Document]:
    names = dict.fromkeys(("slot", *_COMPARED), True)
    return list(db[POST_READINGS].find({"_id": ids_of(post)}, names).sort("_id", 1))


def _posts(db: Store, period: Period) -> Iterator[list[str]]:
    published = {"published_at": {"$gte": period.start, "$lt": period.end}}
    group: list[str] = []
    for post in db[POSTS].find(published, {"_id": True}):
        group.append(post["_id"])
        if len(group) == _POSTS_AT_ONCE:
            yield group
            group = []
    if group:
        yield group

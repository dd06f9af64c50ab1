"""Thins the readings of a sealed month: what changed stays, and one reading a day of what did not.

At ingest every reading is kept, because only then a reading that comes late finds its true
neighbours. After the sealing nothing late matters to the month any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from model.period import Period
from store.database import POST_READINGS, POSTS, Document, Store
from store.errors import StoreError
from store.ingest.changed_months import month_changed
from store.ingest.seals import sealed
from store.month.recompute import all_readings

HEARTBEAT = timedelta(days=1)
_COMPARED = ("counts", "missing", "steps", "reactions")
_AT_ONCE = 5000


def thin(db: Store, period: Period) -> int:
    """Removes readings of the month's posts that repeat the one before; gives their number.

    Raises StoreError unless the month is sealed.
    """
    if period.name not in sealed(db):
        raise StoreError(f"{period.name} is not sealed")
    removed = 0
    published = {"$gte": period.start, "$lt": period.end}
    posts = db[POSTS].aggregate(
        [
            {"$match": {"published_at": published}},
            {"$project": {"_id": 1}},
            all_readings(POST_READINGS, "rows", ("slot", *_COMPARED)),
        ]
    )
    spare: list[str] = []
    for post in posts:
        spare += superfluous(post["rows"], period.cutoff)
        if len(spare) >= _AT_ONCE:
            removed += _remove(db, spare)
            spare = []
    removed += _remove(db, spare)
    # What doubts a month looks at readings in between, too.
    month_changed(db, period)
    return removed


def _remove(db: Store, rows: list[str]) -> int:
    return db[POST_READINGS].delete_many({"_id": {"$in": rows}}).deleted_count if rows else 0


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

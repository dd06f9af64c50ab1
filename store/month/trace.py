"""From a measure to the posts that were counted, and from a post to its raw answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from model.items import PostType
from model.period import Period
from store.database import MONTH_POSTS, POST_READINGS, POSTS, Document, Store
from store.keys import ids_until

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class CountedPost:
    """A post of a month with the counts that entered the sums, and where they were read."""

    id: str
    published_at: datetime
    type: str | None
    text: str | None
    url: str | None
    counts: dict[str, int]
    missing: dict[str, str]
    observed_at: datetime | None
    visits: tuple[str, ...]
    raw: tuple[str, ...]
    """SHA-256 of the raw answers that the reading was mapped from."""


def counted_posts(db: Store, period: Period, account: str) -> list[CountedPost]:
    """An account's posts that were counted in a period, newest first."""
    of_month = {"$regex": f"^{re.escape(period.name)}:"}
    condition = {"_id": of_month, "account": account, "absent": {"$ne": True}}
    found = list(db[MONTH_POSTS].find(condition))
    keys = [document["_id"].split(":", 1)[1] for document in found]
    posts = {post["_id"]: post for post in db[POSTS].find({"_id": {"$in": keys}})}
    readings = _last_readings(db, period, keys)
    rows = [
        _counted(key, document, posts.get(key, {}), readings.get(key))
        for key, document in zip(keys, found, strict=True)
        if posts.get(key, {}).get("type") != PostType.REPOST.value
    ]
    return sorted(rows, key=lambda row: (row.published_at, row.id), reverse=True)


def _last_readings(db: Store, period: Period, keys: Sequence[str]) -> dict[str, Document]:
    """By post, its last reading at or before the cut-off; a question for each hundred posts."""
    found: dict[str, Document] = {}
    fields = dict.fromkeys(("observed_at", "visits", "raw"), True)
    for start in range(0, len(keys), _AT_ONCE):
        spans = [{"_id": ids_until(key, period.cutoff)} for key in keys[start : start + _AT_ONCE]]
        for reading in db[POST_READINGS].find({"$or": spans}, fields).sort("_id", 1):
            found[reading["_id"].rpartition("@")[0]] = reading
    return found


def _counted(key: str, document: Document, post: Document, reading: Document | None) -> CountedPost:
    return CountedPost(
        id=key,
        published_at=post["published_at"],
        type=post.get("type"),
        text=post.get("text"),
        url=post.get("url"),
        counts=document.get("counts", {}),
        missing=document.get("missing", {}),
        observed_at=reading["observed_at"] if reading else None,
        visits=tuple(reading.get("visits", ())) if reading else (),
        raw=tuple(reading.get("raw", ())) if reading else (),
    )


def texts(db: Store, period: Period, account: str) -> list[str]:
    """The texts of an account's own posts published in a period."""
    condition = {
        "account": account,
        "published_at": {"$gte": period.start, "$lt": period.end},
        "type": {"$ne": PostType.REPOST.value},
        "text": {"$type": "string"},
    }
    return [post["text"] for post in db[POSTS].find(condition, {"text": True})]

"""How posts grew: the readings of an account's posts, as ages and interactions.

The database puts the readings of a post together: hundreds of readings as documents of their own
take several times as long to unpack as to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from store.database import POST_READINGS, POSTS, Document, Store

_EARLIER = 100
_PARTS = ("$counts.likes", "$counts.comments", "$counts.shares")
_KNOWN: Document = {"$cond": [{"$gt": [{"$max": _PARTS}, None]}, {"$sum": _PARTS}, None]}
"""Interactions: of likes, comments and shares those that are known; null where none is."""
_HOUR = 3_600_000
"""Milliseconds."""
_AT_ONCE = 1_000
"""Posts of which readings are asked for together."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How a post grew: ages in hours with interactions, in order."""

    post: str
    type: str
    published: int
    """Milliseconds since 1970, UTC."""
    ages: tuple[float, ...]
    values: tuple[float, ...]


def curves_of(db: Store, accounts: Sequence[str], until: datetime) -> dict[str, list[Curve]]:
    """By account: its newest posts published before an instant, newest first, with their
    readings."""
    listed = _listed(db, accounts, until)
    keys = list(chain.from_iterable(one["posts"] for one in listed))
    read: dict[str, Document] = {}
    for start in range(0, len(keys), _AT_ONCE):
        read |= {one["_id"]: one for one in _read(db, keys[start : start + _AT_ONCE])}
    found: dict[str, list[Curve]] = {account: [] for account in accounts}
    for one in listed:
        found[one["_id"]] = [
            _curve(post, kind, published, read.get(post))
            for post, kind, published in zip(one["posts"], one["types"], one["at"], strict=True)
        ]
    return found


def _listed(db: Store, accounts: Sequence[str], until: datetime) -> list[Document]:
    """Posts of each account: ids, types, and milliseconds since 1970."""
    first, *others = [_newest(account, until) for account in accounts] or [[]]
    if not first:
        return []
    together = [{"$unionWith": {"coll": POSTS, "pipeline": other}} for other in others]
    group = {
        "_id": "$account",
        "posts": {"$push": "$_id"},
        "types": {"$push": {"$ifNull": ["$type", ""]}},
        "at": {"$push": {"$toLong": "$published_at"}},
    }
    return list(db[POSTS].aggregate([*first, *together, {"$group": group}]))


def _newest(account: str, until: datetime) -> list[Document]:
    condition = {"account": account, "published_at": {"$lt": until}, "type": {"$ne": "repost"}}
    fields = {"account": True, "published_at": True, "type": True}
    return [
        {"$match": condition},
        {"$sort": {"published_at": -1}},
        {"$limit": _EARLIER},
        {"$project": fields},
    ]


def _read(db: Store, posts: Sequence[str]) -> Iterable[Document]:
    """Readings of each post: instants in milliseconds since 1970, and interactions."""
    group = {
        "_id": {"$arrayElemAt": [{"$split": ["$_id", "@"]}, 0]},
        "at": {"$push": {"$toLong": "$observed_at"}},
        "values": {"$push": _KNOWN},
    }
    spans = [{"_id": {"$gte": f"{key}@", "$lt": f"{key}A"}} for key in posts]
    # Without the hint a plan is looked for each span anew, which takes as long as the reading.
    return db[POST_READINGS].aggregate([{"$match": {"$or": spans}}, {"$group": group}], hint="_id_")


def _curve(post: str, kind: str, published: int, read: Document | None) -> Curve:
    ages: list[float] = []
    values: list[float] = []
    rows: list[tuple[int, Any]] = sorted(
        zip(read["at"], read["values"], strict=True) if read else (), key=lambda row: row[0]
    )
    for at, value in rows:
        age = (at - published) / _HOUR
        if value is not None and age > 0 and (not ages or age > ages[-1]):
            ages.append(age)
            values.append(float(value))
    return Curve(post, kind, published, tuple(ages), tuple(values))

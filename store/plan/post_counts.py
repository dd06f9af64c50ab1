"""How many posts of which age are known, and how many of them wait for a reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from model.items import PostType
from store.database import POSTS, Document, Store
from store.keys import instant

_AT_ONCE = 1000
"""Accounts of one query."""


@dataclass(frozen=True, slots=True)
class AgeWindow:
    """Posts published from `start` to before `end`, which should have been read since `since`."""

    start: datetime
    end: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class PostCount:
    """Posts of a stretch: those known, and those whose last reading is older than `since`."""

    known: int
    unread: int


def post_counts(
    db: Store, accounts: Sequence[str], stretches: Sequence[AgeWindow], before: datetime
) -> dict[str, list[PostCount]]:
    """By account, a tally for each stretch; accounts without any such post are left out.

    Counted are visible posts of the account's own that were first seen before an instant, so that
    asking again for the same instant gives the same numbers known.
    """
    found: dict[str, list[PostCount]] = {}
    for first in range(0, len(accounts), _AT_ONCE):
        some = list(accounts[first : first + _AT_ONCE])
        for row in db[POSTS].aggregate(_pipeline(some, stretches, before)):
            found[row["_id"]] = [
                PostCount(row[f"known{n}"], row[f"unread{n}"]) for n in range(len(stretches))
            ]
    return found


def _pipeline(
    accounts: list[str], stretches: Sequence[AgeWindow], before: datetime
) -> list[Document]:
    first = instant(min(stretch.start for stretch in stretches))
    last = instant(max(stretch.end for stretch in stretches))
    condition = {
        "account": {"$in": accounts},
        "published_at": {"$gte": first, "$lt": last},
        "first_seen": {"$lt": instant(before)},
        "absent_since": {"$exists": False},
        "type": {"$ne": PostType.REPOST.value},
    }
    group: Document = {"_id": "$account"}
    for number, stretch in enumerate(stretches):
        inside = _inside(stretch)
        stale = {"$lt": ["$latest.slot", instant(stretch.since)]}
        # A post that was never counted has no `latest`; no timeline would change that.
        group[f"known{number}"] = {"$sum": {"$cond": [inside, 1, 0]}}
        has = {"$gt": ["$latest.slot", None]}
        group[f"unread{number}"] = {"$sum": {"$cond": [{"$and": [inside, has, stale]}, 1, 0]}}
    return [{"$match": condition}, {"$group": group}]


def _inside(stretch: AgeWindow) -> Document:
    return {
        "$and": [
            {"$gte": ["$published_at", instant(stretch.start)]},
            {"$lt": ["$published_at", instant(stretch.end)]},
        ]
    }

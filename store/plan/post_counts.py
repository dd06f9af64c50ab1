"""How many posts of which age are known, and how many of them wait for a reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from model.items import PostType
from model.visit import AgeWindow, PostCount
from store.database import POSTS, Document, Store
from store.keys import instant

_AT_ONCE = 1000
"""Accounts of one query."""


def post_counts(
    db: Store, accounts: Sequence[str], windows: Sequence[AgeWindow], before: datetime
) -> dict[str, list[PostCount]]:
    """By account, a count for each age window; accounts without any such post are left out.

    Counted are visible posts of the account's own that were first seen before an instant, so that
    asking again for the same instant gives the same numbers known.
    """
    found: dict[str, list[PostCount]] = {}
    for first in range(0, len(accounts), _AT_ONCE):
        some = list(accounts[first : first + _AT_ONCE])
        for row in db[POSTS].aggregate(_pipeline(some, windows, before)):
            found[row["_id"]] = [
                PostCount(row[f"known{n}"], row[f"unread{n}"]) for n in range(len(windows))
            ]
    return found


def _pipeline(
    accounts: list[str], windows: Sequence[AgeWindow], before: datetime
) -> list[Document]:
    first = instant(min(one.window.start for one in windows))
    last = instant(max(one.window.end for one in windows))
    condition = {
        "account": {"$in": accounts},
        "published_at": {"$gte": first, "$lt": last},
        "first_seen": {"$lt": instant(before)},
        "absent_since": {"$exists": False},
        "type": {"$ne": PostType.REPOST.value},
    }
    group: Document = {"_id": "$account"}
    for number, one in enumerate(windows):
        inside = _inside(one)
        stale = {"$lt": ["$latest.slot", instant(one.since)]}
        # A post that was never counted has no `latest`; no timeline would change that.
        group[f"known{number}"] = {"$sum": {"$cond": [inside, 1, 0]}}
        has = {"$gt": ["$latest.slot", None]}
        group[f"unread{number}"] = {"$sum": {"$cond": [{"$and": [inside, has, stale]}, 1, 0]}}
    return [{"$match": condition}, {"$group": group}]


def _inside(one: AgeWindow) -> Document:
    return {
        "$and": [
            {"$gte": ["$published_at", instant(one.window.start)]},
            {"$lt": ["$published_at", instant(one.window.end)]},
        ]
    }

"""A month's posts computed anew from posts, readings and visits: what verifies the kept ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from model.period import Period
from store.database import POST_READINGS, POSTS, Document, Store
from store.ingest import absence, merging
from store.ingest.month_posts import month_post
from store.keys import stamp

_TOGETHER = 20
"""Accounts asked about at a time,"""
_AT_ONCE = 3
"""and questions on their way at once."""
_KNOWN = ("_id", "account", "type", "published_at", "last_seen")


def recompute(db: Store, period: Period) -> dict[str, Document]:
    """What `month_posts` should hold for the period, by `_id`."""
    # By way of the accounts, because the index on posts begins with them; some at a time, so that
    # the server looks up readings while the answer before is worked on.
    accounts = [*db[POSTS].distinct("account"), None]
    parts = [accounts[at : at + _TOGETHER] for at in range(0, len(accounts), _TOGETHER)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found: dict[str, Document] = {}
        for documents in pool.map(partial(_of_accounts, db, period), parts):
            found |= documents
    return found


def _of_accounts(db: Store, period: Period, accounts: Sequence[str | None]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    by_account: dict[str | None, list[Document]] = defaultdict(list)
    for post in _posts_with_reading(db, period, accounts):
        by_account[post.get("account")].append(post)
    for posts in by_account.values():
        missed = absence.of_posts(db, None, posts)
        for post in posts:
            known = merging.with_absences(post, missed.get(post["_id"], ()))
            reading = post["reading"][0] if post["reading"] else None
            document = month_post(known, period, merging.core(reading) if reading else None)
            found[document["_id"]] = document
    return found


def _posts_with_reading(
    db: Store, period: Period, accounts: Sequence[str | None]
) -> Iterator[Document]:
    """The posts published in the period, each with its last reading at or before the cut-off."""
    published = {"$gte": period.start, "$lt": period.end}
    pipeline: list[Document] = [
        {"$match": {"account": {"$in": accounts}, "published_at": published}},
        {"$project": dict.fromkeys(_KNOWN, 1)},
        last_reading(POST_READINGS, period.cutoff, "reading"),
    ]
    yield from db[POSTS].aggregate(pipeline)


def last_reading(
    collection: str, until: datetime, name: str, condition: Document | None = None
) -> Document:
    """The `$lookup` stage that adds a subject's last reading at or before an instant.

    The `_id` of a reading is `subject@slot`, so this is one step in the index on `_id`, however
    many readings there are.
    """
    wanted: list[Document] = [{"$match": condition}] if condition else []
    return lookup(collection, f"@{stamp(until)}", name, [*wanted, {"$sort": {"_id": -1}}, _ONE])


def all_readings(collection: str, name: str, fields: Iterable[str]) -> Document:
    """The `$lookup` stage that adds all readings of a subject in order of their slots."""
    return lookup(
        collection, "A", name, [{"$sort": {"_id": 1}}, {"$project": dict.fromkeys(fields, 1)}]
    )


_ONE: Document = {"$limit": 1}


def lookup(
    collection: str, last: str, name: str, stages: list[Document], first: str = "@"
) -> Document:
    """Readings with `_id` from the subject with `first` to the subject with `last`."""
    bounds = [
        {"$match": {"$expr": {"$gte": ["$_id", "$$first"]}}},
        {"$match": {"$expr": {"$lte": ["$_id", "$$last"]}}},
    ]
    return {
        "$lookup": {
            "from": collection,
            "let": {"first": {"$concat": ["$_id", first]}, "last": {"$concat": ["$_id", last]}},
            "pipeline": [*bounds, *stages],
            "as": name,
        }
    }

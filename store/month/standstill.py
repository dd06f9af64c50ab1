"""Accounts whose posts stopped moving all at once: their later answers may be earlier ones, given
again.

A platform that serves an old answer once more shows no post published since, and says so with
every proof that it gave then. What betrays it are counters: those of young posts do not stand still
for days. One is taken to have happened where, from the look on that showed the newest known post
of the month for the first time, no counter of any post has moved for `_LONG`, though some of them
were `_YOUNG` and counted for something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from model.period import Period
from store.database import MONTH_POSTS, POST_READINGS, POSTS, Document, Store
from store.month.recompute import last_reading, lookup

_LONG = timedelta(days=3, hours=12)
"""Longer than from a month's end to its cut-off: counters of some platforms rest for three days."""
_YOUNG = ((timedelta(days=5), 20), (timedelta(days=1), 5))
"""Up to what age posts are young, and what the counters of all that young must come to: posts that
nobody looks at stand still."""
_IN_TURN: list[Document] = [{"$sort": {"_id": 1}}, {"$limit": 1}]


def standstills(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, str]:
    """By account, for people: since when nothing has moved. Others are left out."""
    newest = _newest(db, period, accounts)
    found: dict[str, str] = {}
    for post, first in _first_readings(db, [post["post"] for post in newest.values()]):
        account = post["account"]
        if not _stands(first, newest[account]):
            continue
        number = _standing(db, period, account, first["slot"])
        if number:
            since = f"{first['observed_at']:%FT%TZ}"
            text = f"no counter of {number} posts has moved since {since}"
            found[account] = f"{text}: later answers may be earlier ones given again"
    return found


def _newest(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, Document]:
    """By account, the newest post of the month with its reading for the cut-off."""
    newest = {
        "at": "$published_at",
        "post": {"$substrCP": ["$_id", len(period.name) + 1, 1_000]},
        "observed_at": "$observed_at",
        "counts": "$counts",
    }
    stages: list[Document] = [
        {"$match": {**_read(period), "account": {"$in": list(accounts)}}},
        {"$group": {"_id": "$account", "newest": {"$max": newest}}},
    ]
    return {row["_id"]: row["newest"] for row in db[MONTH_POSTS].aggregate(stages)}


def _read(period: Period) -> Document:
    """The month's posts that are there and were read."""
    inside = {"$gte": f"{period.name}:", "$lt": f"{period.name};"}
    return {"_id": inside, "absent": {"$exists": False}, "observed_at": {"$exists": True}}


def _first_readings(db: Store, posts: Sequence[str]) -> Iterator[tuple[Document, Document]]:
    """Posts with the first reading of each."""
    stages: list[Document] = [
        {"$match": {"_id": {"$in": list(posts)}}},
        {"$project": {"account": 1}},
        lookup(POST_READINGS, "A", "first", _IN_TURN),
    ]
    for post in db[POSTS].aggregate(stages):
        if post["first"]:
            yield post, post["first"][0]


def _stands(first: Document, last: Document) -> bool:
    """Whether no counter moved from one reading to a much later one."""
    if last["observed_at"] - first["observed_at"] < _LONG:
        return False
    both = first["counts"].keys() & last["counts"].keys()
    return bool(both) and all(first["counts"][name] == last["counts"][name] for name in both)


def _standing(db: Store, period: Period, account: str, since: datetime) -> int:
    """How many posts of the month have stood still since then; 0 if any moved, or none of them is
    of a kind that moves."""
    condition = {**_read(period), "account": account}
    kept = {row["_id"].partition(":")[2]: row for row in db[MONTH_POSTS].find(condition)}
    stages: list[Document] = [
        {"$match": {"_id": {"$in": list(kept)}}},
        {"$project": {"_id": 1}},
        last_reading(POST_READINGS, since, "then"),
    ]
    then = {row["_id"]: row["then"][0] for row in db[POSTS].aggregate(stages) if row["then"]}
    if not all(_stands(reading, kept[post]) for post, reading in then.items()):
        return 0
    young = any(_counted(then, kept, age) >= some for age, some in _YOUNG)
    return len(then) if young else 0


def _counted(then: Mapping[str, Document], kept: Mapping[str, Document], age: timedelta) -> int:
    """What the counters of posts came to that were up to so old then."""
    return sum(
        sum(reading["counts"].values())
        for post, reading in then.items()
        if reading["observed_at"] - kept[post]["published_at"] <= age
    )

"""Finds what is odd in a period and keeps it in `flags`: one document a flag, never removed.

A flag that does not hold any more (a reading that came late explains it) is withdrawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import ReplaceOne, UpdateMany

from model.messages import VisitKind
from model.period import Period
from store.database import (
    ACCOUNT_READINGS,
    ACCOUNTS,
    POST_READINGS,
    POSTS,
    VISITS,
    Document,
    Store,
)
from store.keys import instant
from store.month.recompute import all_readings
from store.quality.drift import Vanished
from store.quality.flags import (
    DEFAULT,
    DataFlag,
    Limits,
    Measured,
    bursts,
    falls,
    jumps,
    renames,
    reuses,
    silences,
)
from store.quality.versions import other_versions

FLAGS = "flags"
"""`_id` YYYY-MM/kind/subject@instant."""
_BACK = timedelta(days=60)
"""So far back the rhythm of an account is taken from its posts."""
_AFTER = timedelta(days=1)
_ACCOUNTS_AT_ONCE = 200
_FIELDS = ("_id", "slot", "counts", "missing", "steps")


@dataclass(frozen=True, slots=True)
class Flagged:
    """What a run found: flags by kind, how many of them are new, how many were withdrawn."""

    found: dict[str, int]
    new: int
    withdrawn: int


def update_flags(db: Store, period: Period, now: datetime, limits: Limits = DEFAULT) -> Flagged:
    """Finds the period's flags and keeps them."""
    found = {f"{period.name}/{one.id}": one for one in find_flags(db, period, limits)}
    known = {of["_id"]: of for of in db[FLAGS].find({"period": period.name})}
    operations: list[ReplaceOne[Document] | UpdateMany] = []
    for key, one in found.items():
        before = known.get(key, {})
        document = _document(key, period, one)
        noted = before.get("noted_at", instant(now))
        if {**document, "noted_at": noted} != before:
            operations.append(
                ReplaceOne({"_id": key}, {**document, "noted_at": noted}, upsert=True)
            )
    gone = [key for key, of in known.items() if key not in found and "withdrawn_at" not in of]
    if gone:
        withdrawn = {"$set": {"withdrawn_at": instant(now)}}
        operations.append(UpdateMany({"_id": {"$in": gone}}, withdrawn))
    if operations:
        db[FLAGS].bulk_write(operations, ordered=False)
        db[FLAGS].create_index([("at", 1), ("kind", 1)])
        db[FLAGS].create_index("period")
    kinds = Counter(one.kind.value for one in found.values())
    return Flagged(dict(kinds), len(found.keys() - known.keys()), len(gone))


def find_flags(db: Store, period: Period, limits: Limits = DEFAULT) -> Iterator[DataFlag]:
    """The period's flags as what is stored gives them: about its posts up to a day after the
    cut-off, about accounts within it. Reads only.
    """
    accounts = list(db[ACCOUNTS].find({}, {"platform": True, "handle": True, "handles": True}))
    yield from (one for one in reuses(accounts) if one.at in period)
    vanished = Vanished()
    for start in range(0, len(accounts), _ACCOUNTS_AT_ONCE):
        group = accounts[start : start + _ACCOUNTS_AT_ONCE]
        for account in group:
            yield from (one for one in renames(account) if one.at in period)
        keys = [account["_id"] for account in group]
        of_accounts = _of_accounts(db, period, keys, vanished, limits)
        yield from (one for one in of_accounts if one.at in period)
        of_posts = _of_posts(db, period, keys, vanished, limits)
        yield from (one for one in of_posts if one.at < period.cutoff + _AFTER)
        yield from _of_visits(db, period, keys, limits)
    yield from other_versions(db, period.start, period.cutoff + _AFTER)
    drifted = vanished.flags(limits)
    yield from (one for one in drifted if period.start - _AFTER < one.at < period.cutoff + _AFTER)


def _of_accounts(
    db: Store, period: Period, keys: Sequence[str], vanished: Vanished, limits: Limits
) -> Iterator[DataFlag]:
    pipeline: list[Document] = [
        {"$match": {"_id": {"$in": list(keys)}}},
        {"$project": {"_id": 1}},
        all_readings(ACCOUNT_READINGS, "rows", (*_FIELDS, "account")),
    ]
    for account in db[ACCOUNTS].aggregate(pipeline):
        rows = [row for row in account["rows"] if row["slot"] >= period.start - _BACK]
        vanished.add("account", rows, account["_id"])
        yield from falls(rows, account["_id"])
        yield from jumps(rows, limits)


def _of_posts(
    db: Store, period: Period, keys: Sequence[str], vanished: Vanished, limits: Limits
) -> Iterator[DataFlag]:
    published = {"$gte": period.start, "$lt": period.end}
    pipeline: list[Document] = [
        {"$match": {"account": {"$in": list(keys)}, "published_at": published}},
        {"$project": {"account": 1, "published_at": 1, "type": 1}},
        all_readings(POST_READINGS, "rows", _FIELDS),
    ]
    by_account: dict[str, list[Measured]] = defaultdict(list)
    for post in db[POSTS].aggregate(pipeline):
        vanished.add("post", post["rows"], post["account"])
        yield from falls(post["rows"], post["account"])
        if post.get("type") != "repost":
            measured = Measured(
                id=post["_id"],
                account=post["account"],
                published_at=post["published_at"],
                rows=post["rows"],
            )
            by_account[post["account"]].append(measured)
    for posts in by_account.values():
        yield from bursts(posts, limits)


def _of_visits(
    db: Store, period: Period, keys: Sequence[str], limits: Limits
) -> Iterator[DataFlag]:
    published = {"$gte": period.start - _BACK, "$lt": period.end}
    condition = {"account": {"$in": list(keys)}, "published_at": published}
    times: dict[str, list[datetime]] = defaultdict(list)
    for post in db[POSTS].find(condition, {"account": True, "published_at": True}):
        times[post["account"]].append(post["published_at"])
    timelines = {
        "account": {"$in": list(keys)},
        "kind": VisitKind.TIMELINE.value,
        "observed_at": {"$gte": period.start, "$lte": period.cutoff + _BACK},
        "window.start": {"$gte": period.start, "$lt": period.end},
    }
    for visit in db[VISITS].find(timelines):
        yield from silences([visit], sorted(times[visit["account"]]), limits)


def _document(key: str, period: Period, one: DataFlag) -> Document:
    return {
        "_id": key,
        "period": period.name,
        "kind": one.kind.value,
        "platform": one.platform,
        "subject": one.subject,
        "account": one.account,
        "at": instant(one.at),
        "readings": list(one.readings),
        "facts": dict(one.facts),
    }


def stored_flags(
    db: Store,
    since: datetime,
    until: datetime,
    *,
    platform: str | None = None,
    account: str | None = None,
    kinds: Iterable[str] = (),
) -> list[Document]:
    """The flags that hold, of a stretch of time, in order of time."""
    condition: Document = {
        "at": {"$gte": instant(since), "$lt": instant(until)},
        "withdrawn_at": {"$exists": False},
    }
    given = {"platform": platform, "account": account}
    condition |= {name: value for name, value in given.items() if value is not None}
    if wanted := list(kinds):
        condition["kind"] = {"$in": wanted}
    return list(db[FLAGS].find(condition).sort([("at", 1), ("_id", 1)]))

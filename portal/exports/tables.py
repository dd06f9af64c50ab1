"""Tables of a month: each a fixed set of columns, and its rows one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from model.measures import COUNTERS, INTERACTIONS
from model.period import Period
from model.platform import PLATFORMS
from portal.month import MonthIndex
from portal.published import frozen_issue, index_of_issue, shown_index
from portal.report.facts import facts_of
from scoring.cities.city_table import city_measures, over_platforms
from scoring.publish.top import COMPOSITE
from store.accounts import accounts
from store.database import ACCOUNT_READINGS, MONTH_POSTS, POST_READINGS, POSTS, Document, Store

ExportRow = Mapping[str, Any]
_AT_ONCE = 1000
_WHY = tuple(f"missing_{name}" for name in COUNTERS)
_RESULT = (
    *("period", "scope", "state", "revision", "rank", "previous_rank", "change", "city_id"),
    *("name_zh", "name_en", "index"),
)
_MEASURED = (
    *("posts", "interactions", "interaction_rate", "views", "view_rate", "followers"),
    "follower_gain",
)
_WHOLE = frozenset(
    (*COUNTERS, "interactions", "posts", "rank", "previous_rank", "change", "revision", "followers")
)
_REAL = frozenset(("index", "interaction_rate", "view_rate", "follower_gain"))


def column_kind(name: str) -> str:
    """What a column holds: `whole` and `real` numbers, `yes_no`, else `text`."""
    if name == "is_gap":
        return "yes_no"
    return "whole" if name in _WHOLE else "real" if name in _REAL else "text"


@dataclass(frozen=True, slots=True)
class ExportTable:
    """What can be exported: None is not known, 0 is zero; ids are texts."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Store, Period, str], Iterator[ExportRow]]
    """Of a store, for a month and a method; holds no more than `_AT_ONCE` of them."""


def _leaderboard(db: Store, period: Period, method: str) -> Iterator[ExportRow]:
    """All ranked cities of all scopes of the report, as published where the month is."""
    yield from leaderboard_rows(shown_index(db, period, method))


def leaderboard_rows(index: MonthIndex) -> Iterator[ExportRow]:
    """The same of a month's index."""
    issue = index.issue
    facts = facts_of(index, index.period.cutoff)
    measured = city_measures(index.inputs.rows, index.inputs.cities)
    beside = {
        "period": index.period.name,
        "state": issue.state if issue else "provisional",
        "revision": issue.revision if issue else None,
    }
    for scope in facts.scopes:
        for row in scope.rows:
            parts = [
                measured[row.city, platform]
                for platform in PLATFORMS
                if scope.scope in (COMPOSITE, platform) and (row.city, platform) in measured
            ]
            yield {
                **beside,
                "scope": scope.scope,
                "rank": row.rank,
                "previous_rank": row.previous,
                "change": row.change,
                "city_id": row.city,
                "name_zh": row.name.zh,
                "name_en": row.name.en,
                "index": row.index,
                **over_platforms(parts, _MEASURED),
            }


def _owners(db: Store, period: Period, method: str) -> dict[str, str]:
    """By account, its city: of a published month that for which the issue counts it, whoever it
    belongs to since."""
    owner = {one.key: one.city for one in accounts(db)}
    issue = frozen_issue(db, period.name, method)
    if issue is not None:
        owner |= {row.account: row.city for row in index_of_issue(db, issue).inputs.rows}
    return owner


def _posts(db: Store, period: Period, method: str) -> Iterator[ExportRow]:
    """The posts published in the month, with the counts that entered it."""
    owner = _owners(db, period, method)
    zone = ZoneInfo(period.tz)
    of_month = {"_id": {"$gte": f"{period.name}:", "$lt": f"{period.name};"}}
    for batch in _batches(db[MONTH_POSTS].find(of_month, batch_size=_AT_ONCE).sort("_id", 1)):
        keys = [one["_id"].partition(":")[2] for one in batch]
        posts = {post["_id"]: post for post in db[POSTS].find({"_id": {"$in": keys}})}
        for key, counted in zip(keys, batch, strict=True):
            yield _post(key, counted, posts.get(key, {}), owner, zone)


def _post(
    key: str, counted: Document, post: Document, owner: Mapping[str, str], zone: ZoneInfo
) -> ExportRow:
    counts, at = counted.get("counts", {}), counted["published_at"]
    parts = [counts[name] for name in INTERACTIONS if name in counts]
    return {
        "platform": key.partition(":")[0],
        "city_id": owner.get(counted["account"]),
        "account": counted["account"],
        "post": key,
        "url": post.get("url"),
        "published_at_utc": _utc(at),
        "published_at_local": at.astimezone(zone).isoformat(),
        "type": counted.get("type"),
        "text": post.get("text"),
        **{name: counts.get(name) for name in COUNTERS},
        "interactions": sum(parts) if parts else None,
        **_reasons(counted),
        "state": "absent" if counted.get("absent") else "visible",
    }


def _readings(db: Store, period: Period, _: str) -> Iterator[ExportRow]:
    """All readings of posts taken from the month's start to its cut-off."""
    taken = {"observed_at": {"$gte": period.start, "$lte": period.cutoff}}
    fields = {"raw": False, "visits": False}
    found = db[POST_READINGS].find(taken, fields, batch_size=_AT_ONCE).sort("_id", 1)
    for one in found:
        yield {
            "post": one["post"],
            "observed_at": _utc(one["observed_at"]),
            "slot": _utc(one["slot"]),
            **{name: one["counts"].get(name) for name in COUNTERS},
            **_reasons(one),
            "source": one.get("source"),
        }


def _reasons(document: Document) -> dict[str, Any]:
    missing = document.get("missing", {})
    return {f"missing_{name}": missing.get(name) for name in COUNTERS}


def _account_days(db: Store, period: Period, method: str) -> Iterator[ExportRow]:
    """A row for each watched account and day of the month in its zone, with the day's last
    reading; a day without one is a gap, and none of its numbers is known."""
    zone = ZoneInfo(period.tz)
    days, owner = list(_days(period, zone)), _owners(db, period, method)
    for account in accounts(db):
        taken = {"$gte": period.start, "$lt": period.end}
        ids = {"$gte": f"{account.key}@", "$lt": f"{account.key}A"}
        found = db[ACCOUNT_READINGS].find({"_id": ids, "observed_at": taken}).sort("_id", 1)
        read = {one["observed_at"].astimezone(zone).date().isoformat(): one for one in found}
        for day in days:
            counts = read[day]["counts"] if day in read else {}
            yield {
                "platform": account.platform,
                "city_id": owner[account.key],
                "account": account.key,
                "handle": account.handle,
                "date": day,
                "followers": counts.get("followers"),
                "posts": counts.get("posts"),
                "observed_at": _utc(read[day]["observed_at"]) if day in read else None,
                "is_gap": day not in read,
            }


def _days(period: Period, zone: ZoneInfo) -> Iterator[str]:
    at = period.start.astimezone(zone)
    while at < period.end:
        yield at.date().isoformat()
        at += timedelta(days=1)


def _batches(cursor: Iterator[Document]) -> Iterator[list[Document]]:
    while batch := list(islice(cursor, _AT_ONCE)):
        yield batch


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


_TABLES = (
    ExportTable("leaderboard", (*_RESULT, *_MEASURED), _leaderboard),
    ExportTable(
        "posts",
        (
            *("platform", "city_id", "account", "post", "url", "published_at_utc"),
            *("published_at_local", "type", "text", *COUNTERS, "interactions", *_WHY, "state"),
        ),
        _posts,
    ),
    ExportTable("readings", ("post", "observed_at", "slot", *COUNTERS, *_WHY, "source"), _readings),
    ExportTable(
        "account-days",
        (
            *("platform", "city_id", "account", "handle", "date", "followers", "posts"),
            *("observed_at", "is_gap"),
        ),
        _account_days,
    ),
)
TABLES = {table.name: table for table in _TABLES}

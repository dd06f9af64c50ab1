"""What accounts did day by day, and when their posts are best received."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from model.account import Account
from model.messages import VisitKind
from portal.figures.expectation import interactions_of
from store.accounts import accounts
from store.database import POSTS, VISITS, Store

LEAST_PEERS = 5
"""The mean of fewer cities would give away what one of them has."""
LEAST_IN_CELL = 3
_LOOK_WITHIN = timedelta(days=1)
"""Every plan but the weekly looks daily: what was published since the last look is not known."""
_BLOCK = 4
"""Hours of a cell."""
_HASHTAG = re.compile(r"#\w{2,60}")
ZONES = (
    *("Asia/Shanghai", "UTC", "Europe/London", "Europe/Paris", "Africa/Cairo", "Asia/Dubai"),
    *("Asia/Bangkok", "Asia/Tokyo", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo"),
)
"""Where viewers may be."""
WINDOWS = {"today": 1, "7 days": 7, "28 days": 28}


@dataclass(frozen=True, slots=True)
class ActivityWindow:
    """Posts published in so many days up to now, and their interactions as last read."""

    name: str
    days: int
    posts: int
    interactions: int | None
    posts_before: int
    """In as many days before."""
    interactions_before: int | None
    peers_posts: float | None
    """Mean of the other cities that were read whole; None for fewer than `LEAST_PEERS`."""
    peers_interactions: float | None
    with_me_posts: float | None
    """The same with the city itself; None also where it was not read whole."""
    with_me_interactions: float | None
    peers: int
    """Other cities that were read whole over this time."""
    peers_watched: int
    """All other cities."""
    accounts: int = 0
    """Of the city."""
    read: int = 0
    """Accounts whose lists were read whole over this time: `posts` are those of them alone."""
    read_before: int = 0


Spans = Mapping[str, tuple[datetime, datetime]]
"""By account, from when its posts were listed whole and when that was done last."""
CityDays = Mapping[str, Mapping[int, tuple[int, int | None]]]
"""By city and days ago: posts, and their interactions where any are known."""


def daily_activity(db: Store, now: datetime, zone: str, days: int = 62) -> CityDays:
    """Of all cities, by days counted back from today in a zone."""
    owner = {one.key: one.city for one in accounts(db)}
    midnight = _midnight(now, zone)
    begin = midnight - timedelta(days=days)
    found: dict[str, dict[int, tuple[int, int | None]]] = {city: {} for city in set(owner.values())}
    condition = {
        "account": {"$in": list(owner)},
        "published_at": {"$gte": begin, "$lte": now},
        "type": {"$ne": "repost"},
    }
    fields = {"account": True, "published_at": True, "latest.counts": True, "_id": False}
    for post in db[POSTS].find(condition, fields):
        ago = _days_ago(post["published_at"], midnight)
        mine = found[owner[post["account"]]]
        posts, total = mine.get(ago, (0, None))
        gained = interactions_of(post.get("latest", {}).get("counts", {}))
        mine[ago] = posts + 1, _plus(total, gained)
    return found


def read_spans(db: Store, keys: Sequence[str] | None, since: datetime | None = None) -> Spans:
    """Of some accounts or of all, by the visits of all times or since an instant; accounts that
    were never read are left out."""
    condition: dict[str, Any] = {"kind": VisitKind.TIMELINE, "complete": True}
    if keys is not None:
        condition["account"] = {"$in": list(keys)}
    if since is not None:
        condition["observed_at"] = {"$gte": since}
    group = {
        "_id": "$account",
        "first": {"$min": "$window.start"},
        "last": {"$max": "$observed_at"},
    }
    rows = db[VISITS].aggregate([{"$match": condition}, {"$group": group}])
    return {row["_id"]: (row["first"], row["last"]) for row in rows if row["first"]}


def told_of(
    windows: Sequence[ActivityWindow], spans: Spans, accounts: int, now: datetime, zone: str
) -> list[ActivityWindow]:
    """The same with how many accounts were read over each; one that was not is not silent."""

    def read(first: int, end: int) -> int:
        return len(_read_over(spans, first, end, now, zone))

    return [
        replace(
            one, accounts=accounts, read=read(0, one.days), read_before=read(one.days, 2 * one.days)
        )
        for one in windows
    ]


def cities_read(
    watched: Iterable[Account], spans: Spans, days: int, now: datetime, zone: str
) -> frozenset[str]:
    """The cities of which all accounts were read over the last days: the sums of others are too
    small by what nobody knows. Accounts that rest are not asked for, nor those of a platform of
    which no account at all was read, for then all cities lack the same.
    """
    read = _read_over(spans, 0, days, now, zone)
    visited = [one for one in watched if one.is_visited(now)]
    platforms = {one.platform for one in visited if one.key in read}
    lacking = {one.city for one in visited if one.platform in platforms and one.key not in read}
    return frozenset(one.city for one in visited if one.key in read) - lacking


def _read_over(spans: Spans, first: int, end: int, now: datetime, zone: str) -> set[str]:
    """The accounts whose posts from `end` to `first` days ago are all known."""
    midnight = _midnight(now, zone)
    begin, until = midnight - timedelta(days=end - 1), midnight - timedelta(days=first - 1)
    latest = min(until, now) - _LOOK_WITHIN
    return {key for key, (since, last) in spans.items() if since <= begin and latest <= last}


def _midnight(now: datetime, zone: str) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _days_ago(at: datetime, midnight: datetime) -> int:
    return 0 if at >= midnight else (midnight - at) // timedelta(days=1) + 1


def _plus(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def windows_of(
    daily: CityDays, city: str, month_days: int, read: Callable[[int], Collection[str]]
) -> list[ActivityWindow]:
    """Today, a week, four weeks and the month to date (`month_days` days, today among them).

    `read` gives the cities that were read whole over the last so many days.
    """
    spans = {**WINDOWS, "month": max(month_days, 1)}
    return [_window(daily, city, name, days, read(days)) for name, days in spans.items()]


def _window(
    daily: CityDays, city: str, name: str, days: int, read: Collection[str]
) -> ActivityWindow:
    mine = daily.get(city, {})
    posts, interactions = _sum(mine, 0, days)
    others = [_sum(of, 0, days) for one, of in daily.items() if one != city and one in read]
    both = [*others, (posts, interactions)] if city in read else []
    return ActivityWindow(
        name,
        days,
        posts,
        interactions,
        *_sum(mine, days, 2 * days),
        _mean([p for p, _ in others]),
        _mean([i for _, i in others if i is not None]),
        _mean([p for p, _ in both], LEAST_PEERS + 1),
        _mean([i for _, i in both if i is not None], LEAST_PEERS + 1),
        len(others),
        sum(one != city for one in daily),
    )


def _sum(of: Mapping[int, tuple[int, int | None]], first: int, end: int) -> tuple[int, int | None]:
    posts, total = 0, None
    for ago in range(first, end):
        if ago in of:
            posts += of[ago][0]
            total = _plus(total, of[ago][1])
    return posts, total


def _mean(values: Sequence[float], least: int = LEAST_PEERS) -> float | None:
    return sum(values) / len(values) if len(values) >= least else None


@dataclass(frozen=True, slots=True)
class Cell:
    """Posts of one part of the week, or of one type."""

    posts: int
    median: float | None
    """Of their interactions; None for fewer than `LEAST_IN_CELL` posts."""
    level: int = 0
    """0 to 9 between the least and the greatest median, for the shade."""


def best_times(
    posts: Sequence[Mapping[str, Any]], zone: str
) -> tuple[list[list[Cell]], dict[str, Cell]]:
    """By weekday (Monday first) and block of four hours; and by type of post."""
    where = ZoneInfo(zone)
    by_time: dict[tuple[int, int], list[int]] = defaultdict(list)
    by_type: dict[str, list[int]] = defaultdict(list)
    for post in posts:
        value = interactions_of(post.get("latest", {}).get("counts", {}))
        if value is None:
            continue
        local = post["published_at"].astimezone(where)
        by_time[local.weekday(), local.hour // _BLOCK].append(value)
        by_type[post.get("type") or ""].append(value)
    keys = [(day, block) for day in range(7) for block in range(24 // _BLOCK)]
    cells = dict(zip(keys, _cells([by_time[key] for key in keys]), strict=True))
    grid = [[cells[day, block] for block in range(24 // _BLOCK)] for day in range(7)]
    types = sorted(by_type)
    return grid, dict(zip(types, _cells([by_type[t] for t in types]), strict=True))


def best_cell(grid: Sequence[Sequence[Cell]]) -> tuple[int, int, Cell] | None:
    """Weekday, first hour and cell of the greatest median; None where no cell has one."""
    known = [
        (cell.median, -day, -block, cell)
        for day, line in enumerate(grid)
        for block, cell in enumerate(line)
        if cell.median is not None
    ]
    if not known:
        return None
    _, day, block, cell = max(known, key=lambda one: one[:3])
    return -day, -block * _BLOCK, cell


def best_hashtags(posts: Sequence[Mapping[str, Any]], most: int = 5) -> list[tuple[str, Cell]]:
    """Those of the texts with the greatest median interactions, of at least `LEAST_IN_CELL` posts;
    capitals do not matter."""
    by_tag: dict[str, list[int]] = defaultdict(list)
    for post in posts:
        value = interactions_of(post.get("latest", {}).get("counts", {}))
        if value is not None:
            for tag in {one.lower() for one in _HASHTAG.findall(post.get("text") or "")}:
                by_tag[tag].append(value)
    tags = sorted(tag for tag, values in by_tag.items() if len(values) >= LEAST_IN_CELL)
    tags.sort(key=lambda tag: median(by_tag[tag]), reverse=True)
    best = tags[:most]
    return list(zip(best, _cells([by_tag[tag] for tag in best]), strict=True))


def _cells(groups: Sequence[Sequence[int]]) -> list[Cell]:
    medians = [float(median(g)) if len(g) >= LEAST_IN_CELL else None for g in groups]
    known = [value for value in medians if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = high - low or 1.0
    return [
        Cell(len(group), value, 0 if value is None else round(9 * (value - low) / span))
        for group, value in zip(groups, medians, strict=True)
    ]

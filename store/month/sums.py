"""The sums of an account's posts of a month, from groups of posts or from the posts themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from model.items import VIDEO_TYPES, PostType
from model.measures import COUNTERS, EARLY, LATE, AccountSums
from model.period import Period
from store.database import Document

_VIDEOS = frozenset(kind.value for kind in VIDEO_TYPES)


def sum_groups(groups: Iterable[Document]) -> dict[str, AccountSums]:
    """By account, of the groups that `grouping` makes in the server."""
    result: dict[str, AccountSums] = {}
    for group in groups:
        of = group["_id"]
        if of.get("account") is None or of.get("type") == PostType.REPOST:
            continue
        sums = result.setdefault(of["account"], AccountSums())
        if of.get("absent"):
            sums.posts_gone += group["posts"]
        else:
            _add(sums, of.get("type"), group)
    return result


def _add(sums: AccountSums, kind: str | None, group: Document) -> None:
    """Adds visible posts of one type."""
    named = kind or "unknown"
    sums.posts += group["posts"]
    sums.types[named] = sums.types.setdefault(named, 0) + group["posts"]
    sums.at_cutoff += group["at_cutoff"]
    sums.off_time += group["off_time"]
    sums.days.update(group["days"])
    for name in COUNTERS:
        sums.totals[name] += group[name]
        sums.shown[name] += group[f"{name}_shown"]
        sums.steps[name] += group[f"{name}_step"]
        sums.reasons[name].update(group[f"{name}_why"])
    if kind in _VIDEOS:
        sums.videos += group["posts"]
        sums.videos_shown += group["views_shown"]
        sums.video_views += group["views"]


def grouping(period: Period) -> Document:
    """The `$group` stage over documents of `month_posts`."""
    day = {"$dateToString": {"date": "$published_at", "format": "%Y-%m-%d", "timezone": period.tz}}
    late = {"$gt": ["$observed_at", period.cutoff + LATE]}
    early = {"$lt": ["$observed_at", period.cutoff - EARLY]}
    stage: dict[str, Any] = {
        "_id": {"account": "$account", "type": "$type", "absent": "$absent"},
        "posts": {"$sum": 1},
        "at_cutoff": {"$sum": {"$cond": [{"$gte": ["$slot", period.end]}, 1, 0]}},
        "off_time": {"$sum": {"$cond": [{"$or": [late, early]}, 1, 0]}},
        "days": {"$addToSet": day},
    }
    for name in COUNTERS:
        value = f"$counts.{name}"
        stage[name] = {"$sum": value}
        stage[f"{name}_shown"] = {"$sum": {"$cond": [{"$eq": [{"$type": value}, "missing"]}, 0, 1]}}
        stage[f"{name}_step"] = {"$sum": f"$steps.{name}"}
        stage[f"{name}_why"] = {"$addToSet": f"$missing.{name}"}
    return {"$group": stage}


def sum_posts(posts: Iterable[Document], period: Period) -> dict[str, AccountSums]:
    """By account, of documents as `month_posts` holds them, one by one."""
    zone = ZoneInfo(period.tz)
    return sum_groups(_alone(post, period, zone) for post in posts)


def _alone(post: Document, period: Period, zone: ZoneInfo) -> Document:
    """A post as a group of one."""
    counts, steps, missing = post["counts"], post.get("steps", {}), post.get("missing", {})
    group: Document = {
        "_id": {name: post.get(name) for name in ("account", "type", "absent")},
        "posts": 1,
        "at_cutoff": int("slot" in post and post["slot"] >= period.end),
        "off_time": int(_is_off_time(post, period)),
        "days": [f"{post['published_at'].astimezone(zone):%Y-%m-%d}"],
    }
    for name in COUNTERS:
        group[name] = sum(counts[name] for _ in (name,) if name in counts)
        group[f"{name}_shown"] = int(name in counts)
        group[f"{name}_step"] = sum(steps[name] for _ in (name,) if name in steps)
        group[f"{name}_why"] = [missing[name]] if name in missing else []
    return group


def _is_off_time(post: Document, period: Period) -> bool:
    """As the server has it: a post that was never read is before any instant."""
    read = post.get("observed_at")
    return read is None or not period.cutoff - EARLY <= read <= period.cutoff + LATE

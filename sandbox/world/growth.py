"""How made-up counters grow: saturating curves for posts, daily walks for followers."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

from model.items import VIDEO_TYPES, PostType
from model.platform import PlatformName
from sandbox.service.exchange import Json

_AGES = tuple(timedelta(hours=hours) for hours in (0, 6, 24, 48, 96, 192, 384, 720))
_MEDIANS: dict[PlatformName, dict[str, int]] = {
    "facebook": {"likes": 180, "comments": 12, "shares": 9, "views": 4_000},
    "x": {"likes": 120, "comments": 9, "shares": 25, "views": 9_000, "saves": 6},
    "instagram": {"likes": 260, "comments": 6, "views": 5_200},
    "youtube": {"likes": 70, "comments": 6, "views": 2_600},
    "tiktok": {"likes": 900, "comments": 20, "shares": 40, "views": 21_000, "saves": 60},
}
_FOLLOWERS: dict[PlatformName, int] = {
    "facebook": 90_000,
    "x": 21_000,
    "instagram": 16_000,
    "youtube": 6_000,
    "tiktok": 34_000,
}
_KINDS = {"love": 11, "care": 2, "wow": 2, "haha": 1, "sad": 1, "angry": 1}
"""Per cent of all reactions; the rest are likes."""
_PLAIN = "%Y-%m-%dT%H:%M:%SZ"


def stamp(moment: datetime) -> str:
    """A time as world files have it."""
    return f"{moment:{_PLAIN}}"


def final_counts(
    platform: PlatformName, kind: PostType, weight: float, dice: random.Random
) -> dict[str, int]:
    """What a post comes to in the end: log-normal around the platform's medians."""
    luck = weight * math.exp(dice.gauss(0, 0.9))
    counts = {}
    for name, median in _MEDIANS[platform].items():
        if name == "views" and platform in ("facebook", "instagram") and kind not in VIDEO_TYPES:
            continue
        counts[name] = int(median * luck * math.exp(dice.gauss(0, 0.4)))
    return counts


def post_readings(
    platform: PlatformName,
    published: datetime,
    span: tuple[datetime, datetime],
    finals: dict[str, int],
    dice: random.Random,
) -> list[Json]:
    """The readings of a post over the world's span."""
    start, end = span
    slowness = dice.uniform(0.6, 2.2) * 36 * 3600
    readings: list[Json] = []
    for age in _AGES:
        at = max(published + age, start)
        if at > end or (readings and readings[-1]["at"] == stamp(at)):
            continue
        grown = 1 - math.exp(-(at - published).total_seconds() / slowness)
        reading: Json = {"at": stamp(at)}
        reading.update({name: round(value * grown) for name, value in finals.items()})
        if platform == "facebook":
            reading["reactions"] = kinds_of(reading["likes"])
        readings.append(reading)
    return readings


def kinds_of(total: int) -> dict[str, int]:
    """All reactions by kind; the sum is the total."""
    kinds = {kind: total * share // 100 for kind, share in _KINDS.items()}
    return {"like": total - sum(kinds.values()), **kinds}


def account_readings(
    platform: PlatformName,
    span: tuple[datetime, datetime],
    published: list[datetime],
    weight: float,
    dice: random.Random,
) -> list[Json]:
    """One reading a day. Followers walk, with a drift, and now and then they fall."""
    start, end = span
    followers = _FOLLOWERS[platform] * weight * math.exp(dice.gauss(0, 0.5))
    readings: list[Json] = []
    at = start
    while at <= end:
        reading: Json = {"at": stamp(at), "followers": int(followers)}
        # A counter of posts that the world does not hold would contradict an empty timeline.
        reading["posts"] = sum(moment <= at for moment in published)
        if platform == "youtube":
            reading["views"] = int(followers * 40) + 900 * len(readings)
        if platform in ("tiktok", "facebook"):
            reading["likes"] = int(followers * 1.3)
        readings.append(reading)
        followers = max(followers * (1 + dice.gauss(0.0004, 0.0009)), 1)
        at += timedelta(days=1)
    return readings

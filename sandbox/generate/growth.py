"""How made-up counters grow: saturating curves for posts, daily walks for followers."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

from model.items import VIDEO_TYPES, PostType
from model.platform import PlatformName
from sandbox.generate.recipes import RECIPES
from sandbox.service.exchange import JsonObject

_AGES = tuple(timedelta(hours=hours) for hours in (0, 6, 24, 48, 96, 192, 384, 720))
_KINDS = {"love": 11, "care": 2, "wow": 2, "haha": 1, "sad": 1, "angry": 1}
"""Per cent of all reactions; the rest are likes."""
_PLAIN = "%Y-%m-%dT%H:%M:%SZ"


def world_time(moment: datetime) -> str:
    """A time as world files have it."""
    return f"{moment:{_PLAIN}}"


def final_counts(
    platform: PlatformName, kind: PostType, weight: float, dice: random.Random
) -> dict[str, int]:
    """What a post comes to in the end: log-normal around the platform's medians."""
    recipe = RECIPES[platform]
    luck = weight * math.exp(dice.gauss(0, 0.9))
    counts = {}
    for name, median in recipe.medians.items():
        if name == "views" and recipe.views_on_videos_only and kind not in VIDEO_TYPES:
            continue
        counts[name] = int(median * luck * math.exp(dice.gauss(0, 0.4)))
    return counts


def post_readings(
    platform: PlatformName,
    published: datetime,
    span: tuple[datetime, datetime],
    finals: dict[str, int],
    dice: random.Random,
) -> list[JsonObject]:
    """The readings of a post over the world's span."""
    start, end = span
    slowness = dice.uniform(0.6, 2.2) * 36 * 3600
    readings: list[JsonObject] = []
    for age in _AGES:
        at = max(published + age, start)
        if at > end or (readings and readings[-1]["at"] == world_time(at)):
            continue
        grown = 1 - math.exp(-(at - published).total_seconds() / slowness)
        reading: JsonObject = {"at": world_time(at)}
        reading.update({name: round(value * grown) for name, value in finals.items()})
        if RECIPES[platform].kinds_of_reactions:
            reading["reactions"] = reaction_counts(reading["likes"])
        readings.append(reading)
    return readings


def reaction_counts(total: int) -> dict[str, int]:
    """All reactions by kind; the sum is the total."""
    kinds = {kind: total * share // 100 for kind, share in _KINDS.items()}
    return {"like": total - sum(kinds.values()), **kinds}


def account_readings(
    platform: PlatformName,
    span: tuple[datetime, datetime],
    published: list[datetime],
    weight: float,
    dice: random.Random,
) -> list[JsonObject]:
    """One reading a day. Followers walk, with a drift, and now and then they fall."""
    start, end = span
    followers = RECIPES[platform].followers * weight * math.exp(dice.gauss(0, 0.5))
    readings: list[JsonObject] = []
    at = start
    while at <= end:
        reading: JsonObject = {"at": world_time(at), "followers": int(followers)}
        # A counter of posts that the world does not hold would contradict an empty timeline.
        reading["posts"] = sum(moment <= at for moment in published)
        reading.update(RECIPES[platform].account_counters(followers, len(readings)))
        readings.append(reading)
        followers = max(followers * (1 + dice.gauss(0.0004, 0.0009)), 1)
        at += timedelta(days=1)
    return readings

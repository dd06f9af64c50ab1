"""A whole leap year of a small world: every account posts now and then, counters grow for a month.

Nothing changes in the hour before midnight in Shanghai: the year's edges are read an hour early.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from model.items import PostType
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from sandbox.generate.growth import (
    account_readings,
    final_counts,
    post_readings,
    reaction_counts,
    world_time,
)
from sandbox.generate.recipes import RECIPES

MONTHS = [Period.month(f"2024-{number:02d}") for number in range(1, 13)]
SPAN = datetime(2023, 12, 29, 9, 17, tzinfo=UTC), datetime(2025, 1, 12, 9, 17, tzinfo=UTC)
CITIES = ("nanjing", "qingdao", "chengdu")
SILENT = {("x", "chengdu"): ("2024-02", "2024-09")}
"""In these months nothing is posted."""
LEAP_DAY = datetime(2024, 2, 28, 16, tzinfo=UTC)
"""29 February begins in Shanghai."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_KINDS: dict[PlatformName, tuple[PostType, ...]] = {
    "facebook": (PostType.PHOTO, PostType.VIDEO, PostType.LINK, PostType.REEL),
    "x": (PostType.TEXT, PostType.PHOTO, PostType.REPOST, PostType.QUOTE, PostType.VIDEO),
    "instagram": (PostType.PHOTO, PostType.ALBUM, PostType.REEL),
    "youtube": (PostType.VIDEO, PostType.SHORT),
    "tiktok": (PostType.VIDEO,),
}


def write_year(path: Path) -> Path:
    """The same world every time."""
    head = {
        "kind": "world",
        "version": 1,
        "name": "leap-year",
        "start": world_time(SPAN[0]),
        "end": world_time(SPAN[1]),
        "note": "made up for a test",
    }
    accounts = [_account(name, city) for name in PLATFORMS for city in CITIES]
    lines = [head, *(line for account in accounts for line in account)]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    return path


def _account(platform: PlatformName, city: str) -> Iterator[dict[str, Any]]:
    dice = random.Random(f"{platform}/{city}")
    created = datetime(2017, 3, 1, tzinfo=UTC) + dice.randrange(900) * _DAY
    owner, weight = RECIPES[platform].account_id(created, dice), dice.uniform(0.5, 2.0)
    times = sorted({at for month in MONTHS for at in _times(platform, city, month, dice)})
    yield {
        "kind": "account",
        "platform": platform,
        "id": owner,
        "handle": f"{city}{platform}",
        "name": city.capitalize(),
        "city": city,
        "created_at": world_time(created),
        "readings": account_readings(platform, SPAN, times, weight, dice),
    }
    for number, at in enumerate(times):
        yield _post(platform, owner, number, at, weight, dice)


def _times(
    platform: PlatformName, city: str, month: Period, dice: random.Random
) -> Iterator[datetime]:
    """When one account posts in a month; the first city's posts lie at its very edges too."""
    if month.name in SILENT.get((platform, city), ()):
        return
    seconds = int((month.end - month.start).total_seconds())
    for _ in range(dice.randrange(2, 6)):
        yield month.start + dice.randrange(seconds) * _SECOND
    if city == CITIES[0]:
        yield from (month.start, month.end - _SECOND)
        if month.start < LEAP_DAY < month.end:
            yield from (LEAP_DAY, LEAP_DAY + 12 * _HOUR)


def _post(
    platform: PlatformName,
    owner: str,
    number: int,
    at: datetime,
    weight: float,
    dice: random.Random,
) -> dict[str, Any]:
    kind = dice.choice(_KINDS[platform])
    finals = final_counts(platform, kind, weight, dice)
    readings = post_readings(platform, at, SPAN, finals, dice)
    for reading in readings:
        reading["at"] = world_time(_calm(datetime.fromisoformat(reading["at"])))
    if number % 11 == 5 and platform in ("youtube", "instagram"):
        readings = [{k: v for k, v in one.items() if k != "likes"} for one in readings]
    elif number % 9 == 4:
        _let_likes_fall(readings)
    return {
        "kind": "post",
        "platform": platform,
        "account": owner,
        "id": RECIPES[platform].post_id(owner, at, dice),
        "published_at": world_time(at),
        "type": kind.value,
        "text": f"Post {number}",
        "lang": "en",
        "pinned": False,
        "deleted_at": _deleted(at, number),
        "readings": readings,
    }


def _let_likes_fall(readings: list[dict[str, Any]]) -> None:
    last = readings[-1]
    last["likes"] = last["likes"] * 9 // 10
    if "reactions" in last:
        last["reactions"] = reaction_counts(last["likes"])


def _deleted(published: datetime, number: int) -> str | None:
    """Some soon, some between the month's end and its cut-off, some after that."""
    cutoff = Period.containing(published, "Asia/Shanghai").cutoff
    if number % 7 != 3:
        return None
    moments = (published + 30 * _HOUR, cutoff - 20 * _HOUR, cutoff + 15 * _HOUR)
    return world_time(_calm(max(moments[number // 7 % 3], published + _HOUR)))


def _calm(at: datetime) -> datetime:
    """An hour earlier where the day's last hour in Shanghai, 15 to 16 h UTC, would be disturbed."""
    hour_before = at.replace(hour=15, minute=0, second=0, microsecond=0)
    return at - _HOUR if hour_before < at <= hour_before + _HOUR else at

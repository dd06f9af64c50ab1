"""A world in which every account publishes at even intervals, every third post a video."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from model.period import Period
from model.platform import PLATFORMS, PlatformName

_BASE = 10**17


def write_world(path: Path, period: Period, accounts: int, posts: int) -> Path:
    """So many accounts on each platform, with so many posts in the month."""
    start, end = period.start - timedelta(days=2), period.cutoff + timedelta(days=4)
    head = {
        "kind": "world",
        "version": 1,
        "name": "even",
        "start": stamp(start),
        "end": stamp(end),
        "note": "made up for a test",
    }
    lines = [head, *_lines(period, start, accounts, posts)]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    return path


def _lines(period: Period, start: datetime, accounts: int, posts: int) -> Iterator[dict[str, Any]]:
    step = (period.end - period.start) / posts
    for platform in PLATFORMS:
        for number in range(accounts):
            owner = _owner(platform, number)
            # Accounts take turns, so that their posts fall into different slots.
            begin = period.start + step * (number + 0.5) / accounts
            moments = [begin + step * index for index in range(posts)]
            yield {
                "kind": "account",
                "platform": platform,
                "id": owner,
                "handle": f"{platform}even{number}",
                "name": f"Even {number}",
                "city": "nanjing",
                "created_at": "2015-01-01T00:00:00Z",
                "readings": [
                    {"at": stamp(at), "followers": 9, "posts": count}
                    for count, at in enumerate([start, *moments])
                ],
            }
            for index, at in enumerate(moments):
                yield _post(platform, owner, number * 1000 + index, index, at)


def _owner(platform: PlatformName, number: int) -> str:
    if platform == "youtube":
        return f"UC{'e' * 18}{number:04d}"
    return str(_BASE + number)


def _post(
    platform: PlatformName, owner: str, serial: int, index: int, at: datetime
) -> dict[str, Any]:
    ids = {
        "facebook": f"{owner}_{10**14 + serial}",
        "youtube": f"e{serial:010d}",
        "x": str(1_917 * 10**15 + serial * 10**6),
        "tiktok": str((int(at.timestamp()) << 32) + serial),
    }
    video = platform in ("youtube", "tiktok") or index % 3 == 0
    counts = {"likes": 5, "comments": 2, "shares": 1, "views": 90}
    return {
        "kind": "post",
        "platform": platform,
        "account": owner,
        "id": ids.get(platform, str(7 * 10**18 + serial)),
        "published_at": stamp(at),
        "type": "video" if video else "photo",
        "text": "even",
        "lang": "en",
        "pinned": False,
        "deleted_at": None,
        "readings": [{"at": stamp(at), **counts}],
    }


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"

"""What the measures of a world must be, computed from its file alone, by the rules of its format.

Shares no code with the project: world lines in, rows of `measures --json` out.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Line = dict[str, Any]
VIDEOS = {"video", "short", "reel", "live"}
COUNTERS = ("likes", "comments", "shares", "views")


def lines(path: Path) -> list[Line]:
    """All lines of a world file."""
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return [json.loads(line) for line in text.decode().splitlines()]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def month(
    name: str, tz: str = "Asia/Shanghai", days: int = 3
) -> tuple[datetime, datetime, datetime]:
    """Start, end and cut-off some days later."""
    year, number = map(int, name.split("-"))
    start = datetime(year, number, 1, tzinfo=ZoneInfo(tz))
    end = (start + timedelta(days=32)).replace(day=1)
    return start.astimezone(UTC), end.astimezone(UTC), end.astimezone(UTC) + timedelta(days=days)


def at(readings: list[Line], when: datetime) -> Line:
    """The last reading at or before an instant; before the first, the first."""
    known = [r for r in readings if instant(r["at"]) <= when]
    return known[-1] if known else (readings[0] if readings else {})


def shown(post: Line, cutoff: datetime) -> dict[str, int]:
    """The counters that the platform's official route shows of a post."""
    counts = {k: v for k, v in at(post["readings"], cutoff).items() if k in COUNTERS}
    platform = post["platform"]
    if platform in {"instagram", "youtube"}:
        counts.pop("shares", None)
    if platform in {"facebook", "instagram"} and post["type"] not in VIDEOS:
        counts.pop("views", None)
    if platform == "facebook":
        counts.setdefault("shares", 0)
    return counts


def rounded(platform: str, followers: int | None) -> int | None:
    """YouTube shows three significant figures, rounded down."""
    if platform != "youtube" or followers is None or followers < 1000:
        return followers
    step = 10 ** (len(str(followers)) - 3)
    return followers // step * step


def expected(path: Path, name: str, days: int = 3) -> list[Line]:
    """One row an account; the cut-off lies so many days after the month."""
    world = lines(path)
    start, end, cutoff = month(name, days=days)
    posts: dict[tuple[str, str], list[Line]] = {}
    for line in world:
        if line["kind"] == "post" and line["type"] != "repost":
            deleted = line.get("deleted_at")
            visible = deleted is None or instant(deleted) > cutoff
            if start <= instant(line["published_at"]) < end and visible:
                posts.setdefault((line["platform"], line["account"]), []).append(line)
    return [
        row(account, posts.get((account["platform"], account["id"]), []), start, end, cutoff)
        for account in world
        if account["kind"] == "account"
    ]


def row(account: Line, posts: list[Line], start: datetime, end: datetime, cutoff: datetime) -> Line:
    """One account's measures."""
    counts = [shown(post, cutoff) for post in posts]
    sums = {name: total([c.get(name) for c in counts]) for name in COUNTERS}
    known = [sums[n] for n in ("likes", "comments", "shares") if sums[n] is not None]
    interactions = sum(known) if known else None
    videos = [c for post, c in zip(posts, counts, strict=True) if post["type"] in VIDEOS]
    seen = [c["views"] for c in videos if "views" in c]
    platform = account["platform"]
    first = rounded(platform, at(account["readings"], start).get("followers"))
    last = rounded(platform, at(account["readings"], end).get("followers"))
    return {
        "account": f"{platform}:{account['id']}",
        "city": account["city"],
        "platform": platform,
        "handle": account["handle"],
        "posts": len(posts),
        **sums,
        "interactions": interactions,
        "interaction_rate": interactions / len(posts)
        if posts and interactions is not None
        else None,
        "videos": len(videos),
        "view_rate": sum(seen) / len(seen) if seen else None,
        "followers_start": first,
        "followers_end": last,
        "follower_gain": last - first if first is not None and last is not None else None,
        "missing": {name: sum(name not in c for c in counts) for name in COUNTERS},
    }


def total(values: list[int | None]) -> int | None:
    """Null where there are posts and none shows it, 0 where there are no posts."""
    known = [value for value in values if value is not None]
    return None if values and not known else sum(known)


def differences(got: list[Line], want: list[Line]) -> Iterator[str]:
    """Every field of every account that differs."""
    by_account = {r["account"]: r for r in got}
    if by_account.keys() != {r["account"] for r in want}:
        yield f"accounts {sorted(by_account.keys() ^ {r['account'] for r in want})[:5]}"
        return
    for row_wanted in want:
        found = by_account[row_wanted["account"]]
        for name, value in row_wanted.items():
            same = found[name] == value
            if isinstance(value, float) and found[name] is not None:
                same = abs(found[name] - value) <= 1e-9 * max(1.0, abs(value))
            if not same:
                yield f"{row_wanted['account']} {name}: got {found[name]}, expected {value}"


def web_differences(got: list[Line], want: list[Line]) -> Iterator[str]:
    """The same for the public pages: X shows no posts that could be added up, and what a page shows
    rounded must be within the step that the row states.
    """
    found = {r["account"]: r for r in got}
    exact: list[Line] = []
    for wanted in want:
        row = found[wanted["account"]]
        unknown = [n for n in (*_OF_POSTS, "missing") if wanted["platform"] == "x"]
        told = (n for n in unknown if n != "missing" and row[n])
        yield from (f"{row['account']} {n}: {row[n]} of no posts" for n in told)
        if not wanted["videos"] and row["videos"] is None and (row["types"] or {}).get("unknown"):
            # Facebook's pages of 2024 do not say of a post without attachment that it is text.
            unknown.append("videos")
        loose = list(_rounded(row, wanted))
        yield from (text for name, step in loose if (text := _too_far(row, wanted, name, step)))
        left_out = {*unknown, *(name for name, _ in loose)}
        exact.append({name: value for name, value in wanted.items() if name not in left_out})
    yield from differences(got, exact)


_OF_POSTS = ("posts", *COUNTERS, "interactions", "interaction_rate", "videos", "view_rate")


def _rounded(row: Line, wanted: Line) -> Iterator[tuple[str, float]]:
    """The fields that may differ, and by how much at most."""
    steps = row["steps"]
    for name in steps:
        yield name, steps[name]
    of_all = sum(steps.get(name, 0) for name in ("likes", "comments", "shares"))
    if of_all:
        yield "interactions", of_all
        yield "interaction_rate", of_all / wanted["posts"]
    if wanted["platform"] == "facebook":
        # Without a gain the row does not say how far its edges were rounded.
        step = math.inf if row["followers_step"] is None else row["followers_step"]
        for name in ("followers_start", "followers_end", "follower_gain"):
            yield name, step


def _too_far(row: Line, wanted: Line, name: str, step: float) -> str | None:
    got, value = row[name], wanted[name]
    if (got is None) == (value is None) and (value is None or abs(got - value) <= step):
        return None
    return f"{row['account']} {name}: got {got}, expected {value} within {step}"

"""A month of a small generated world in this process, with random faults: what differs untold.

The sandbox answers without a server, the visits are driven without crawlers or a browser, the
writer writes to a real MongoDB. What the month's rows say is compared with the oracle; a measure
may only differ where its row says so.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from model.account import Account
from model.route import Route
from sandbox.generate.maker import generate
from sandbox.service.faults import FaultKind
from store.database import POSTS, Store
from tests import oracle
from tests.long.hunted_month import MAY, Row, collected, platforms

EVERY_KIND = tuple(FaultKind)
_ADDED = {FaultKind.DISPLACED_ROWS, FaultKind.AGREEING_CUT}
KINDS = tuple(kind for kind in EVERY_KIND if kind not in _ADDED)
"""Those of the first seeds, whose months stay as they are; `EVERY_KIND` has the kinds since."""
UNSEEN = {
    FaultKind.MISSING_ROWS,
    FaultKind.LIST_CUT,
    FaultKind.AGREEING_CUT,
    FaultKind.DUPLICATE_PAGE,
}
"""Kinds that may keep a post out of every answer: of such posts nothing can be known."""
VALUES = {FaultKind.SWAPPED_COUNTERS, FaultKind.CLOCK_OFF, FaultKind.DUPLICATE_PAGE}
"""Kinds whose answers hold the counters of another post or instant, and do not betray it."""
_ONLY = {
    FaultKind.SUSPENDED_TOKEN: "x",
    FaultKind.VALIDATION_ERROR: "x",
    FaultKind.SUSPENDED_ACCOUNT: "x",
    FaultKind.AGE_GATED_ACCOUNT: "youtube",
}
_OF_ONE_ACCOUNT = {
    FaultKind.GONE_ACCOUNT,
    FaultKind.RENAMED_HANDLE,
    FaultKind.REUSED_HANDLE,
    FaultKind.SUSPENDED_ACCOUNT,
    FaultKind.AGE_GATED_ACCOUNT,
    FaultKind.SAME_SECOND,
    FaultKind.SWAPPED_COUNTERS,
    FaultKind.EDGE_TIME,
}
_PARTS = ("period", "cutoff", "types")
_COUNTERS = {
    *("likes", "comments", "shares", "views", "interactions", "interaction_rate", "view_rate"),
    *("followers_start", "followers_end", "follower_gain", "missing"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a month came to."""

    faults: tuple[Mapping[str, Any], ...]
    differences: tuple[str, ...]
    """All that differ from the oracle."""
    untold: tuple[str, ...]
    """Those of rows that do not say so, and that some answer betrayed."""
    doubted: tuple[str, ...]
    """Accounts whose rows say that something is missing, doubted or read at another time."""


def random_faults(
    seed: int, kinds: Sequence[FaultKind] = KINDS, route: Route = Route.API
) -> list[dict[str, Any]]:
    """Two to five faults of random kinds, on random platforms, from random days on."""
    dice = random.Random(seed)
    kinds = [kind for kind in kinds if _ONLY.get(kind, "facebook") in platforms(route)]
    return [_fault(dice, dice.choice(kinds), route) for _ in range(dice.randint(2, 5))]


def _fault(dice: random.Random, kind: FaultKind, route: Route) -> dict[str, Any]:
    named = _ONLY.get(kind) or dice.choice(platforms(route))
    since = MAY.start + timedelta(hours=dice.randint(0, 35 * 24))
    if dice.random() < 0.5:
        # Those that matter most meet a look on which the month's numbers stand.
        since = dice.choice((MAY.start, MAY.end, MAY.cutoff)) - timedelta(hours=dice.randint(0, 20))
    if kind is FaultKind.EDGE_TIME:
        # Only of a post that was seen before can it be told that it moved.
        since = max(since, MAY.start + timedelta(days=11))
    until = since + timedelta(days=dice.choice((1, 4, 12)))
    return {
        "kind": kind.value,
        "platform": named,
        "ratio": dice.choice((0.3, 0.7, 1.0)),
        "seed": dice.randint(0, 10**6),
        "since": f"{since:%FT%TZ}",
        "until": f"{until:%FT%TZ}",
        **_more(dice, kind),
    }


def _more(dice: random.Random, kind: FaultKind) -> dict[str, Any]:
    """What a kind needs besides."""
    if kind in (FaultKind.MISSING_ROWS, FaultKind.REPEATED_ROWS):
        return {"number": dice.choice((1, 2, 5))}
    if kind is FaultKind.WRONG_TOTAL:
        return {"number": dice.choice((-7, -1, 1, 7))}
    if kind is FaultKind.REUSED_HANDLE:
        return {"number": dice.choice((0, 5))}
    if kind is FaultKind.EDGE_TIME:
        return {"moment": f"{MAY.start:%FT%TZ}", "shift": -1}
    return {"seconds": 0.0} if kind in (FaultKind.TIMEOUT, FaultKind.SLOW) else {}


def hunt(
    db: Store,
    folder: Path,
    seed: int,
    faults: list[dict[str, Any]],
    route: Route = Route.API,
) -> Found:
    """Collects the month of two cities and compares it. Of one alone, X would have no posts."""
    world_file = folder / f"{seed}.jsonl.gz"
    world_file.write_bytes(generate(seed, cities=2))
    return compared(db, world_file, faults, route)


def compared(
    db: Store, world_file: Path, faults: list[dict[str, Any]], route: Route = Route.API
) -> Found:
    """The same of a world that is there."""
    rows = collected(
        db, world_file, lambda accounts: [_meant(one, accounts) for one in faults], route
    )
    different = tuple(_differences(rows, world_file, route))
    by_key = {row["account"]: row for row in rows}
    wanted = {row["account"]: row for row in oracle.expected(world_file, MAY.name)}
    excused, deleted = _excused(db, rows, world_file, route, faults), _deleted(world_file)
    untold = [
        text
        for text in different
        for account, name in (_place(text),)
        if not told(by_key[account], wanted[account], name, deleted[account])
        and text not in excused
    ]
    doubted = [key for key, row in by_key.items() if told(row, wanted[key], "posts", deleted[key])]
    return Found(tuple(faults), different, tuple(untold), tuple(doubted))


def _differences(rows: list[Row], world_file: Path, route: Route) -> Iterator[str]:
    keys = {row["account"] for row in rows}
    wanted = [row for row in oracle.expected(world_file, MAY.name) if row["account"] in keys]
    compare = oracle.web_differences if route is Route.WEB else oracle.differences
    yield from compare(rows, wanted)


def _excused(
    db: Store,
    rows: list[Row],
    world_file: Path,
    route: Route,
    faults: Sequence[Mapping[str, Any]],
) -> set[str]:
    """Differences that no answer betrays: counters as the platform said them, posts that an answer
    of an earlier day still shows, and all that is right but for posts that were in no answer.
    """
    values = {fault["platform"] for fault in faults if fault["kind"] in VALUES}
    old = {fault["platform"] for fault in faults if fault["kind"] == FaultKind.DUPLICATE_PAGE}
    unseen = {fault["platform"] for fault in faults if fault["kind"] in UNSEEN}
    if not values | unseen:
        return set()
    seen = {post["_id"] for post in db[POSTS].find({}, {"_id": 1})}
    shown = world_file.with_name(f"seen-{world_file.name}")
    with gzip.open(shown, "wt", encoding="utf-8") as out:
        for line in oracle.lines(world_file):
            never = line["kind"] == "post" and f"{line['platform']}:{line['id']}" not in seen
            if not (never and line["platform"] in unseen):
                out.write(json.dumps(line) + "\n")
    left = {_place(text) for text in _differences(rows, shown, route)}
    return {
        text
        for text in _differences(rows, world_file, route)
        for account, name in (_place(text),)
        for named in (account.partition(":")[0],)
        if (account, name) not in left
        or (named in values and name in _COUNTERS)
        or (named in old and name in ("posts", "videos") and _is_more(text))
    }


def _is_more(text: str) -> bool:
    """Whether more was got than expected: `… got 52, expected 51`."""
    got, expected = (part.split()[-1] for part in text.split(","))
    return got.isdigit() and expected.isdigit() and int(got) > int(expected)


def _deleted(world_file: Path) -> Counter[str]:
    """By account, how many of its own posts of the month are gone at the cut-off."""
    return Counter(
        f"{line['platform']}:{line['account']}"
        for line in oracle.lines(world_file)
        if line["kind"] == "post" and line["type"] != "repost"
        if MAY.start <= oracle.instant(line["published_at"]) < MAY.end
        if line.get("deleted_at") and oracle.instant(line["deleted_at"]) <= MAY.cutoff
    )


def _place(text: str) -> tuple[str, str]:
    account, name = text.split()[:2]
    return account, name.removesuffix(":")


def _meant(fault: dict[str, Any], accounts: list[Account]) -> dict[str, Any]:
    """The fault; one that concerns an account meets one of its platform."""
    if fault["kind"] not in _OF_ONE_ACCOUNT or "account" in fault:
        return fault
    mine = [account for account in accounts if account.platform == fault["platform"]]
    chosen = mine[fault.get("seed", 0) % len(mine)]
    kept = {name: value for name, value in fault.items() if name not in ("ratio", "seed")}
    return {**kept, "account": chosen.id, "handle": f"{chosen.handle[:8]}new"}


def told(row: Row, wanted: Row, name: str, deleted: int) -> bool:
    """Whether the row says that this measure may be off. What is `wanted` lacks some counters too,
    and `deleted` posts are gone: only more than that says anything."""
    if name in ("followers_start", "followers_end", "follower_gain"):
        edges = ("followers_start", "followers_end") if "gain" in name else (name,)
        off_time = row.get("off_time", {})
        lost = any("another account" in doubt for doubt in row.get("doubts", ()))
        rounded = row["followers_step"] is not None and row["followers_step"] > 1
        return lost or rounded or any(row[edge] is None or edge in off_time for edge in edges)
    partly = any(row["coverage"][part] not in (None, 1.0) for part in _PARTS)
    lacks = any(row["missing"][one] > number for one, number in wanted["missing"].items())
    said = any(row.get(key) for key in ("doubts", "off_time"))
    if not row["collected"] or partly or said or (lacks and name in _COUNTERS):
        return True
    gone: bool = row["posts_gone"] > deleted
    return gone

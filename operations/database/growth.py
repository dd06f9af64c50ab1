"""What collecting takes at sizes that nobody has here: arithmetic from measured constants.

The constants are of `python -m bench` on two cores (2026-11) and of a demo's database; `cityreach
cost --scale` prints what follows from them, and docs/scale.md holds the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model.platform import PLATFORMS
from operations.cost import CostQuestion, cost_rows

SCALES = (138, 10_000, 1_000_000)
"""Accounts on each of the platforms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleConstants:
    """What one page, reading or account takes."""

    crawler_ms: float = 3.1
    """CPU a page of X with 18 posts, by process; see docs/scale.md for the run."""
    writer_ms: float = 1.3
    mongod_ms: float = 1.2
    valkey_ms: float = 0.3
    posts_a_page: float = 18.0
    reading_bytes: float = 156.0
    """On disk, with its index: a reading of a post or an account."""
    post_bytes: float = 594.0
    """On disk: a post, its place in the month and its text."""
    visit_bytes: float = 341.0
    raw_bytes: float = 1_513.0
    """A stored answer, compressed."""
    busy: float = 0.5
    """How much of a core a part may take on average, so that the busiest hour fits."""


_MS_OF_MONTH = 30 * 86_400_000
_GB = 1e9
_DAYS_OF_RAW = 90


def scale_rows(
    question: CostQuestion, measured: ScaleConstants | None = None
) -> list[dict[str, Any]]:
    """One row a scale: calls, units by platform, dollars, readings, disk, memory, processes."""
    found = measured or ScaleConstants()
    return [_row(_platforms(question, number), number, found) for number in SCALES]


_COUNTED = 200
"""Accounts are counted one by one up to so many; no platform's call takes as many at once, so that
ten times the accounts take ten times the calls."""


def _platforms(question: CostQuestion, number: int) -> list[dict[str, Any]]:
    counted = min(number, _COUNTED)
    rows = cost_rows(replace(question, accounts=dict.fromkeys(PLATFORMS, counted)))
    return [_times(row, number // counted) for row in rows]


def _times(row: dict[str, Any], factor: int) -> dict[str, Any]:
    limits = [{**limit, "share": limit["share"] * factor} for limit in row["limits"]]
    grown = ("visits", "calls", "units", "dollars", "readings")
    return {**row, **{name: row[name] * factor for name in grown}, "limits": limits}


def _row(platforms: list[dict[str, Any]], number: int, measured: ScaleConstants) -> dict[str, Any]:
    calls = sum(row["calls"] for row in platforms)
    visits = sum(row["visits"] for row in platforms)
    readings = sum(row["readings"] for row in platforms)
    posts = sum(number * row["posts_per_month"] for row in platforms)
    return {
        "accounts": number,
        "visits": visits,
        "calls": calls,
        "units": {row["platform"]: row["units"] for row in platforms},
        "dollars": round(sum(row["dollars"] for row in platforms), 2),
        "credentials": {row["platform"]: _credentials(row) for row in platforms},
        "readings": readings,
        "disk_gb": round(_disk(calls, visits, readings, posts, measured) / _GB, 1),
        "memory_gb": round(_memory(posts, measured) / _GB, 1),
        **_processes(readings, calls, measured),
    }


def _credentials(row: Mapping[str, Any]) -> int:
    """How many tokens keep every limit; 1 where none is near."""
    return max((math.ceil(limit["share"]) for limit in row["limits"]), default=1) or 1


def _disk(calls: int, visits: int, readings: int, posts: float, one: ScaleConstants) -> float:
    """Bytes that a month adds; raw answers are kept for ninety days and counted three times."""
    raw = calls * one.raw_bytes * _DAYS_OF_RAW / 30
    return readings * one.reading_bytes + posts * one.post_bytes + visits * one.visit_bytes + raw


def _memory(posts: float, one: ScaleConstants) -> float:
    """Bytes of MongoDB's cache in which two months' posts and their newest readings lie."""
    return 1e9 + 2 * posts * (one.post_bytes + one.reading_bytes)


def _processes(readings: int, calls: int, one: ScaleConstants) -> dict[str, int]:
    """How many of each; a page is a call, or as many readings as a page has posts."""
    pages = max(calls, readings / one.posts_a_page)
    each = {
        "crawlers": one.crawler_ms,
        "writers": one.writer_ms,
        "mongod_cores": one.mongod_ms,
        "valkey_cores": one.valkey_ms,
    }
    return {n: math.ceil(pages * ms / (_MS_OF_MONTH * one.busy)) for n, ms in each.items()}

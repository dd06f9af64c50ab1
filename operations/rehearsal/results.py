"""What a rehearsal leaves behind: measures, top lists, and an account of the run itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bus.ledger import spending
from crawler.platforms import platform
from model.messages import VisitKind
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from model.route import Route
from operations.errors import UsageError
from operations.runtime import Runtime
from store.ingest.attempts import redelivered

_Document = Mapping[str, Any]


def write_json(folder: Path, name: str, value: object) -> None:
    """One file, whole or not at all."""
    part = folder / f".{name}.part"
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    part.write_text(text + "\n", "utf-8")
    part.replace(folder / name)


def make_folder(folder: Path) -> None:
    """Raises UsageError if there can be no such folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {folder}: {error.strerror}") from error


def run_report(runtime: Runtime, seconds: float) -> dict[str, Any]:
    """Calls and units per platform beside the fewest possible, visits by outcome, items."""
    visits = list(runtime.db.visits.find())
    outcomes = Counter(str(visit["outcome"]) for visit in visits)
    return {
        "duration_seconds": round(seconds, 1),
        "platforms": {name: _platform_report(runtime, name, visits) for name in PLATFORMS},
        "visits": dict(sorted(outcomes.items())),
        "redelivered": sum(redelivered(visit) for visit in visits),
        "items": {
            name: runtime.db[name].count_documents({})
            for name in ("accounts", "posts", "account_readings", "post_readings", "raw")
        },
    }


def _platform_report(
    runtime: Runtime, name: PlatformName, visits: Sequence[_Document]
) -> dict[str, Any]:
    mine = [visit for visit in visits if visit["platform"] == name]
    spent = [row for row in spending(runtime.redis) if row.platform == name]
    calls = sum(row.calls for row in spent if row.endpoint != "token")
    least = sum(_least(name, group) for group in _sharing(mine))
    return {
        "visits": len(mine),
        "calls": calls,
        "units": sum(row.units for row in spent),
        "minimum_calls": least,
        "calls_to_minimum": round(calls / least, 3) if least else None,
        "calls_per_visit": round(calls / len(mine), 3) if mine else None,
        "endpoints": {
            endpoint: sum(row.calls for row in spent if row.endpoint == endpoint)
            for endpoint in sorted({row.endpoint for row in spent if row.calls})
        },
    }


def _sharing(visits: Sequence[_Document]) -> Iterator[list[_Document]]:
    """Visits that may share calls: one kind, slot, window and route."""
    groups: dict[tuple[str, datetime, str, str], list[_Document]] = {}
    for visit in visits:
        key = (str(visit["kind"]), visit["slot"], str(visit.get("window")), _route(visit))
        groups.setdefault(key, []).append(visit)
    yield from groups.values()


def _least(name: PlatformName, visits: Sequence[_Document]) -> int:
    """The fewest calls by the platform's own paging and batching rules."""
    first = visits[0]
    posts = [_posts(visit) for visit in visits]
    if _route(first) is Route.WEB:
        return platform(name).web.minimum(first["kind"], len(visits), posts)
    windows = 1
    if first["kind"] == VisitKind.TIMELINE.value and first.get("window"):
        start, end = first["window"]["start"], first["window"]["end"]
        windows = FACTS[name].tariff.queries(start.date(), end.date())
    return platform(name).minimum(first["kind"], len(visits), posts, windows)


def _route(visit: _Document) -> Route:
    """The route of the visit's last attempt."""
    return Route(visit["attempts"][-1].get("route", Route.API))


def _posts(visit: _Document) -> int:
    """How many posts a visit asked for, or a timeline showed."""
    shown = [len(attempt["seen"]) for attempt in visit["attempts"] if "seen" in attempt]
    return max(shown, default=len(visit.get("posts", ())))

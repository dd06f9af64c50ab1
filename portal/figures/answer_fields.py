"""Fields of the platforms' answers that are new, and fields that are not there any more: a few of
the newest answers of each endpoint beside a few of a week before. A field that only some answers
have may be missing by chance; what the collected counters lost is among the flags.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import loads
from typing import Any

from store.database import RAW, Document, Store
from store.errors import StoreError
from store.ingest.raw import body_of

SAMPLE = 12
"""Answers on either side."""
LEAST_ANSWERS = 3
APART = timedelta(days=7)
_NEW_SHARE = 0.5
"""A field that none had stands in at least so many of the newest."""
_LOST_SHARE = 0.9
"""A field that none has any more stood in at least so many of before."""
_MOST_NODES = 200_000
"""Of one answer; larger ones say nothing that their first part does not."""
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of an endpoint's answers."""

    platform: str
    endpoint: str
    path: str
    """`data[].public_metrics.likes`"""
    new: bool
    """New; else it is not there any more."""
    share: float
    """Of the answers on the side that have it."""
    answer: str
    """SHA-256 of one that has it."""
    value: str
    """What that one says, shortened."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The answers of an endpoint."""

    platform: str
    endpoint: str
    newest: int
    """Answers that were looked at."""
    before: int
    since: datetime | None
    """When the newest of them came."""
    changes: tuple[FieldChange, ...]


def compared(db: Store, platforms: Iterable[str], now: datetime) -> list[Compared]:
    """Each endpoint that was asked in the last week."""
    found = []
    for platform in platforms:
        recent: Document = {"platform": platform, "observed_at": {"$gte": now - APART}}
        for endpoint in sorted(db[RAW].distinct("endpoint", recent)):
            found.append(_compared(db, platform, endpoint, now))
    return found


def _compared(db: Store, platform: str, endpoint: str, now: datetime) -> Compared:
    newest = _sample(db, platform, endpoint, {"$gt": now - APART, "$lte": now})
    at = newest[0][0]["observed_at"] if newest else None
    before = _sample(db, platform, endpoint, {"$lte": now - APART}) if newest else []
    enough = len(newest) >= LEAST_ANSWERS and len(before) >= LEAST_ANSWERS
    changes = tuple(_changes(platform, endpoint, newest, before)) if enough else ()
    return Compared(platform, endpoint, len(newest), len(before), at, changes)


_Answer = tuple[Document, dict[str, Any]]
"""As it is stored, and its fields with a value of each."""


def _sample(db: Store, platform: str, endpoint: str, had: Document) -> list[_Answer]:
    """The last answers of a time that are JSON and say something."""
    condition = {
        "platform": platform,
        "endpoint": endpoint,
        "status": 200,
        "observed_at": had,
    }
    stored = db[RAW].find(condition).sort("observed_at", -1).limit(SAMPLE)
    return [(one, fields) for one in stored if (fields := _fields(one))]


def _fields(stored: Document) -> dict[str, Any]:
    try:
        answer = loads(body_of(stored))
    except (StoreError, ValueError, RecursionError):
        return {}
    return dict(_walk(answer))


def _walk(answer: object) -> Iterator[tuple[str, Any]]:
    """Each field with the first value met; keys that are ids or numbers count as one."""
    open_: list[tuple[str, object, int]] = [("", answer, 0)]
    met: set[str] = set()
    for _ in range(_MOST_NODES):
        if not open_:
            return
        path, value, depth = open_.pop()
        if path and path not in met:
            met.add(path)
            yield path, value
        if depth < _DEEPEST and isinstance(value, dict):
            inside = [(f"{path}.{_key(k)}".lstrip("."), v, depth + 1) for k, v in value.items()]
            open_ += inside[::-1]
        elif depth < _DEEPEST and isinstance(value, list):
            open_ += [(f"{path}[]", one, depth + 1) for one in value[::-1]]


def _key(key: str) -> str:
    return "*" if sum(sign.isdigit() for sign in key) >= 4 else key[:80]


def _changes(
    platform: str, endpoint: str, newest: Sequence[_Answer], before: Sequence[_Answer]
) -> Iterator[FieldChange]:
    for new, mine, others, least in (
        (True, newest, before, _NEW_SHARE),
        (False, before, newest, _LOST_SHARE),
    ):
        there = {path for _, fields in others for path in fields}
        counts = Counter(path for _, fields in mine for path in fields)
        lone = {path for path, n in counts.items() if n >= least * len(mine)} - there
        for path in sorted(lone):
            if _parent(path) in lone:
                continue  # Said with what it stands in.
            stored, fields = next(one for one in mine if path in one[1])
            value = str(fields[path])[:120]
            share = counts[path] / len(mine)
            yield FieldChange(platform, endpoint, path, new, share, stored["_id"], value)


def _parent(path: str) -> str:
    return path[:-2] if path.endswith("[]") else path.rpartition(".")[0]

"""Rounds of collecting beside the median of earlier ones: what took longer or brought less.

A round is all visits of one platform and kind that were planned for the same instant. It is set
beside the median of up to `EARLIER` rounds before it, measure by measure; with fewer than
`LEAST_ROUNDS` of them nothing is said.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from store.database import VISITS, Document, Store

EARLIER = 20
LEAST_ROUNDS = 5
_TIMES = 2.0
"""So many times the median, or so small a part of it, is unlike it."""
_LESS_DONE = 0.1
"""A share of complete visits so much below the median."""
_LATE = 15.0
"""Minutes; who is done sooner is not late, whatever the median."""
_DAY = 86_400_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a round."""

    value: float | None
    usual: float | None
    """The median of the rounds before; None while there are too few."""
    odd: str | None
    """`more` or `less` than usual; None for neither."""


@dataclass(frozen=True, slots=True)
class Round:
    """The visits of one platform and kind that were planned for one instant."""

    platform: str
    kind: str
    slot: datetime
    visits: int
    complete: int
    measures: Mapping[str, Measured] = field(default_factory=dict)
    """`done` (share of complete visits), `minutes` (from the instant to the last visit's end),
    `calls` (a visit), `posts` (listed, for each day of the windows that were looked at)."""

    @property
    def judged(self) -> bool:
        """Whether there were enough rounds before it to say what is usual."""
        return any(one.usual is not None for one in self.measures.values())

    @property
    def odd(self) -> list[str]:
        """The measures that are unlike those of the rounds before."""
        return [name for name, one in self.measures.items() if one.odd]


def rounds_of(db: Store, since: datetime, platform: str | None = None) -> list[Round]:
    """Those whose visits ended at or after an instant, the newest first."""
    condition: Document = {"observed_at": {"$gte": since}}
    if platform is not None:
        condition["platform"] = platform
    listed = {"$size": {"$ifNull": [{"$last": "$attempts.seen"}, []]}}
    window = {"$subtract": ["$window.end", "$window.start"]}
    group = {
        "_id": {"slot": "$slot", "platform": "$platform", "kind": "$kind"},
        "visits": {"$sum": 1},
        "complete": {"$sum": {"$cond": ["$complete", 1, 0]}},
        "calls": {"$sum": "$calls"},
        "last": {"$max": "$observed_at"},
        # Of visits that listed posts alone: what the others would have listed is not known.
        "listed": {"$sum": {"$cond": ["$complete", listed, 0]}},
        "looked": {"$sum": {"$cond": ["$complete", window, 0]}},
    }
    found = db[VISITS].aggregate([{"$match": condition}, {"$group": group}, {"$sort": {"_id": 1}}])
    return _beside_earlier(found)


def _beside_earlier(rows: Iterable[Mapping[str, Any]]) -> list[Round]:
    """Rows in the order of time, as rounds the newest first."""
    earlier: dict[tuple[str, str], deque[dict[str, float | None]]] = defaultdict(
        lambda: deque(maxlen=EARLIER)
    )
    found: list[Round] = []
    for row in rows:
        name = row["_id"]
        values = _values(row)
        before = earlier[name["platform"], name["kind"]]
        measures = {key: _measured(key, value, before) for key, value in values.items()}
        before.append(values)
        found.append(
            Round(
                name["platform"],
                name["kind"],
                name["slot"],
                row["visits"],
                row["complete"],
                measures,
            )
        )
    return found[::-1]


def _values(row: Mapping[str, Any]) -> dict[str, float | None]:
    return {
        "done": row["complete"] / row["visits"],
        "minutes": max(0.0, (row["last"] - row["_id"]["slot"]).total_seconds() / 60),
        "calls": row["calls"] / row["visits"],
        "posts": row["listed"] / (row["looked"] / _DAY) if row["looked"] else None,
    }


def _measured(
    name: str, value: float | None, before: Iterable[Mapping[str, float | None]]
) -> Measured:
    known = [one[name] for one in before]
    others = [one for one in known if one is not None]
    if value is None or len(others) < LEAST_ROUNDS:
        return Measured(value, None, None)
    usual = median(others)
    return Measured(value, usual, _odd(name, value, usual))


def _odd(name: str, value: float, usual: float) -> str | None:
    if name == "done":
        return "less" if value < usual - _LESS_DONE else None
    if name == "minutes":
        return "more" if value > max(_TIMES * usual, _LATE) else None
    if value > _TIMES * usual:
        return "more" if usual else None
    return "less" if value < usual / _TIMES else None

"""How today's knowledge of a month differs from what was published of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec.json import encode

from model.measures import MeasureRow
from portal.month import MonthIndex

_EQUAL = 1e-9
"""Scores nearer to one another are the same."""


class Cause(StrEnum):
    """What came in between."""

    RATINGS = "ratings"
    INDICATORS = "indicators"
    READINGS = "readings"
    ACCOUNTS = "accounts"
    METHOD = "method"
    PROGRAM = "program"


Largest = tuple[tuple[str, str], str | None, str | None]
"""(Chinese, English) name of a city, and its rank (or score, where no rank differs) before and
after; None where it had none."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The differences of a month, all in one."""

    cities: int
    """How many have another composite score or rank."""
    largest: Largest | None
    causes: tuple[Cause, ...]


def drift_between(published: MonthIndex, live: MonthIndex) -> Drift | None:
    """What differs in the composite; None where nothing does."""
    units = sorted({*published.result.units, *live.result.units})
    moved = [unit for unit in units if _moved(published, live, unit)]
    if not moved:
        return None
    causes = tuple(_causes(published, live)) or (Cause.PROGRAM,)
    return Drift(len(moved), _largest(published, live, moved), causes)


def drift_rows(published: MonthIndex, live: MonthIndex) -> list[dict[str, Any]]:
    """One row for each city that differs, the greatest move first."""
    units = sorted({*published.result.units, *live.result.units})
    rows = [
        {
            "city": unit,
            "name_zh": live.names.get(unit, (unit, unit))[0],
            "name_en": live.names.get(unit, (unit, unit))[1],
            "rank_before": _rank(published, unit),
            "rank_after": _rank(live, unit),
            "score_before": _score(published, unit),
            "score_after": _score(live, unit),
        }
        for unit in units
        if _moved(published, live, unit)
    ]
    last = len(units) + 1
    return sorted(
        rows, key=lambda row: -abs((row["rank_before"] or last) - (row["rank_after"] or last))
    )


def _moved(published: MonthIndex, live: MonthIndex, unit: str) -> bool:
    if _rank(published, unit) != _rank(live, unit):
        return True
    before, after = _score(published, unit), _score(live, unit)
    if before is None or after is None:
        return before is not after
    return abs(before - after) > _EQUAL


def _largest(published: MonthIndex, live: MonthIndex, moved: list[str]) -> Largest:
    def places(unit: str) -> int:
        before, after = _rank(published, unit), _rank(live, unit)
        last = len(live.result.units) + 1
        return abs((before or last) - (after or last))

    def points(unit: str) -> float:
        before, after = _score(published, unit), _score(live, unit)
        return 0.0 if before is None or after is None else abs(before - after)

    unit = max(moved, key=lambda one: (places(one), points(one), one))
    names = live.names.get(unit, (unit, unit))
    if places(unit):
        return names, _text(_rank(published, unit)), _text(_rank(live, unit))
    before, after = _score(published, unit), _score(live, unit)
    return names, _two(before), _two(after)


def _causes(published: MonthIndex, live: MonthIndex) -> Iterator[Cause]:
    before, after = published.inputs, live.inputs
    if published.method.hash != live.method.hash:
        yield Cause.METHOD
    old, new = ({row.account: row for row in one.rows} for one in (before, after))
    together = old.keys() & new.keys()
    if old.keys() != new.keys() or any(old[one].city != new[one].city for one in together):
        yield Cause.ACCOUNTS
    if (
        any(_read(old[one]) != _read(new[one]) for one in together)
        or before.languages != after.languages
    ):
        yield Cause.READINGS
    if before.ratings != after.ratings:
        yield Cause.RATINGS
    if set(before.indicators) != set(after.indicators):
        yield Cause.INDICATORS


def _read(row: MeasureRow) -> bytes:
    """What was read of an account, whosever it is and whatever it is called."""
    return encode(dataclasses.replace(row, city="", handle=""))


def _rank(index: MonthIndex, unit: str) -> int | None:
    return index.result.rank(unit) if unit in index.table.position else None


def _score(index: MonthIndex, unit: str) -> float | None:
    return index.result.score(unit) if unit in index.table.position else None


def _text(rank: int | None) -> str | None:
    return None if rank is None else str(rank)


def _two(score: float | None) -> str | None:
    return None if score is None else f"{score:.2f}"

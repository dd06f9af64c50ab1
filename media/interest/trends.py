"""Search trends from manual exports: batches of terms, each scaled to its own maximum, chained.

A batch holds at most five terms, and its numbers are whole, 0 to 100 of the largest of them. Every
batch has the anchor, a term that stands in all; a city's value is its ratio to the anchor's in the
same batch, unrounded, and 100 is the largest of all cities.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from media.errors import RulesError

_COLUMNS = ("batch", "city", "term", "value")
_LARGEST = 100.0
_UNDER_ONE = "<1"


@dataclass(frozen=True, slots=True)
class TrendValue:
    """One city's interest."""

    city: str
    value: float
    """0 to 100 of the largest."""
    step: float
    """By how much one unit of its batch would have moved it: small cities have steps as large as
    themselves."""


def chained(path: Path) -> list[TrendValue]:
    """From a CSV with the columns batch, city, term, value; the anchor's rows have no city.

    `<1` is taken as 0.5. Raises RulesError naming the line.
    """
    anchors: dict[str, tuple[str, float]] = {}
    given: dict[str, list[tuple[str, float, int]]] = defaultdict(list)
    for line, row in _rows(path):
        value = _value(row["value"], f"{path}, line {line}")
        if row["city"]:
            given[row["batch"]].append((row["city"], value, line))
        elif row["batch"] in anchors:
            raise RulesError(f"{path}, line {line}: batch {row['batch']} has its anchor before")
        else:
            anchors[row["batch"]] = row["term"], value
    _require_anchors(path, anchors, given)
    ratios: dict[str, tuple[float, float]] = {}
    for batch, own in given.items():
        anchor = anchors[batch][1]
        for city, value, line in own:
            if city in ratios:
                raise RulesError(f"{path}, line {line}: {city} is there before")
            ratios[city] = value / anchor, 1 / anchor
    most = max((ratio for ratio, _ in ratios.values()), default=0.0)
    if not most:
        raise RulesError(f"{path}: no city has a value above 0")
    scale = _LARGEST / most
    return [TrendValue(city, r * scale, step * scale) for city, (r, step) in sorted(ratios.items())]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")))
        if tuple(rows.fieldnames or ()) != _COLUMNS:
            raise RulesError(f"{path}, line 1: expected the columns {', '.join(_COLUMNS)}")
        found = []
        for row in rows:
            if None in row or None in row.values() or not row["batch"] or not row["term"]:
                raise RulesError(f"{path}, line {rows.line_num}: expected batch, term and value")
            found.append((rows.line_num, row))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    return found


def _value(text: str, where: str) -> float:
    if text == _UNDER_ONE:
        return 0.5
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= _LARGEST:
        raise RulesError(f"{where}: value {text!r}: expected a number from 0 to 100, or <1")
    return value


def _require_anchors(
    path: Path,
    anchors: dict[str, tuple[str, float]],
    given: dict[str, list[tuple[str, float, int]]],
) -> None:
    if lacking := sorted(given.keys() - anchors.keys()):
        raise RulesError(f"{path}: batch {lacking[0]} has no anchor (a row without a city)")
    if len({term for term, _ in anchors.values()}) > 1:
        named = ", ".join(sorted({term for term, _ in anchors.values()}))
        raise RulesError(f"{path}: batches have several anchors ({named}); they cannot be chained")
    for batch, (term, value) in anchors.items():
        if value < 1:
            raise RulesError(
                f"{path}: in batch {batch} the anchor {term} is {value:g}: too small to compare "
                "with; take one that is nearer to the cities"
            )

"""Rows of GDELT's Global Knowledge Graph 2.1: 27 tab-separated columns without a header. Pure.

Format: GDELT GKG codebook 2.1; the columns used are named below. Country codes are FIPS 10-4.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from media.unpacking import LineCounts

_COLUMNS = 27
_ID, _DATE, _SOURCE, _OUTLET, _URL = range(5)
_PLACES, _TONE, _TRANSLATION, _EXTRAS = 10, 15, 25, 26
_WEB = b"1"
_STAMP = 14
_PLACE_PARTS = 9
_MOST_TONE = 100
_CHINA = b"#CH#"
_TITLE, _TITLE_ENDS = "<PAGE_TITLE>", "</PAGE_TITLE>"
LONGEST_TITLE = 2_000
"""Characters of a title that are kept: what compares titles takes time with their square."""
_LONGEST_OFFSET = 12
"""Digits."""
_SOURCE_LANGUAGE = re.compile(r"srclc:([a-z]{2,3})")
_FINER = ("4", "5")
"""Types of places below countries outside the United States: world city, first-order division."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """One mention of a place: a block of V2EnhancedLocations."""

    kind: str
    """1 country, 2 US state, 3 US city, 4 city of the world, 5 division of the world."""
    name: str
    country: str
    adm1: str
    offset: int | None
    """Characters from the start of the (translated) text."""


@dataclass(frozen=True, slots=True)
class GkgRow:
    """One article as GDELT read it."""

    id: str
    at: datetime
    """The batch, UTC."""
    outlet: str
    """Host name in lower case."""
    url: str
    places: tuple[NamedPlace, ...]
    tone: float | None
    """-100 to 100, of the whole text; None where the field holds no number."""
    language: str
    """ISO 639-2; `eng` for the stream that is not translated."""
    title: str | None
    sha256: str
    """Of the raw row."""


@dataclass(slots=True)
class RowCounts(LineCounts):
    """What became of a file's rows."""

    rows: int = 0
    broken: int = 0
    kept: int = 0
    elsewhere: int = 0
    """Whole rows that name no Chinese place below the country."""
    not_web: int = 0
    why: Counter[str] = field(default_factory=Counter)
    """Broken rows by reason."""

    def lost(self, reason: str) -> None:
        """One more broken row."""
        self.broken += 1
        self.why[reason] += 1


def chinese_rows(lines: Iterable[bytes], counts: RowCounts) -> Iterator[tuple[GkgRow, bytes]]:
    """The rows, with their bytes, that name a Chinese place below the country. What is broken is
    counted and left out: a wrong number of columns, no id, no time or no address."""
    for line in lines:
        counts.rows += 1
        if line.count(b"\t") != _COLUMNS - 1:
            columns = line.count(b"\t") + 1
            counts.lost(f"{columns} columns")
        elif _CHINA not in line:
            counts.elsewhere += 1
        elif isinstance(row := parsed(line), str):
            counts.lost(row)
        elif not any(place.country == "CH" and place.kind in _FINER for place in row.places):
            counts.elsewhere += 1
        elif line.split(b"\t", 3)[_SOURCE] != _WEB:
            counts.not_web += 1
        else:
            counts.kept += 1
            yield row, line


def parsed(line: bytes) -> GkgRow | str:
    """A row of 27 columns; a text that says what is wrong with it where it cannot be used."""
    cells = line.decode("utf-8", "replace").replace("\0", "").split("\t")
    if len(cells) != _COLUMNS:
        return f"{len(cells)} columns"
    at = instant_of(cells[_DATE])
    if at is None:
        return "no time"
    if not cells[_ID] or "://" not in cells[_URL]:
        return "no id or address"
    language = _SOURCE_LANGUAGE.search(cells[_TRANSLATION])
    title = _between(cells[_EXTRAS], _TITLE, _TITLE_ENDS)
    return GkgRow(
        id=cells[_ID],
        at=at,
        outlet=cells[_OUTLET].strip().lower(),
        url=cells[_URL].strip(),
        places=tuple(_places(cells[_PLACES])),
        tone=_decimal(cells[_TONE].split(",")[0]),
        language=language[1] if language else "eng",
        title=html.unescape(title[: 10 * LONGEST_TITLE]).strip()[:LONGEST_TITLE] or None,
        sha256=hashlib.sha256(line).hexdigest(),
    )


def instant_of(text: str) -> datetime | None:
    """`YYYYMMDDHHMMSS` in UTC; None for anything else."""
    if len(text) != _STAMP or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _places(cell: str) -> Iterator[NamedPlace]:
    """Blocks that are not as expected name no place; the row stays."""
    for block in cell.split(";"):
        parts = block.split("#")
        if len(parts) >= _PLACE_PARTS:
            offset = parts[-1]
            number = offset.isascii() and offset.isdigit() and len(offset) <= _LONGEST_OFFSET
            known = int(offset) if number else None
            yield NamedPlace(parts[0], parts[1], parts[2], parts[3], known)


def _between(text: str, before: str, after: str) -> str:
    """What stands between the first of the one and the next of the other; else nothing."""
    found = text.partition(before)[2].partition(after)
    return found[0] if found[1] else ""


def _decimal(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= _MOST_TONE else None

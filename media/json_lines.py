"""JSON lines of GDELT's geographic graph (GGG, a day) and article list (GAL, a minute). Pure.

Fields by GDELT's announcements; no file was recorded, so every field may be missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from media.gkg import LONGEST_TITLE, RowCounts

_MOST_NUMBER = 2**53
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class GeoRow:
    """One place in one article of the GGG, with the sentence around it."""

    url: str
    outlet_country: str
    """FIPS 10-4, empty where GDELT knows none."""
    place: str
    country: str
    adm1: str
    sentence: str
    tone: float | None
    """Of the whole text."""


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """One article of the GAL in its own language."""

    url: str
    domain: str
    title: str
    description: str
    language: str
    """As GDELT gives it: ISO 639-1."""
    line: bytes
    """The raw row."""


def geo_rows(lines: Iterable[bytes], counts: RowCounts) -> Iterator[GeoRow]:
    """The rows of a GGG file; a broken line is counted and left out."""
    for value, _ in _objects(lines, counts):
        yield GeoRow(
            _text(value, "URL"),
            _text(value, "DomainCountryCode").upper(),
            _text(value, "Location"),
            _text(value, "CountryCode"),
            _text(value, "Adm1Code"),
            _text(value, "ContextualText"),
            _number(value, "DocTone"),
        )


def listed_articles(lines: Iterable[bytes], counts: RowCounts) -> Iterator[ListedArticle]:
    """The rows of a GAL file; a broken line is counted and left out."""
    for value, line in _objects(lines, counts):
        yield ListedArticle(
            _text(value, "url"),
            _text(value, "domain").lower(),
            _text(value, "title")[:LONGEST_TITLE],
            _text(value, "desc"),
            _text(value, "lang"),
            line,
        )


def _objects(lines: Iterable[bytes], counts: RowCounts) -> Iterator[tuple[dict[str, Any], bytes]]:
    for line in lines:
        counts.rows += 1
        value = _object(line)
        if value is None:
            counts.lost("no JSON object with an address")
        else:
            counts.kept += 1
            yield value, line


def _object(line: bytes) -> dict[str, Any] | None:
    """An object with an address; stray control characters, known of GDELT, are taken as blanks."""
    try:
        value = json.loads(_CONTROL.sub(b" ", line).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    there = isinstance(value, dict) and "://" in (_text(value, "URL") or _text(value, "url"))
    return value if there else None


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    # Halves of surrogate pairs, which JSON can hold and UTF-8 cannot, become question marks.
    return found.encode("utf-8", "replace").decode().strip() if isinstance(found, str) else ""


def _number(value: dict[str, Any], name: str) -> float | None:
    found = value.get(name)
    if not isinstance(found, int | float) or isinstance(found, bool):
        return None
    return float(found) if abs(found) <= _MOST_NUMBER else None

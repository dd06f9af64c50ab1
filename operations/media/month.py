"""A month of articles as counted: which files it rests on, indicators, and a line an article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from media.counting import POSITIVE, CountedArticle, beside, leaves, reprinted
from media.gkg import RowCounts
from media.outlets import OutletList
from media.places import PlaceRules
from model.period import Period
from operations.errors import UsageError


@dataclass
class MediaMonth:
    """What the files of a month say, and which of them were there."""

    period: Period
    rules: PlaceRules
    outlets: OutletList
    every: int = 1
    """One quarter hour of so many was asked for."""
    expected: int = 0
    """Files of articles that the month has."""
    seen: int = 0
    """Of these, the ones that were read to their end."""
    days: tuple[int, int] | None = None
    """Of the graph that tells outlets' countries: days read and days that the month touches; None
    where it is not asked for, or not told."""
    lists: int = 0
    """Lists of articles that were read; what they say stands beside."""
    listed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By city, what the lists say."""
    faults: list[str] = field(default_factory=list)
    """Files that could not be read, or not whole; a line each."""
    rows: RowCounts = field(default_factory=RowCounts)
    lines: list[CountedArticle] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Source, coverage and versions, as they stand beside every value."""
        sample = f" of a sample, one batch of {self.every}" if self.every > 1 else ""
        read = f"GDELT GKG 2.1, {self.seen} of {self.expected} files{sample}"
        if self.days is not None:
            read += f", GGG {self.days[0]} of {self.days[1]} days"
        if self.lists:
            read += f", {self.lists} lists (GAL) beside"
        return f"{read}; {self.rules.id}; {self.outlets.id}; tone over {POSITIVE:g}"

    @cached_property
    def by_city(self) -> Mapping[str, list[CountedArticle]]:
        """Every city's lines, oldest first."""
        found: dict[str, list[CountedArticle]] = {city: [] for city in self.rules.cities}
        for line in self.lines:
            found[line.city].append(line)
        return found

    def of(self, city: str) -> list[CountedArticle]:
        """A city's lines, oldest first. Raises UsageError for a city without rules."""
        if city not in self.rules.cities:
            raise UsageError(f"city {city!r}: the rules of places know no such id")
        return self.by_city[city]


def indicator_rows(month: MediaMonth) -> list[dict[str, Any]]:
    """The sheet that `indicators import` reads: one row per city and indicator that has a value."""
    if not month.seen:
        return []
    found = []
    for city in month.rules.cities:
        for code, value in leaves(month.of(city)).items():
            if value is not None:
                found.append(
                    {
                        "city": city,
                        "period": month.period.name,
                        "code": code,
                        "value": value,
                        "source": month.source,
                    }
                )
    return found


def city_rows(month: MediaMonth, cities: Iterable[str] = ()) -> list[dict[str, Any]]:
    """One row a city: its indicators and what is printed beside them."""
    rows = []
    for city in cities or month.rules.cities:
        own = month.of(city)
        row: dict[str, Any] = {"city": city, **leaves(own), **beside(own)}
        row |= month.listed.get(city, {})
        row["namesake_in_province"] = month.rules.cities[city].same_province
        rows.append(row)
    return rows


def article_rows(lines: Sequence[CountedArticle]) -> list[dict[str, Any]]:
    """One row an article that names the city: what became of it and why."""
    again = reprinted(lines)
    return [
        {
            "at": line.at.isoformat(),
            "verdict": line.verdict,
            "why": line.match.why,
            "mentions": line.match.mentions,
            "domain": line.origin.domain,
            "country": line.origin.country,
            "country_by": line.origin.by,
            "mainstream": line.origin.mainstream,
            "language": line.language,
            "tone": line.tone,
            "positive": line.positive(),
            "reprint": line.counts and not line.first,
            "positive_reprint": at in again,
            "url": line.url,
            "title": line.title,
            "sha256": line.sha256,
        }
        for at, line in enumerate(lines)
    ]

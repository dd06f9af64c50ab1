"""Counts a month from GDELT's files that lie in a folder; needs neither servers nor network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media.counting import POSITIVE, CountedArticle, Geography, articles, beside, leaves
from media.errors import UnreadableFile
from media.files import ARTICLE_FAMILIES, GDELT_HOST, MIRROR, Family, MediaFile, files_between
from media.gkg import GkgRow, RowCounts, chinese_rows
from media.json_lines import geo_rows
from media.outlets import OutletList, load_outlets, registrable
from media.places import PlaceRules, load_place_rules
from media.reprints import canonical
from model.period import Period
from operations.errors import UsageError

_PIECE = 2**20


@dataclass(slots=True)
class MediaMonth:
    """What the files of a month say, and which of them were there."""

    period: Period
    rules: PlaceRules
    outlets: OutletList
    expected: int = 0
    """Files of articles that the month has."""
    seen: int = 0
    """Of these, the ones that were read to their end."""
    faults: list[str] = field(default_factory=list)
    """Files that could not be read, or not whole; a line each."""
    rows: RowCounts = field(default_factory=RowCounts)
    lines: list[CountedArticle] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Source, coverage and versions, as they stand beside every value."""
        read = f"GDELT GKG 2.1, {self.seen} of {self.expected} files"
        return f"{read}; {self.rules.id}; {self.outlets.id}; tone over {POSITIVE:g}"

    def of(self, city: str) -> list[CountedArticle]:
        """A city's lines, oldest first. Raises UsageError for a city without rules."""
        if city not in self.rules.cities:
            raise UsageError(f"city {city!r}: the rules of places know no such id")
        return [line for line in self.lines if line.city == city]


def read_month(folder: Path, period: Period) -> MediaMonth:
    """Reads the files of a month, named as GDELT names them. Raises UsageError where the folder
    has none of them: no files are no articles unknown, not none written.

    A file that cannot be read to its end counts as missing, though its whole rows are taken.
    """
    month = MediaMonth(period, load_place_rules(), load_outlets())
    geography, rows = Geography(), []
    for file in files_between(period.start, period.end):
        path = folder / Path(file.path).name
        month.expected += file.family in ARTICLE_FAMILIES
        if not path.is_file():
            continue
        try:
            for row in _read(file, path, month, geography):
                rows.append(row)
        except (UnreadableFile, OSError) as error:
            month.faults.append(f"{path.name}: {error}")
        else:
            month.seen += file.family in ARTICLE_FAMILIES
    if not month.seen and not month.faults:
        example = Path(next(files_between(period.start, period.end)).path).name
        raise UsageError(f"{folder}: no file of {period.name}; expected names such as {example}")
    month.lines = articles(rows, month.rules, month.outlets, geography)
    return month


def _read(file: MediaFile, path: Path, month: MediaMonth, geography: Geography) -> Iterator[GkgRow]:
    """The rows of a file of articles; countries of a file of the graph go to `geography`."""
    from media.unpacking import unpacked, whole_lines

    with path.open("rb") as data:
        lines = whole_lines(unpacked(iter(lambda: data.read(_PIECE), b"")), month.rows)
        if file.family is not Family.GGG:
            yield from (row for row, _ in chinese_rows(lines, month.rows))
            return
        for row in geo_rows(lines, month.rows):
            domain = registrable(canonical(row.url).partition("/")[0])
            geography.add(f"{file.at:%Y-%m-%d}", row.url, domain, row.outlet_country)


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
        row["namesake_in_province"] = month.rules.cities[city].same_province
        rows.append(row)
    return rows


def explained(lines: Sequence[CountedArticle]) -> list[dict[str, Any]]:
    """One row an article that names the city: what became of it and why."""
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
            "reprint": line.counts and not line.first,
            "url": line.url,
            "title": line.title,
            "sha256": line.sha256,
        }
        for line in lines
    ]


def addresses_of(period: Period, *, mirror: bool = False) -> list[str]:
    """Where the files of a month are, in the order of `files_between`."""
    host = MIRROR if mirror else GDELT_HOST
    return [f"{host}/{file.path}" for file in files_between(period.start, period.end)]

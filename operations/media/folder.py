"""Counts a month from GDELT's files that lie in a folder; needs neither servers nor network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from media.counting import Geography, articles
from media.errors import UnreadableFile
from media.files import ARTICLE_FAMILIES, GDELT_HOST, MIRROR, Family, MediaFile, files_between
from media.gkg import GkgRow, chinese_rows
from media.json_lines import geo_rows
from media.outlets import load_outlets, registrable
from media.places import load_place_rules
from media.reprints import canonical
from media.unpacking import unpacked, whole_lines
from model.period import Period
from operations.errors import UsageError
from operations.media.month import MediaMonth

_PIECE = 2**20


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
    with path.open("rb") as data:
        lines = whole_lines(unpacked(iter(lambda: data.read(_PIECE), b"")), month.rows)
        if file.family is not Family.GGG:
            yield from (row for row, _ in chinese_rows(lines, month.rows))
            return
        for row in geo_rows(lines, month.rows):
            domain = registrable(canonical(row.url).partition("/")[0])
            geography.add(f"{file.at:%Y-%m-%d}", row.url, domain, row.outlet_country)


def addresses_of(period: Period, *, mirror: bool = False) -> list[str]:
    """Where the files of a month are, in the order of `files_between`."""
    host = MIRROR if mirror else GDELT_HOST
    return [f"{host}/{file.path}" for file in files_between(period.start, period.end)]

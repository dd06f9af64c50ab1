"""Which articles of Wikipedia are about which city: a dated, reviewed file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from media.errors import RulesError

TITLES = Path(__file__).parent.parent / "rules" / "wikipedia-titles.csv"
_COLUMNS = ("city", "project", "title", "wikidata", "added", "retired", "reviewed")
"""`added` of the first edition's rows is the day from which page views are told."""
_PROJECT = re.compile(r"[a-z][a-z0-9-]*\.wikipedia")
_ITEM = re.compile(r"Q[1-9][0-9]*|")
_SITE = re.compile(r"([a-z_]+)wiki")
_OTHER_SITES = frozenset({"commons", "species", "meta", "wikidata", "sources", "mediawiki"})
CHINESE = frozenset(
    {"zh", "zh-yue", "zh-classical", "zh-min-nan", "wuu", "gan", "hak", "cdo", "za", "bo", "ug"}
)
"""Editions in languages of China: interest from abroad is that of all others."""


@dataclass(frozen=True, slots=True)
class CityTitle:
    """One article."""

    city: str
    project: str
    """Such as `fr.wikipedia`."""
    title: str
    """With blanks, as its page shows it."""


@dataclass(frozen=True, slots=True)
class TitleList:
    """The articles of one edition of the file."""

    titles: tuple[CityTitle, ...]
    sha256: str
    reviewed: int = 0
    """Rows of the file that an editor has checked."""

    @property
    def id(self) -> str:
        """Number of articles, hash, and how many rows of the file were reviewed."""
        return f"titles {len(self.titles)} {self.sha256[:12]}, {self.reviewed} reviewed"


def load_titles(at: date, path: Path = TITLES) -> TitleList:
    """The articles that stand for cities on a day; one that was moved is there under both names.

    Raises RulesError naming file, line and column.
    """
    try:
        data = path.read_bytes()
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        if tuple(rows.fieldnames or ()) != _COLUMNS:
            raise RulesError(f"{path}, line 1: expected the columns {', '.join(_COLUMNS)}")
        found, reviewed = [], 0
        for row in rows:
            found.append(_title(row, f"{path}, line {rows.line_num}", at))
            reviewed += bool(row["reviewed"])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    titles = tuple(dict.fromkeys(filter(None, found)))
    return TitleList(titles, hashlib.sha256(data).hexdigest(), reviewed)


def _title(row: Mapping[str, str], where: str, at: date) -> CityTitle | None:
    if None in row or None in row.values():
        raise RulesError(f"{where}: expected {len(_COLUMNS)} cells")
    if not row["city"] or not row["title"] or not _PROJECT.fullmatch(row["project"]):
        raise RulesError(f"{where}: expected a city, a project such as fr.wikipedia and a title")
    if not _ITEM.fullmatch(row["wikidata"]):
        raise RulesError(f"{where}: wikidata {row['wikidata']!r}: expected an item such as Q956")
    language = row["project"].partition(".")[0]
    if language in CHINESE:
        raise RulesError(f"{where}: {row['project']} is an edition in a language of China")
    try:
        there = date.fromisoformat(row["added"]) <= at
        gone = bool(row["retired"]) and date.fromisoformat(row["retired"]) <= at
        date.fromisoformat(row["reviewed"] or row["added"])
    except ValueError:
        raise RulesError(
            f"{where}: added, retired and reviewed are days such as 2026-11-29"
        ) from None
    return CityTitle(row["city"], row["project"], row["title"]) if there and not gone else None


def titles_of_entity(city: str, data: bytes, added: date) -> Iterator[dict[str, str]]:
    """Rows of the file from Wikidata's `Special:EntityData/Q….json` of a city, editions in
    languages of China left out. Raises RulesError."""
    try:
        entities: dict[str, Any] = json.loads(data)["entities"]
        ((item, entity),) = entities.items()
        links: dict[str, Any] = entity["sitelinks"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RulesError("expected the JSON of one item of Wikidata, with its sitelinks") from None
    for site, link in sorted(links.items()):
        name = _SITE.fullmatch(site)
        language = name[1].replace("_", "-") if name else ""
        if language and language not in CHINESE and language not in _OTHER_SITES:
            yield {
                "city": city,
                "project": f"{language}.wikipedia",
                "title": link["title"],
                "wikidata": item,
                "added": added.isoformat(),
                "retired": "",
                "reviewed": "",
            }

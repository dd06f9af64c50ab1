"""Outlets by dated lists: which country, home or abroad, mainstream. Pure but for loading."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from media.errors import RulesError

if TYPE_CHECKING:
    from tldextract import TLDExtract

OUTLETS = Path(__file__).with_name("rules") / "outlets.csv"
_COLUMNS = (
    "domain",
    "name",
    "country",
    "kind",
    "state",
    "mainstream",
    "basis",
    "added",
    "retired",
    "reviewed",
)
_KINDS = ("agency", "broadcaster", "paper", "magazine", "digital")
_FIPS = re.compile(r"[A-Z]{2}")
HOME = frozenset({"CH"})
"""FIPS codes of home; Hong Kong (HK), Macao (MC) and Taiwan (TW) can be added by a setting."""
UNKNOWN, CONFLICTING = "unknown", "conflicting"


@dataclass(frozen=True, slots=True)
class Outlet:
    """One row of the list."""

    domain: str
    """Registrable domain."""
    name: str
    country: str
    """FIPS 10-4, as GDELT writes it."""
    kind: str
    state: bool
    """State media of home, wherever it writes."""
    mainstream: bool
    added: date
    """The row holds from this day on; those of the first edition from the start of GDELT 2.0."""
    retired: date | None
    reviewed: date | None
    """When an editor checked the row last; None: nobody did."""

    def on_list(self, at: date) -> bool:
        """Whether the row holds on a day."""
        return self.added <= at and (self.retired is None or at < self.retired)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article comes from, and by which source that is known."""

    domain: str
    country: str
    """FIPS 10-4, `unknown` or `conflicting`."""
    by: str
    home: bool
    mainstream: bool


@dataclass(frozen=True, slots=True)
class OutletList:
    """The list and the switches under which it is used."""

    outlets: Mapping[str, Outlet]
    sha256: str
    home: Collection[str] = HOME
    state_is_home: bool = True

    @property
    def id(self) -> str:
        """Number of rows, hash, and how many were reviewed, as results name it."""
        reviewed = sum(one.reviewed is not None for one in self.outlets.values())
        return f"outlets {len(self.outlets)} {self.sha256[:12]}, {reviewed} reviewed"

    def origin(
        self, host: str, at: datetime, by_url: Iterable[str], by_host: Iterable[str]
    ) -> Origin:
        """An article's origin; `by_url` and `by_host` are the countries that GDELT's geographic
        graph gives for its address, and for its host that day.

        Several of them are a conflict, which no other source settles; the list comes last.
        """
        domain = registrable(host)
        outlet = self.outlets.get(domain)
        if outlet is not None and not outlet.on_list(at.date()):
            outlet = None
        country, by = _country(set(by_url), set(by_host), outlet)
        own = self.state_is_home and outlet is not None and outlet.state
        home = own or country in self.home or domain.rpartition(".")[2] == "cn"
        return Origin(domain, country, by, home, outlet is not None and outlet.mainstream)


def _country(by_url: set[str], by_host: set[str], outlet: Outlet | None) -> tuple[str, str]:
    for codes, source in ((by_url, "GGG address"), (by_host, "GGG host")):
        known = {code for code in codes if code}
        if len(known) == 1:
            return known.pop(), source
        if known:
            return CONFLICTING, f"{source}: {', '.join(sorted(known))}"
    return (outlet.country, "list") if outlet is not None else (UNKNOWN, "no source")


@cache
def _suffixes() -> TLDExtract:
    """The public suffix list that the package ships; nothing is fetched."""
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def registrable(host: str) -> str:
    """The domain that somebody registered: `news.bbc.co.uk` is of `bbc.co.uk`."""
    name = host.strip().lower().rstrip(".").partition(":")[0]
    return _suffixes()(name).top_domain_under_public_suffix or name


def load_outlets(path: Path = OUTLETS, home: Collection[str] = HOME) -> OutletList:
    """Raises RulesError naming file, line and column."""
    try:
        data = path.read_bytes()
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        if tuple(rows.fieldnames or ()) != _COLUMNS:
            raise RulesError(f"{path}, line 1: expected the columns {', '.join(_COLUMNS)}")
        outlets: dict[str, Outlet] = {}
        for row in rows:
            outlet = _outlet(row, f"{path}, line {rows.line_num}")
            if outlet.domain in outlets:
                raise RulesError(f"{path}, line {rows.line_num}: {outlet.domain} is there before")
            outlets[outlet.domain] = outlet
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    return OutletList(outlets, hashlib.sha256(data).hexdigest(), home)


def _outlet(row: Mapping[str, str], where: str) -> Outlet:
    if None in row or None in row.values():
        raise RulesError(f"{where}: expected {len(_COLUMNS)} cells")
    if not row["domain"] or not _FIPS.fullmatch(row["country"]) or row["kind"] not in _KINDS:
        raise RulesError(
            f"{where}: expected a domain, a country in FIPS 10-4 and one of {', '.join(_KINDS)}"
        )
    if {row["state"], row["mainstream"]} - {"0", "1"}:
        raise RulesError(f"{where}: state and mainstream are 0 or 1")
    return Outlet(
        row["domain"].lower(),
        row["name"],
        row["country"],
        row["kind"],
        row["state"] == "1",
        row["mainstream"] == "1",
        _day(row["added"], f"{where}: added"),
        _day(row["retired"], f"{where}: retired") if row["retired"] else None,
        _day(row["reviewed"], f"{where}: reviewed") if row["reviewed"] else None,
    )


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RulesError(f"{where}: {text!r} is no day such as 2026-11-29") from None

"""What the platforms charge and allow, as dated data with its sources (`prices.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from model.platform import PLATFORMS, PlatformName

PRICES = Path(__file__).with_name("prices.toml")
Billing = Literal["calls", "ids", "resources"]
Counted = Literal["units", "posts", "rows", "timeline", "profile"]
"""What a limit counts: units, posts read, rows answered, or the calls of one kind of visit."""
Span = Literal["quarter", "hour", "day", "month"]
"""The stretch over which a limit counts; a quarter is one of an hour."""
Entry = TypeVar("Entry", "Price", "Limit")
_FROM = {"since": "from"}


class TariffError(ValueError):
    """The data cannot be understood; the text names file and key."""


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_FROM):
    """US dollars for one post or user read."""

    subject: Literal["post", "user"]
    dollars: float
    since: date | None = None
    noted: date
    source: str


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_FROM):
    """The most that a platform allows one credential within a stretch of time."""

    what: str
    units: int
    of: Counted = "units"
    per: Span
    zone: str = "UTC"
    hard: bool = False
    """Whether further calls are refused, so that plans must fit into it."""
    since: date | None = None
    noted: date
    source: str


class Tariff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One platform's."""

    unit: str
    """What one unit of the ledger is, for people."""
    billing: Billing
    together: int = 1
    """Most accounts whose timelines are read as one."""
    query_days: int | None = None
    """Most days of one query, the first and the last one included."""
    videos_apart: bool = False
    """Whether an account with videos in the window takes a further call for their views."""
    price: tuple[Price, ...] = ()
    limit: tuple[Limit, ...] = ()

    def dollars(self, subject: str, on: date) -> float:
        """What one post or user costs on a day; nothing where no price is known."""
        known = [price for price in self.price if price.subject == subject]
        return _current(known, on).dollars if known else 0.0

    def limits(self, on: date) -> tuple[Limit, ...]:
        """The limits in force on a day."""
        names = dict.fromkeys(limit.what for limit in self.limit)
        alike = ([one for one in self.limit if one.what == name] for name in names)
        return tuple(_current(entries, on) for entries in alike)

    def daily(self, on: date) -> Limit | None:
        """The limit into which each day's plan must fit."""
        for limit in self.limits(on):
            if limit.hard and limit.per == "day":
                return limit
        return None


def _current(entries: Sequence[Entry], on: date) -> Entry:
    """The last entry that is in force; before the first one begins, the first one."""
    begun = [entry for entry in entries if entry.since is None or entry.since <= on]
    return begun[-1] if begun else entries[0]


@cache
def tariffs(path: Path = PRICES) -> dict[PlatformName, Tariff]:
    """All platforms' tariffs. Raises TariffError."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        found = msgspec.convert(document, dict[str, Tariff])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TariffError(f"{path.name}: {error}") from error
    missing = [name for name in PLATFORMS if name not in found]
    if missing or len(found) != len(PLATFORMS):
        raise TariffError(f"{path.name}: expected the platforms {', '.join(PLATFORMS)}")
    return {name: found[name] for name in PLATFORMS}

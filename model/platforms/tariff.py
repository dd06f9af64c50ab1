"""What a platform charges and allows: dated entries, each with its source.

Newer entries stand below older ones; the last one whose date has come is in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypeVar

import msgspec

Billing = Literal["calls", "ids", "resources"]
"""What one unit of the ledger is: `calls` - every call; `ids` - every id that a call asks for;
`resources` - every post or user that is answered, once a day of the platform."""
Counted = Literal["units", "posts", "rows", "timeline", "profile"]
"""What a limit counts: units, posts read, rows answered, or the calls of one kind of visit."""
Span = Literal["quarter", "hour", "day", "month"]
"""The length of time over which a limit counts; a quarter is one of an hour."""
_Entry = TypeVar("_Entry", "Price", "Limit")


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars for one post or user read."""

    subject: Literal["post", "user"]
    dollars: float
    since: date | None = None
    """The day it came into force, as far as that is known."""
    noted: date
    """The day it was read from the source."""
    source: str


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The most that a platform allows one credential within a length of time."""

    what: str
    units: int
    of: Counted = "units"
    per: Span
    hard: bool = False
    """Whether further calls are refused, so that plans must fit into it."""
    since: date | None = None
    noted: date
    source: str


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """What one platform charges and allows."""

    unit: str
    """What one unit of the ledger is, for people."""
    billing: Billing
    zone: str = "UTC"
    """The zone at whose midnight the platform's day begins."""
    together: int = 1
    """Most accounts whose timelines are read as one."""
    query_days: int | None = None
    """Most days of one query, the first and the last one included."""
    videos_apart: bool = False
    """Whether an account with videos in the window takes a further call for their views."""
    prices: tuple[Price, ...] = ()
    dated_limits: tuple[Limit, ...] = ()

    def dollars(self, subject: str, on: date) -> float:
        """What one post or user costs on a day; 0 where no price is known."""
        known = [price for price in self.prices if price.subject == subject]
        return _current(known, on).dollars if known else 0.0

    def queries(self, first: date, last: date) -> int:
        """Into how many queries the days from first to last fall, both included."""
        if self.query_days is None:
            return 1
        return -(-((last - first).days + 1) // self.query_days)

    def limits(self, on: date) -> tuple[Limit, ...]:
        """The limits in force on a day."""
        names = dict.fromkeys(limit.what for limit in self.dated_limits)
        alike = ([limit for limit in self.dated_limits if limit.what == name] for name in names)
        return tuple(_current(entries, on) for entries in alike)

    def daily(self, on: date) -> Limit | None:
        """The limit of units into which each day's plan must fit."""
        for limit in self.limits(on):
            if limit.hard and limit.per == "day" and limit.of == "units":
                return limit
        return None


def _current(entries: Sequence[_Entry], on: date) -> _Entry:
    """The last entry that is in force; before the first one begins, the first one."""
    begun = [entry for entry in entries if entry.since is None or entry.since <= on]
    return begun[-1] if begun else entries[0]

"""A counter of an account day by day, for charts: what was not read is a gap, never a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from model.platforms import FACTS
from model.platforms.definitions import Definition, breaks_of


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each day from the first reading to the last; None where none was read."""

    days: tuple[date, ...]
    """In the months' zone."""
    values: tuple[int | None, ...]
    breaks: tuple[Definition, ...]
    """Changes of what the counter means within these days."""

    @property
    def unread(self) -> int:
        """Days without a value."""
        return sum(value is None for value in self.values)


def daily_series(
    readings: Iterable[Mapping[str, Any]], platform: str, counter: str, zone: str
) -> Series:
    """The last reading of each day, from stored readings in order of time."""
    where = ZoneInfo(zone)
    read = {one["slot"].astimezone(where).date(): one["counts"].get(counter) for one in readings}
    if not read:
        return Series((), (), ())
    first, last = min(read), max(read)
    days = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    breaks = breaks_of(FACTS[platform].definitions, "account", counter)
    within = tuple(one for one in breaks if one.lies_within(first, last))
    return Series(days, tuple(read.get(day) for day in days), within)

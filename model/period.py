"""A calendar month in a stated zone, with the instant as of which its counts are taken."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

DEFAULT_ZONE = "Asia/Shanghai"
DEFAULT_DELAY = timedelta(days=3)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Half-open [start, end) in UTC; made once and passed everywhere."""

    name: str
    """`YYYY-MM`"""
    tz: str
    start: datetime
    end: datetime
    cutoff: datetime

    @classmethod
    def month(cls, name: str, tz: str = DEFAULT_ZONE, delay: timedelta = DEFAULT_DELAY) -> Self:
        """The month `YYYY-MM`. Raises ValueError saying what was expected."""
        match = _MONTH.fullmatch(name)
        if match is None:
            raise ValueError(f"period {name!r}: expected YYYY-MM, for instance 2025-05")
        zone = _zone(tz)
        year, month = int(match[1]), int(match[2])
        following = (year + month // 12, month % 12 + 1)
        if year < 1 or following[0] > 9999:
            raise ValueError(f"period {name!r}: the year is out of range")
        start = datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
        end = datetime(*following, 1, tzinfo=zone).astimezone(UTC)
        return cls(name=name, tz=tz, start=start, end=end, cutoff=end + delay)

    @classmethod
    def containing(
        cls, instant: datetime, tz: str = DEFAULT_ZONE, delay: timedelta = DEFAULT_DELAY
    ) -> Self:
        """The month in which an instant lies."""
        local = instant.astimezone(_zone(tz))
        return cls.month(f"{local:%Y-%m}", tz, delay)

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def following(self) -> Self:
        """The next month, with the same zone and delay."""
        return self.containing(self.end, self.tz, self.cutoff - self.end)

    def previous(self) -> Self:
        """The month before, with the same zone and delay."""
        return self.containing(self.start - timedelta(seconds=1), self.tz, self.cutoff - self.end)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"time zone {name!r}: expected an IANA name such as {DEFAULT_ZONE}"
        ) from error

"""The months of one time zone, each with its cut-off the same time after its end."""

from __future__ import annotations

from datetime import datetime, timedelta

from model.period import DEFAULT_DELAY, DEFAULT_ZONE, Period

_REMEMBERED = 12


class Months:
    """Finds months; remembers the last ones it made, as most instants asked about lie in few."""

    def __init__(self, zone: str = DEFAULT_ZONE, delay: timedelta = DEFAULT_DELAY) -> None:
        """`zone`: an IANA name; `delay`: from a month's end to its cut-off."""
        self.zone = zone
        self.delay = delay
        self._made: list[Period] = []

    @classmethod
    def of_period(cls, period: Period) -> Months:
        """The months to which a period belongs."""
        return cls(period.tz, period.cutoff - period.end)

    def containing(self, instant: datetime) -> Period:
        """The month in which an instant lies."""
        for period in self._made:
            if instant in period:
                return period
        period = Period.containing(instant, self.zone, self.delay)
        self._made = [period, *self._made[: _REMEMBERED - 1]]
        return period

    def named(self, name: str) -> Period:
        """The month `YYYY-MM`. Raises ValueError saying what was expected."""
        return Period.month(name, self.zone, self.delay)

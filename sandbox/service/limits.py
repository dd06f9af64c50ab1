"""The platforms' limits, all adjustable, and how much of them is used up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar, cast
from zoneinfo import ZoneInfo

import msgspec

from sandbox.world.model import SECOND, to_moment

_PACIFIC = ZoneInfo("America/Los_Angeles")
HOUR = 3600 * SECOND
DAY = 24 * HOUR


class PlatformLimits(msgspec.Struct, forbid_unknown_fields=True):
    """What one API allows one credential; each API has a subclass in its own folder."""

    prefix: ClassVar[str]
    """Stands before the fields' names in the JSON of `/_sandbox/limits`."""


_Kind = TypeVar("_Kind", bound=PlatformLimits)


class LimitSet:
    """The limits of all platforms. Each class of limits has one value, changed by name."""

    def __init__(self, kinds: Iterable[type[PlatformLimits]]) -> None:
        self._limits: dict[type[PlatformLimits], PlatformLimits] = {kind: kind() for kind in kinds}

    def of(self, kind: type[_Kind]) -> _Kind:
        """The value of one class of limits."""
        return cast(_Kind, self._limits[kind])

    def shown(self) -> dict[str, Any]:
        """All limits, as `PREFIX_FIELD`."""
        return {
            f"{kind.prefix}_{name}": value
            for kind, held in self._limits.items()
            for name, value in msgspec.to_builtins(held).items()
        }

    def change(self, changes: dict[str, Any]) -> None:
        """Sets the named limits, or none of them. Raises msgspec.ValidationError."""
        unknown = sorted(changes.keys() - self.shown().keys())
        if unknown:
            raise msgspec.ValidationError(f"Object contains unknown field `{unknown[0]}`")
        self._limits = {kind: _changed(held, changes) for kind, held in self._limits.items()}


def _changed(held: PlatformLimits, changes: dict[str, Any]) -> PlatformLimits:
    named = {
        name: changes[key]
        for name in held.__struct_fields__
        if (key := f"{held.prefix}_{name}") in changes
    }
    try:
        return msgspec.convert({**msgspec.to_builtins(held), **named}, type(held))
    except msgspec.ValidationError as error:
        path = f"`$.{held.prefix}_"
        raise msgspec.ValidationError(str(error).replace("`$.", path)) from error


class WindowTotals:
    """Amounts used per key within a fixed window: a quarter of an hour, a day, a month."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[object, int]] = {}

    def add(self, key: str, window: object, amount: int) -> int:
        """Adds to the window's amount and gives the sum; another window starts at nothing."""
        held, used = self._used.get(key, (window, 0))
        total = used + amount if held == window else amount
        self._used[key] = (window, total)
        return total

    def of(self, key: str, window: object) -> int:
        """The amount used within this window."""
        held, used = self._used.get(key, (window, 0))
        return used if held == window else 0


class RollingTotals:
    """Calls within the last `span` microseconds."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._calls: dict[str, deque[tuple[int, int]]] = {}
        self._sums: dict[str, int] = {}

    def add(self, key: str, now: int, amount: int) -> int:
        """Notes calls made at `now` and gives how many the span holds."""
        self._calls.setdefault(key, deque()).append((now, amount))
        self._sums[key] = self.of(key, now) + amount
        return self._sums[key]

    def of(self, key: str, now: int) -> int:
        """How many calls the span holds, without those that left it. A clock set back counts."""
        calls = self._calls.get(key)
        total = self._sums.get(key, 0)
        while calls and not now - self._span < calls[0][0]:
            total -= calls.popleft()[1]
        self._sums[key] = total
        return total

    def until_free(self, key: str, now: int) -> int:
        """Microseconds until the oldest call leaves the span."""
        calls = self._calls.get(key)
        return max(calls[0][0] + self._span - now, 0) if calls else 0


def quarter(now: int, seconds: int) -> int:
    """The number of the fixed window of so many seconds."""
    return now // (seconds * SECOND)


def utc_day(now: int) -> int:
    """The number of the UTC day."""
    return now // DAY


def utc_month(now: int) -> str:
    """The UTC month."""
    return f"{to_moment(now):%Y-%m}"


def pacific_day(now: int) -> str:
    """The date in Pacific time, at whose midnight YouTube's quota is reset."""
    return f"{to_moment(now).astimezone(_PACIFIC):%Y-%m-%d}"

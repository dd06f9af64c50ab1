"""The one place where the time of day is read; everything else is handed a `model.Clock`."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from model.clock import Clock

_SETTLED_NS = 100_000_000
"""A file younger than this may change again without a new time stamp, so it is read each time."""


class ClockError(ValueError):
    """The file of a simulated clock is missing or does not hold an instant."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Reading:
    stamp: tuple[int, int, int]
    instant: datetime


class FileClock:
    """Simulated time that several processes share: the instant that a small file holds.

    The clock stands still until somebody calls `set_file_clock`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: _Reading | None = None

    def now(self) -> datetime:
        """The instant in the file, in UTC. Raises ClockError if there is none."""
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
            if self._last is not None and self._last.stamp == stamp:
                return self._last.instant
            instant = _parse(self.path.read_text(encoding="utf-8"), self.path)
        except (OSError, UnicodeDecodeError) as error:
            raise ClockError(f"{self.path}: the simulated clock cannot be read: {error}") from error
        self._last = _Reading(stamp, instant) if _settled(status.st_mtime_ns) else None
        return instant


def _settled(modified_ns: int) -> bool:
    return time.time_ns() - modified_ns > _SETTLED_NS


def _parse(text: str, path: Path) -> datetime:
    expected = f"{path}: expected an instant such as 2025-05-01T00:00:00Z, got {text[:40]!r}"
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ClockError(expected) from error
    if instant.tzinfo is None:
        raise ClockError(f"{expected}, which names no time zone")
    return instant.astimezone(UTC)


def set_file_clock(path: Path, instant: datetime) -> None:
    """Moves the clock. Readers see the old instant or the new one, never a part of either.

    Raises ClockError for an instant without a time zone or a place that cannot be written.
    """
    if instant.tzinfo is None:
        raise ClockError(f"{path}: expected an aware instant, got {instant.isoformat()}")
    text = instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text + "\n")
    except OSError as error:
        raise ClockError(f"{path}: the simulated clock cannot be written: {error}") from error


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def clock_from(path: Path | None) -> Clock:
    """The clock in a file if one is named, otherwise the machine's."""
    return SystemClock() if path is None else FileClock(path)

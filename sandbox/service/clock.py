"""The sandbox's own time: set from outside, and optionally running along with real time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.world.model import to_instant

Monotonic = Callable[[], float]


class SandboxClock:
    """Stands still at `now` (rate 0), or runs `rate` times as fast as the monotonic source."""

    def __init__(
        self, now: datetime, *, rate: float = 0.0, monotonic: Monotonic = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._base = now
        self._since = monotonic()
        self.rate = rate

    def now(self) -> datetime:
        """The sandbox's present, UTC."""
        if self.rate == 0.0:
            return self._base
        elapsed = self._monotonic() - self._since
        return self._base + timedelta(seconds=elapsed * self.rate)

    def instant(self) -> int:
        """The sandbox's present in microseconds since 1970."""
        return to_instant(self.now())

    def set(self, now: datetime, rate: float | None = None) -> None:
        """Moves the clock, to any time; without `rate` it goes on as it did."""
        self._base = now
        self._since = self._monotonic()
        if rate is not None:
            self.rate = rate

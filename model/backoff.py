"""Growing pauses between the attempts at something that fails."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_STEPS = 30
"""Beyond these the power would overflow, and the longest pause was reached long before."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds: `first`, then `factor` times as long after each failure, at most `most`."""

    first: float = 1.0
    factor: float = 2.0
    most: float = 60.0

    def delay(self, failures: int) -> float:
        """The pause after this many failures in a row before the present one."""
        return min(self.most, self.first * self.factor ** min(failures, _MOST_STEPS))

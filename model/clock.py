"""The clock as the rest of the project sees it; the real one is read in
`operations.running.clock` alone."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; injected wherever time matters."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

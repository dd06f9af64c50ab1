"""What was worked out lately: kept for a while, at most so many, those asked for least dropped."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class Lately:
    """Values by key, each with the instant it was made (monotonic seconds)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], Any], seconds: float) -> Any:
        """What `make` gave within the last seconds, else what it gives now."""
        now = time.monotonic()
        with self._lock:
            found = self._kept.pop(key, None)
            if found is not None and now - found[0] < seconds:
                self._kept[key] = found
                return found[1]
        value = make()
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = now, value
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return value

    def clear(self) -> None:
        """Nothing of what was made before is given any more."""
        with self._lock:
            self._kept.clear()

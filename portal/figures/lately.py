"""What was worked out lately: kept for a while, at most so many, those asked for least dropped."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from typing import Any


class Lately:
    """Values by key, each with the instant it was made (monotonic seconds)."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], Any], seconds: float) -> Any:
        """What `make` gave within the last seconds, else what it gives now."""
        return self.each([key], lambda _: {key: make()}, seconds)[key]

    def each(
        self,
        keys: Iterable[Hashable],
        make: Callable[[list[Any]], Mapping[Any, Any]],
        seconds: float,
    ) -> dict[Any, Any]:
        """The same of several at once: `make` is asked for all those that lack."""
        now, found, lacking = time.monotonic(), {}, []
        with self._lock:
            for key in keys:
                kept = self._kept.pop(key, None)
                if kept is not None and now - kept[0] < seconds:
                    self._kept[key] = kept
                    found[key] = kept[1]
                else:
                    lacking.append(key)
        if lacking:
            made = make(lacking)
            self._keep(now, made)
            found |= made
        return found

    def _keep(self, now: float, made: Mapping[Any, Any]) -> None:
        with self._lock:
            for key, value in made.items():
                self._kept.pop(key, None)
                self._kept[key] = now, value
            while len(self._kept) > self.most:
                del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        """Nothing of what was made before is given any more."""
        with self._lock:
            self._kept.clear()

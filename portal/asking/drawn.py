"""Parts of pages that were drawn lately, for all readers; those asked for least are dropped."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Any

_TABLES = 32
"""Each some hundred kilobytes."""


class Drawn:
    """By table, its rows as they stand on the page."""

    def __init__(self) -> None:
        self._tables: dict[Hashable, dict[Any, Any]] = {}
        self._lock = Lock()

    def of(self, key: Hashable) -> dict[Any, Any]:
        """What was drawn of a table, to be added to. `key` changes with all that it shows."""
        with self._lock:
            found = self._tables.pop(key, None) or {}
            self._tables[key] = found
            if len(self._tables) > _TABLES:
                del self._tables[next(iter(self._tables))]
        return found

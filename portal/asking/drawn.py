"""Tables that were drawn lately, for all readers: packed, and unpacked where they are asked for
often; those asked for least are dropped."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Mapping
from threading import Lock

_PACKED = 120
"""Tables of some forty kilobytes."""
_OPEN = 12
"""Tables of some two hundred kilobytes, half a megabyte where they are in Chinese."""
_END = "\0"
"""Stands between two rows; in none of them."""


class Drawn:
    """By table, its rows by name as they stand on the page."""

    def __init__(self) -> None:
        self._packed: dict[Hashable, tuple[tuple[str, ...], bytes]] = {}
        self._open: dict[Hashable, Mapping[str, str]] = {}
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
        """A table's rows; `make` draws them where they are not there. `key` changes with all that
        the table shows."""
        with self._lock:
            found = self._open.pop(key, None)
            if found is not None:
                self._open[key] = found
                return found
            packed = self._packed.pop(key, None)
        if packed is None:
            found = make()
            packed = tuple(found), zlib.compress(_END.join(found.values()).encode(), 1)
        else:
            rows = zlib.decompress(packed[1]).decode().split(_END)
            found = dict(zip(packed[0], rows, strict=True))
        with self._lock:
            self._packed[key], self._open[key] = packed, found
            for kept, most in ((self._packed, _PACKED), (self._open, _OPEN)):
                while len(kept) > most:
                    del kept[next(iter(kept))]
        return found

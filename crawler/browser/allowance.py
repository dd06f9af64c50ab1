"""How much of what pages fetch is kept at once: of one page, and of all pages of a process."""

from __future__ import annotations

from scrapy.exceptions import DownloadCancelledError, DownloadFailedError

_MB = 1024 * 1024
LONGEST = 32 * _MB
"""Bytes of one answer."""
MOST_RECEIVED = 192 * _MB
"""Bytes of all that a page fetches, decompressed, its scripts and styles among them."""
MOST_OF_A_PAGE = 64 * _MB
MOST_OF_ALL = 256 * _MB


class Allowance:
    """Of one process: what all pages that are open hold together."""

    def __init__(self, most: int = MOST_OF_ALL) -> None:
        self._most = most
        self.held = 0
        """Bytes."""

    def take(self, size: int) -> None:
        """Raises DownloadFailedError where others hold too much: later there may be room."""
        if self.held + size > self._most:
            raise DownloadFailedError("the pages that are open hold too much for another answer")
        self.held += size

    def give_back(self, size: int) -> None:
        """What a page has let go."""
        self.held -= size


class Share:
    """What one page holds of an allowance."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._held = 0

    def take(self, size: int) -> None:
        """Raises DownloadCancelledError for more than a page may fetch, and as `Allowance`."""
        if size > LONGEST or self._held + size > MOST_OF_A_PAGE:
            raise DownloadCancelledError(f"a page fetched more than {MOST_OF_A_PAGE // _MB} MB")
        self._allowance.take(size)
        self._held += size

    def end(self) -> None:
        """Lets everything go."""
        self._allowance.give_back(self._held)
        self._held = 0

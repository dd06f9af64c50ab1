"""robots.txt (RFC 9309): read once a day for each host, and asked before a page is opened."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from protego import Protego

from crawler.errors import GiveUp, Retry
from model.messages import Outcome

Get = Callable[[str], Awaitable[tuple[int, str, bytes]]]
"""Fetches an address: status, `Location`, body. Raises Retry if nothing can be had."""
_KEEP = 86_400.0
_REDIRECTS = 5
_LONGEST = 500 * 1024
"""Bytes that count, as RFC 9309 has it."""
_LONGEST_DELAY = 120.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host's robots.txt says to one agent."""

    agent: str
    parsed: Protego | None
    """None: there is none, so nothing is forbidden."""

    def allows(self, url: str) -> bool:
        """Whether the page may be opened."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, self.agent))

    @property
    def delay(self) -> float:
        """Seconds that it wants between two pages; never more than two minutes."""
        wanted = self.parsed.crawl_delay(self.agent) if self.parsed is not None else None
        return min(float(wanted), _LONGEST_DELAY) if wanted is not None else 0.0


class Robots:
    """The rules of all hosts that were asked about."""

    def __init__(self, agent: str, get: Get) -> None:
        self._agent = agent
        self._get = get
        self._known: dict[str, tuple[float, Rules]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def rules(self, url: str) -> Rules:
        """Those of the page's host. Raises Retry while they cannot be read: then nothing is open;
        GiveUp where they lead to another site.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        clock = asyncio.get_running_loop().time
        async with self._locks[origin]:
            known = self._known.get(origin)
            if known is not None and clock() < known[0]:
                return known[1]
            rules = await self._read(origin)
            self._known[origin] = (clock() + _KEEP, rules)
            return rules

    async def _read(self, origin: str) -> Rules:
        address = f"{origin}/robots.txt"
        for _ in range(_REDIRECTS):
            status, location, body = await self._get(address)
            if not 300 <= status < 400 or not location:
                break
            address = _within_site(address, urljoin(address, location))
        if status == 429 or status >= 500:
            detail = f"{origin}/robots.txt cannot be read: HTTP {status}"
            raise Retry(Outcome.SERVER_ERROR, detail)
        if status != 200:
            return Rules(self._agent, None)
        text = body[:_LONGEST].decode("utf-8", "replace")
        return Rules(self._agent, Protego.parse(text))


def _within_site(asked: str, led: str) -> str:
    """Where a redirect leads. Raises GiveUp for another site, or another scheme than https.

    RFC 9309 allows other hosts; whoever answers for the platform must not make us open them.
    """
    before, after = urlsplit(asked), urlsplit(led)
    same_site = _bare_host(before.hostname) == _bare_host(after.hostname)
    same_scheme = after.scheme in (before.scheme, "https")
    if not same_site or not same_scheme or before.port != after.port:
        detail = f"{asked} leads to another place: {after.scheme}://{after.netloc}"
        raise GiveUp(Outcome.FORBIDDEN, detail)
    return led


def _bare_host(host: str | None) -> str:
    return (host or "").removeprefix("www.").removeprefix("m.")

"""Limits on opening public pages: robots.txt of their sites, and a pause between two pages."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Protocol
from urllib.parse import urlsplit

from crawler.config import PlatformConfig
from crawler.engine.robots import Get, Robots
from crawler.errors import GiveUp
from model.messages import Outcome


class Pace(Protocol):
    """Keeps the rate of a host."""

    async def turn(self, host: str, interval: float) -> None:
        """Returns when the host's next page may be opened, `interval` seconds after the last."""
        ...


class OwnPace:
    """The pace of this process alone, for visits that are made by hand."""

    def __init__(self) -> None:
        self._next: defaultdict[str, float] = defaultdict(float)

    async def turn(self, host: str, interval: float) -> None:
        """Turns come in the order in which they are asked for."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next[host])
        self._next[host] = at + interval
        await asyncio.sleep(at - now)


class Courtesy:
    """Asked before each page of one platform."""

    def __init__(self, config: PlatformConfig, agent: str, get: Get, pace: Pace) -> None:
        self._config = config
        self._agent = agent
        self._robots = Robots(agent, get)
        self._pace = pace

    async def before(self, url: str) -> None:
        """Returns when the page may be opened.

        Raises GiveUp where robots.txt forbids it, Retry where that cannot be found out. What a page
        fetches for itself is not asked about: it is part of showing the page.
        """
        host, interval = urlsplit(url).netloc, self._config.web_pause
        if self._config.robots and host not in self._config.robots_free:
            rules = await self._robots.rules(url)
            if not rules.allows(url):
                path = urlsplit(url).path
                detail = f"robots.txt of {host} does not let {self._agent} open {path}"
                raise GiveUp(Outcome.FORBIDDEN, detail)
            interval = max(interval, rules.delay)
        await self._pace.turn(host, interval)

"""The spiders: one for each platform, and one that makes all platforms' visits by public pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Self

import scrapy
from scrapy.crawler import Crawler
from scrapy.http import Response

from bus.lease import Lease
from crawler.browser import BROKEN, PAGES
from crawler.browser.memory import MemoryLimit, memory_below
from crawler.engine.bus_worker import BusWorker
from crawler.engine.context import CrawlParts, Recycling
from crawler.engine.fetcher import Download, Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.sinks import FeedSink
from model.messages import Visit, VisitKind, Window


class VisitSpider(scrapy.Spider):
    """One platform. Without arguments it works from the bus until it is stopped.

    With `-a account=ID` it makes one visit of each kind, and Scrapy's feeds get the rows:
    `scrapy crawl x -a account=1234 -a handle=CityName -a days=7 -O rows.jsonl`.
    """

    def __init__(
        self, parts: CrawlParts, account: str = "", handle: str = "", days: str = "31"
    ) -> None:
        super().__init__(name=parts.platform.name)
        self.parts = parts
        self.stopping = asyncio.Event()
        self._by_hand = (account, handle or account, int(days)) if account else None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Gets its parts from the factory in the setting CITYREACH_PARTS."""
        parts = crawler.settings["CITYREACH_PARTS"](cls.name)
        spider = cls(parts, *args, **kwargs)
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Never yields requests: visits are carried out as they are leased."""
        if self._by_hand is None:
            await BusWorker(self.parts, download_of(self), self.stopping).run()
        else:
            async for row in self._one_account(*self._by_hand):
                yield row

    def ask_to_stop(self) -> None:
        """Takes no more visits; those that run are given a moment, then back to the others."""
        self.stopping.set()

    async def _one_account(
        self, account: str, handle: str, days: int
    ) -> AsyncIterator[dict[str, Any]]:
        sink, now = FeedSink(), self.parts.clock.now()
        window = Window(now - timedelta(days=days), now)
        visits = [
            Visit(
                platform=self.parts.platform.name,
                account=account,
                handle=handle,
                kind=kind,
                slot=now,
                window=window if kind is VisitKind.TIMELINE else None,
                route=self.parts.route,
            )
            for kind in (VisitKind.PROFILE, VisitKind.TIMELINE)
        ]
        fetcher = Fetcher(self.parts, download_of(self), sink)
        for visit in visits:
            await GroupRun(self.parts, fetcher, sink, [Lease("", visit)]).run()
        await sink.rows.put(None)
        while (row := await sink.rows.get()) is not None:
            yield row


class WebSpider(scrapy.Spider):
    """The visits of several platforms by their public pages, in one process with one browser.

    When `recycling` says so it finishes its visits and ends, to be started again: long-lived
    browsers grow. `recycled` is then set. With a browser that never opened a page it ends as well,
    and `useless` is set.
    """

    name = "web"

    def __init__(self, parts: Sequence[CrawlParts], recycling: Recycling) -> None:
        super().__init__()
        self.stopping = asyncio.Event()
        self.recycled = self.useless = False
        self._parts = parts
        self._recycling = recycling
        self._works: list[BusWorker] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Gets its parts from the factory in CITYREACH_PARTS, for those in CITYREACH_PLATFORMS."""
        del args, kwargs
        settings = crawler.settings
        parts = [settings["CITYREACH_PARTS"](name) for name in settings["CITYREACH_PLATFORMS"]]
        spider = cls(parts, settings["CITYREACH_RECYCLING"])
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Never yields requests: visits are carried out as they are leased."""
        download = download_of(self)
        self._works = [BusWorker(parts, download, self.stopping) for parts in self._parts]
        watching = asyncio.create_task(self._watch())
        limit = MemoryLimit(self._recycling.memory * 3 // 2)
        limit.start()
        try:
            await asyncio.gather(*(work.run() for work in self._works))
        finally:
            watching.cancel()
            limit.stop()
        rows: tuple[Any, ...] = ()
        for row in rows:
            yield row

    def ask_to_stop(self) -> None:
        """As of the other spiders, also while the last visits of a worn process run."""
        for work in self._works:
            work.drain = work.shortest_drain
        self.stopping.set()

    async def _watch(self) -> None:
        while not self._worn():
            await asyncio.sleep(self._recycling.look_every)
        stats = self.crawler.stats
        self.useless = stats is not None and not stats.get_value(PAGES) and self._broken()
        self.recycled = not self.useless
        for work in self._works:
            work.drain = self._recycling.drain
        self.stopping.set()

    def _broken(self) -> bool:
        stats = self.crawler.stats
        return stats is not None and bool(stats.get_value(BROKEN))

    def _worn(self) -> bool:
        if self._broken():
            return True
        if sum(work.finished for work in self._works) >= self._recycling.visits:
            return True
        return memory_below() > self._recycling.memory


def download_of(spider: scrapy.Spider) -> Download:
    """How the running spider's engine downloads a request.

    No more at a time than the engine sends: it takes the next request out of its own queue before
    the connection of the one before is free, and would open a new connection for each.
    """
    engine = spider.crawler.engine
    if engine is None:
        raise RuntimeError("a spider fetches only while its engine runs")
    running = asyncio.Semaphore(spider.crawler.settings.getint("CONCURRENT_REQUESTS"))

    async def download(request: scrapy.Request) -> Response:
        async with running:
            return await engine.download_async(request)

    return download

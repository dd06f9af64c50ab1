"""The spider: leases visits from its platform's stream and sees each to its outcome."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Self

import scrapy
from redis.exceptions import ResponseError
from scrapy.crawler import Crawler

from bus.connection import TROUBLE, connect_async
from bus.lease import HarvestIn, Lease, VisitLeases
from bus.ledger import Ledger
from crawler.fetcher import Fetcher
from crawler.outlet import BusOutlet, FeedOutlet, Outlet
from crawler.parts import CrawlParts
from crawler.runner import GroupRun
from model.messages import Outcome, Visit, VisitClosed, VisitKind, Window

log = logging.getLogger(__name__)

MOST_DELIVERIES = 5
"""A visit that so many crawlers took and none finished is given up, with that reason."""
_BLOCK_MS = 300
_PAUSE = 0.2


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
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Gets its parts from the factory in the setting CITYREACH_PARTS."""
        parts = crawler.settings["CITYREACH_PARTS"](cls.name)
        spider = cls(parts, *args, **kwargs)
        spider._set_crawler(crawler)
        return spider

    def _fetcher(self, outlet: Outlet) -> Fetcher:
        engine = self.crawler.engine
        if engine is None:
            raise RuntimeError("a spider fetches only while its engine runs")
        return Fetcher(self.parts, engine.download_async, outlet)

    async def start(self) -> AsyncIterator[Any]:
        """Never yields requests: visits are carried out as they are leased."""
        if self._by_hand is None:
            await self._work_from_bus()
        else:
            async for row in self._one_account(*self._by_hand):
                yield row

    async def _one_account(
        self, account: str, handle: str, days: int
    ) -> AsyncIterator[dict[str, Any]]:
        outlet, now = FeedOutlet(), self.parts.clock.now()
        window = Window(now - timedelta(days=days), now)
        visits = [
            Visit(platform=self.parts.platform.name, account=account, handle=handle, kind=kind,
                  slot=now, window=window if kind is VisitKind.TIMELINE else None)
            for kind in (VisitKind.PROFILE, VisitKind.TIMELINE)
        ]  # fmt: skip
        fetcher = self._fetcher(outlet)
        for visit in visits:
            await GroupRun(self.parts, fetcher, outlet, [Lease("", visit)]).run()
        await outlet.rows.put(None)
        while (row := await outlet.rows.get()) is not None:
            yield row

    async def _work_from_bus(self) -> None:
        client = connect_async(self.parts.redis_uri)
        lease_ms = int(self.parts.lease_seconds * 1000)
        leases = VisitLeases(client, self.parts.platform.name, self.parts.consumer, lease_ms)
        harvest = HarvestIn(client)
        outlet = BusOutlet(
            leases, harvest, Ledger(client, self.parts.platform.name), self.parts.clock
        )
        renewing = asyncio.create_task(self._renew(leases))
        try:
            await self._lease_and_run(leases, harvest, outlet)
            await self._drain()
        finally:
            renewing.cancel()
            for task in self._running:
                task.cancel()
            with contextlib.suppress(*TROUBLE):
                released = await leases.release()
                log.info("%s: stopped, %d visits given back", self.name, released)
            await client.aclose()

    async def _lease_and_run(self, leases: VisitLeases, harvest: HarvestIn, outlet: Outlet) -> None:
        fetcher = self._fetcher(outlet)
        known = False
        while not self.stopping.is_set():
            try:
                if not known:
                    await leases.open()
                    known = True
                free = self.parts.credit - leases.held
                if free <= 0 or await harvest.waiting() > self.parts.harvest_limit:
                    await asyncio.sleep(_PAUSE)
                    continue
                taken = await leases.take(free, _BLOCK_MS)
            except ResponseError:
                known = False  # Redis was emptied: stream and group have to be made again.
                await asyncio.sleep(_PAUSE)
            except TROUBLE as error:
                log.warning("%s: Redis is away (%s), trying again", self.name, error)
                await asyncio.sleep(1.0)
            else:
                await self._begin(taken, fetcher, outlet, leases)

    async def _begin(
        self, taken: Sequence[Lease], fetcher: Fetcher, outlet: Outlet, leases: VisitLeases
    ) -> None:
        """Groups what was leased and sets it going; visits no crawler ever finished are closed."""
        rest = []
        by_visit: dict[str, Lease] = {}
        for lease in taken:
            if lease.deliveries > MOST_DELIVERIES:
                await outlet.close(lease, self._given_up(lease))
            elif lease.visit.id in by_visit:
                rest.append(lease)
            else:
                by_visit[lease.visit.id] = lease
        visits = [lease.visit for lease in by_visit.values()]
        for group in self.parts.platform.groups(visits, self.parts.config):
            members = [by_visit[visit.id] for visit in group]
            run = GroupRun(self.parts, fetcher, outlet, members)
            task = asyncio.create_task(self._to_the_end(run, members, leases))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if rest:
            await self._begin(rest, fetcher, outlet, leases)

    async def _to_the_end(
        self, run: GroupRun, members: Sequence[Lease], leases: VisitLeases
    ) -> None:
        try:
            await run.run()
        except Exception:
            # The run itself failed, so nobody closed its visits: their leases must run out.
            log.exception("%s: a group of visits broke off", self.name)
            for lease in members:
                leases.drop(lease)

    def _given_up(self, lease: Lease) -> VisitClosed:
        return VisitClosed(
            visit=lease.visit,
            outcome=Outcome.GAVE_UP,
            detail=f"taken {lease.deliveries} times, finished never",
            observed_at=self.parts.clock.now(),
        )

    async def _renew(self, leases: VisitLeases) -> None:
        while True:
            await asyncio.sleep(self.parts.lease_seconds / 4)
            with contextlib.suppress(*TROUBLE):
                await leases.renew()

    async def _drain(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self.parts.patience.drain)

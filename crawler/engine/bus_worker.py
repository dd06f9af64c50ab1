"""Takes visits of one platform from the bus and sees each to its outcome."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

from redis.exceptions import ResponseError

from bus.connection import TROUBLE, connect_async
from bus.credentials import CredentialBoard
from bus.lease import HarvestIn, Lease, VisitLeases
from bus.ledger import Ledger
from bus.rate_limit import SharedPace
from crawler.engine.context import CrawlParts
from crawler.engine.fetcher import Download, Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.sinks import BusSink, Sink
from model.messages import Outcome, VisitClosed

log = logging.getLogger(__name__)

MOST_DELIVERIES = 5
"""A visit that so many crawlers took and none finished is given up, with that reason."""
_BLOCK_MS = 300
_PAUSE = 0.2
_PARTS_OF_CREDIT = 8


class Outage:
    """Whether Redis is away: said once when it begins, and once when it is over."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._away = False

    def lasts(self, error: Exception) -> None:
        """It cannot be reached."""
        if not self._away:
            log.warning("%s: Redis is away (%s), trying again", self._name, error)
        self._away = True

    def over(self) -> None:
        """It has answered."""
        if self._away:
            log.warning("%s: Redis is back", self._name)
        self._away = False


class BusWorker:
    """The visits of one platform and route, from when it starts until `stopping` is set."""

    def __init__(self, parts: CrawlParts, download: Download, stopping: asyncio.Event) -> None:
        self._parts = parts
        self._download = download
        self._stopping = stopping
        self._running: set[asyncio.Task[None]] = set()
        self.name = f"{parts.platform.name} ({parts.route})"
        self.shortest_drain = parts.patience.drain
        self.drain = self.shortest_drain
        """Seconds that running visits are given after a stop was asked for."""
        self._fewest = max(parts.credit // _PARTS_OF_CREDIT, 1)
        """Visits that are asked for at once, at least: each asking is three round trips."""
        self.finished = 0
        """Visits that have come to an outcome here."""

    async def run(self) -> None:
        """Visits that are not finished when it stops are given back."""
        parts, name = self._parts, self._parts.platform.name
        client = connect_async(parts.redis_uri)
        lease_ms = int(parts.lease_seconds * 1000)
        leases = VisitLeases(client, name, parts.consumer, lease_ms, parts.route)
        harvest = HarvestIn(client)
        ledger, board = Ledger(client, name), CredentialBoard(client, name)
        sink = BusSink(leases, ledger, parts.clock, board)
        fetcher = Fetcher(parts, self._download, sink, SharedPace(client))
        renewing = asyncio.create_task(self._renew(leases, ledger))
        try:
            await self._lease_and_run(leases, harvest, sink, fetcher, ledger)
            await self._drain()
        finally:
            renewing.cancel()
            for task in self._running:
                task.cancel()
            with contextlib.suppress(*TROUBLE):
                await ledger.flush()
                released = await leases.release()
                log.info("%s: stopped, %d visits given back", self.name, released)
            await client.aclose()

    async def _lease_and_run(
        self,
        leases: VisitLeases,
        harvest: HarvestIn,
        sink: Sink,
        fetcher: Fetcher,
        ledger: Ledger,
    ) -> None:
        known, outage = False, Outage(self.name)
        while not self._stopping.is_set():
            try:
                if not known:
                    await leases.open()
                    known = True
                    outage.over()
                free = self._parts.credit - leases.held
                if free < self._fewest or await harvest.waiting() > self._parts.harvest_limit:
                    await asyncio.sleep(_PAUSE)
                    continue
                taken = await leases.take(free, _BLOCK_MS)
                if not taken:
                    await ledger.flush()
            except ResponseError:
                known = False  # Redis was emptied: stream and group have to be made again.
                await asyncio.sleep(_PAUSE)
            except TROUBLE as error:
                known = False
                outage.lasts(error)
                await asyncio.sleep(1.0)
            else:
                await self._begin(taken, fetcher, sink, leases)

    async def _begin(
        self, taken: Sequence[Lease], fetcher: Fetcher, sink: Sink, leases: VisitLeases
    ) -> None:
        """Groups what was leased and sets it going; visits no crawler ever finished are closed."""
        rest = []
        by_visit: dict[str, Lease] = {}
        for lease in taken:
            if lease.deliveries > MOST_DELIVERIES:
                await sink.deliver([], [(lease, self._given_up(lease))])
            elif lease.visit.id in by_visit:
                rest.append(lease)
            else:
                by_visit[lease.visit.id] = lease
        visits = [lease.visit for lease in by_visit.values()]
        for group in self._parts.platform.groups(visits, self._parts.config):
            members = [by_visit[visit.id] for visit in group]
            run = GroupRun(self._parts, fetcher, sink, members)
            task = asyncio.create_task(self._to_the_end(run, members, leases))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if rest:
            await self._begin(rest, fetcher, sink, leases)

    async def _to_the_end(
        self, run: GroupRun, members: Sequence[Lease], leases: VisitLeases
    ) -> None:
        try:
            await run.run()
            self.finished += len(members)
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
            observed_at=self._parts.clock.now(),
            deliveries=lease.deliveries,
        )

    async def _renew(self, leases: VisitLeases, ledger: Ledger) -> None:
        while True:
            await asyncio.sleep(self._parts.lease_seconds / 4)
            with contextlib.suppress(*TROUBLE):
                await leases.renew()
                await ledger.flush()

    async def _drain(self) -> None:
        """Waits for running visits, as long as `drain` says, which may be shortened meanwhile."""
        began = time.monotonic()
        while self._running and (left := began + self.drain - time.monotonic()) > 0:
            await asyncio.wait(self._running, timeout=min(left, _PAUSE))

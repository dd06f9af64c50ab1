"""Carries out what a platform's folder asks for, for one group of visits, to their outcomes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bus.lease import Lease
from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import CrawlError, GiveUp, ShapeError, Wait
from crawler.fetcher import Fetcher
from crawler.outlet import Outlet, unmapped_page
from crawler.parts import CrawlParts
from model.messages import Outcome, Visit, VisitClosed

log = logging.getLogger(__name__)


class GroupRun:
    """One group of visits that share calls. Every visit of it ends in exactly one outcome."""

    def __init__(
        self, parts: CrawlParts, fetcher: Fetcher, outlet: Outlet, leases: Sequence[Lease]
    ) -> None:
        self._parts = parts
        self._fetcher = fetcher
        self._outlet = outlet
        self._open = {lease.visit.id: lease for lease in leases}
        self._visits = tuple(lease.visit for lease in leases)
        self._calls: Counter[str] = Counter()
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Returns when all visits of the group are closed."""
        async with asyncio.TaskGroup() as self._tasks:
            start = self._parts.platform.start
            await self._safely(
                self._visits, lambda: start(self._visits, self._parts.config), answer=None
            )
        for visit in self._visits:
            await self._close(visit, Outcome.GAVE_UP, "the visit came to no end of its own")

    async def _safely(
        self,
        visits: tuple[Visit, ...],
        actions: Callable[[], Iterable[Action]],
        answer: Answer | None,
    ) -> bool:
        """Performs actions; whatever fails becomes the outcome of the visits concerned."""
        try:
            for action in actions():
                await self._perform(action)
            return True
        except CrawlError as error:
            await self._fail(visits, error, answer)
        except Exception as error:
            # The last line of defence: a fault of ours must not take the other visits along.
            log.exception("a mapper or a visit's steps failed")
            await self._fail(visits, ShapeError(type(error).__name__, str(error)), answer)
        return False

    async def _perform(self, action: Action) -> None:
        match action:
            case Page():
                await self._outlet.page(action)
            case Close():
                await self._close(action.visit, action.outcome, action.detail, action.seen)
            case Fetch():
                if self._tasks is not None:
                    self._tasks.create_task(self._follow(action))

    async def _follow(self, fetch: Fetch) -> None:
        self._calls.update(visit.id for visit in fetch.visits)
        try:
            answer = await self._fetcher.fetch(fetch.call)
        except CrawlError as error:
            await self._fail(fetch.visits, error, None)
            usable = False
        else:
            usable = await self._safely(fetch.visits, lambda: fetch.then(answer), answer)
        if not usable and fetch.otherwise is not None:
            await self._safely(fetch.visits, fetch.otherwise, None)

    async def _fail(
        self, visits: tuple[Visit, ...], error: CrawlError, answer: Answer | None
    ) -> None:
        if answer is not None and isinstance(error, GiveUp):
            path = error.path if isinstance(error, ShapeError) else error.detail
            await self._outlet.page(Page(answer, unmapped_page(answer, path), visits))
        retry_at = error.until if isinstance(error, Wait) else None
        for visit in visits:
            await self._close(visit, error.outcome, error.detail, retry_at=retry_at)

    async def _close(
        self,
        visit: Visit,
        outcome: Outcome,
        detail: str = "",
        seen: tuple[str, ...] = (),
        retry_at: datetime | None = None,
    ) -> None:
        """Closes a visit once; later endings of the same visit do not count."""
        lease = self._open.pop(visit.id, None)
        if lease is None:
            return
        closed = VisitClosed(
            visit=visit,
            outcome=outcome,
            detail=detail,
            observed_at=self._parts.clock.now(),
            seen=seen,
            calls=self._calls[visit.id],
            retry_at=retry_at,
        )
        await self._outlet.close(lease, closed)

"""Carries out what a platform's folder asks for, for one group of visits, to their outcomes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bus.lease import Lease
from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.engine.context import CrawlParts
from crawler.engine.fetcher import Fetcher
from crawler.engine.sinks import Sink, refuse_large_page, unmapped_page
from crawler.engine.visit_bounds import VisitBounds
from crawler.errors import CrawlError, GiveUp, Retry, ShapeError, Wait
from model.bounds import LATEST, MOST_POSTS, cut
from model.messages import Outcome, Visit, VisitClosed

log = logging.getLogger(__name__)
_LARGE = 1_000_000
"""Bytes."""


class GroupRun:
    """One group of visits that share calls. Every visit of it ends in exactly one outcome."""

    def __init__(
        self, parts: CrawlParts, fetcher: Fetcher, sink: Sink, leases: Sequence[Lease]
    ) -> None:
        self._parts = parts
        self._fetcher = fetcher
        self._sink = sink
        self._open = {lease.visit.id: lease for lease in leases}
        self._visits = tuple(lease.visit for lease in leases)
        self._calls: Counter[str] = Counter()
        self._bounds = VisitBounds(parts.config)
        self._tasks: asyncio.TaskGroup | None = None
        self._steps = asyncio.Lock()

    async def run(self) -> None:
        """Returns when all visits of the group are closed."""
        async with asyncio.TaskGroup() as self._tasks:
            start = self._parts.platform.start
            await self._safely(
                self._visits, lambda: start(self._visits, self._parts.config), answer=None
            )
        detail = "the visit came to no end of its own"
        await self._hand_over([Close(v, Outcome.GAVE_UP, detail) for v in self._visits])

    async def _safely(
        self,
        visits: tuple[Visit, ...],
        actions: Callable[[], Iterable[Action]],
        answer: Answer | None,
    ) -> bool:
        """Performs actions; whatever fails becomes the outcome of the visits concerned."""
        drawn: list[Action] = []
        try:
            try:
                await self._draw(actions, answer, drawn)
            except Exception:
                # What came before an error counts.
                await self._perform(drawn)
                raise
            await self._perform(drawn)
            return True
        except CrawlError as error:
            await self._fail(visits, error, answer)
        except Exception as error:
            # The last line of defence: a fault of ours must not take the other visits along.
            log.exception("a mapper or a visit's steps failed")
            await self._fail(visits, ShapeError(type(error).__name__, str(error)), answer)
        return False

    async def _draw(
        self,
        actions: Callable[[], Iterable[Action]],
        answer: Answer | None,
        drawn: list[Action],
    ) -> None:
        """Lists the actions. A large answer is mapped beside the event loop, which has leases to
        renew meanwhile; the steps of one group never run at the same time.
        """
        async with self._steps:
            if answer is not None and _size(answer) > _LARGE:
                await asyncio.to_thread(_list, actions, drawn)
            else:
                _list(actions, drawn)

    async def _perform(self, drawn: Iterable[Action]) -> None:
        kept: list[Page | Close] = []
        for action in drawn:
            if isinstance(action, Fetch):
                # A page is safe before the next one is asked for.
                await self._hand_over(kept)
                self._begin(action)
            else:
                kept.append(action)
        await self._hand_over(kept)

    def _begin(self, fetch: Fetch) -> None:
        if self._tasks is not None:
            self._tasks.create_task(self._follow(fetch))

    async def _hand_over(self, kept: list[Page | Close]) -> None:
        """Pages and ends to the sink, together; empties the list.

        Raises ShapeError, before anything is handed over, for a page that no message holds.
        """
        pages = [action for action in kept if isinstance(action, Page)]
        closes = [action for action in kept if isinstance(action, Close)]
        kept.clear()
        for page in pages:
            refuse_large_page(page)
            self._bounds.read(page)
        ends = [end for close in closes if (end := self._ended(close)) is not None]
        if pages or ends:
            await self._sink.deliver(pages, ends)

    async def _follow(self, fetch: Fetch) -> None:
        if await self._cut_short(fetch):
            return
        self._calls.update(visit.id for visit in fetch.visits)
        call = self._bounds.begin(fetch.call, fetch.visits)
        try:
            answer = await self._fetcher.fetch(call)
            self._bounds.answered(answer, fetch.visits)
        except CrawlError as error:
            await self._fail(fetch.visits, error, None)
            usable = False
        except Exception as error:
            # One answer's fault (no memory for it, a download instead of a page …) ends its own
            # visits: the others of the group keep their leases.
            log.exception("a call failed in a way that no platform is known for")
            detail = f"{fetch.call.endpoint}: {type(error).__name__}"
            await self._fail(fetch.visits, GiveUp(Outcome.GAVE_UP, detail), None)
            usable = False
        else:
            usable = await self._safely(fetch.visits, lambda: fetch.then(answer), answer)
        if not usable and fetch.otherwise is not None:
            await self._safely(fetch.visits, fetch.otherwise, None)

    async def _cut_short(self, fetch: Fetch) -> bool:
        """Closes the visits that have met a bound; whether none is left to make the call for."""
        met = {v.id: why for v in fetch.visits if (why := self._bounds.met(v))}
        if not met:
            return False
        cut = fetch.cut if len(met) == len(fetch.visits) else None
        if cut is not None:
            await self._safely(fetch.visits, cut, None)
        over = [visit for visit in fetch.visits if visit.id in met]
        await self._hand_over([Close(v, Outcome.GAVE_UP, met[v.id]) for v in over])
        if len(over) == len(fetch.visits) and fetch.otherwise is not None:
            await self._safely(fetch.visits, fetch.otherwise, None)
        return len(over) == len(fetch.visits)

    async def _fail(
        self, visits: tuple[Visit, ...], error: CrawlError, answer: Answer | None
    ) -> None:
        kept: list[Page | Close] = []
        if answer is not None and isinstance(error, GiveUp):
            path = error.path if isinstance(error, ShapeError) else error.detail
            kept.append(Page(answer, unmapped_page(answer, path), visits))
        until = self._retry_at(error)
        kept += [Close(visit, error.outcome, error.detail, retry_at=until) for visit in visits]
        await self._hand_over(kept)

    def _retry_at(self, error: CrawlError) -> datetime | None:
        """When the platform itself said that it may be asked again."""
        if isinstance(error, Wait):
            return error.until
        longest = self._parts.patience.longest_wait
        if isinstance(error, Retry) and error.after is not None and error.after > longest:
            return self._parts.clock.now() + timedelta(seconds=error.after)
        return None

    def _ended(self, close: Close) -> tuple[Lease, VisitClosed] | None:
        """Closes a visit once; later endings of the same visit do not count."""
        lease = self._open.pop(close.visit.id, None)
        if lease is None:
            return None
        close = _bounded(close)
        closed = VisitClosed(
            visit=close.visit,
            outcome=close.outcome,
            detail=cut(close.detail),
            observed_at=self._parts.clock.now(),
            seen=close.seen,
            proof=close.proof,
            proven_from=close.proven_from,
            calls=self._calls[close.visit.id],
            retry_at=close.retry_at,
            deliveries=lease.deliveries,
        )
        return lease, closed


def _bounded(close: Close) -> Close:
    """The end as a message can hold it: one that says more than that is no complete one."""
    if close.retry_at is not None and close.retry_at >= LATEST:
        close = replace(close, retry_at=None)
    if len(close.seen) <= MOST_POSTS:
        return close
    detail = f"{len(close.seen)} posts were seen; {MOST_POSTS} are the most"
    return replace(
        close, outcome=Outcome.GAVE_UP, detail=detail, seen=(), proof=None, proven_from=None
    )


def _list(actions: Callable[[], Iterable[Action]], drawn: list[Action]) -> None:
    for action in actions():
        drawn.append(action)


def _size(answer: Answer) -> int:
    return len(answer.body) + sum(len(one.body) for one in answer.captured)

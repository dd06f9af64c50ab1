"""Where a spider's harvest goes: onto the bus, or, run by hand, into Scrapy's own feeds."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import msgspec
import zstandard

from bus.connection import TROUBLE
from bus.credentials import CredentialBoard, CredentialState
from bus.lease import Lease, VisitLeases
from bus.ledger import Ledger
from crawler.contract import Answer, Page
from crawler.errors import ShapeError
from model.bounds import MOST_BYTES, MOST_ITEMS, MOST_NAME, MOST_UNMAPPED, MOST_URL, cut
from model.clock import Clock
from model.items import AccountItem, Mapped, PostItem
from model.messages import HarvestPage, RawAnswer, VisitClosed
from model.route import Route

_COMPRESSOR = zstandard.ZstdCompressor(level=1)
"""For one thread, that of the event loop: to make one takes longer than to compress a page."""
MOST_KEPT = 12 * 1024 * 1024
"""Bytes of an answer that does not let itself be compressed: a document holds 16 MB."""
_OTHER_BYTES = 4 * 1024 * 1024
"""Of a message beside its rows, at most."""

Ends = Sequence[tuple[Lease, VisitClosed]]
"""How visits ended, with the lease of each."""


class Sink(Protocol):
    """Takes pages and the ends of visits, and enters calls into a ledger."""

    async def deliver(self, pages: Sequence[Page], ends: Ends) -> None:
        """Pages first; returns once all is safe."""
        ...

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """Enters a call; gives the credential's units of this day, this call included."""
        ...


def harvest_page(page: Page) -> tuple[HarvestPage, bytes]:
    """The message for a page, and its raw answer compressed (zstd).

    What MongoDB could not hold even so, which no text needs, is kept as far as it could.
    """
    answer, mapped = page.answer, page.mapped
    body, unmapped = answer.body, mapped.unmapped
    compressed = _COMPRESSOR.compress(body)
    if len(compressed) > MOST_KEPT:
        body = body[:MOST_KEPT]
        unmapped += (f"answer: of {len(answer.body)} bytes {MOST_KEPT} are kept",)
        compressed = _COMPRESSOR.compress(body)
    raw = RawAnswer(
        sha256=hashlib.sha256(body).hexdigest(),
        endpoint=answer.call.endpoint,
        url=cut(answer.call.url, MOST_URL),
        status=answer.status,
        observed_at=answer.observed_at,
        size=len(body),
        version=answer.version,
    )
    first = page.visits[0]
    message = HarvestPage(
        platform=first.platform,
        slot=first.slot,
        visits=tuple(visit.id for visit in page.visits),
        accounts=mapped.accounts,
        posts=mapped.posts,
        gone=mapped.gone,
        unmapped=_bounded(unmapped),
        raw=raw,
    )
    return message, compressed


def _bounded(paths: Sequence[str]) -> tuple[str, ...]:
    """As many of the paths that were not mapped as a message holds, and how many there are."""
    kept = [cut(path, MOST_NAME) for path in paths[:MOST_UNMAPPED]]
    if len(paths) > MOST_UNMAPPED:
        kept[-1] = f"{len(paths)} paths in all; {MOST_UNMAPPED - 1} are named"
    return tuple(kept)


def refuse_large_page(page: Page) -> None:
    """Raises ShapeError for a page with more rows, or larger ones, than a message holds."""
    mapped = page.mapped
    rows = len(mapped.accounts) + len(mapped.posts) + len(mapped.gone)
    if rows > MOST_ITEMS:
        raise ShapeError("answer", f"holds {rows} accounts and posts; {MOST_ITEMS} are the most")
    size = len(msgspec.json.encode((mapped.accounts, mapped.posts, mapped.gone)))
    if size > MOST_BYTES - _OTHER_BYTES:
        raise ShapeError("answer", f"holds {size} bytes of accounts and posts; {MOST_BYTES} travel")


def unmapped_page(answer: Answer, path: str) -> Mapped:
    """Stands for an answer that could not be mapped: its raw text is kept all the same."""
    return Mapped(shape=f"unmapped.{answer.call.endpoint}", unmapped=(path,))


class BusSink:
    """The sink of the background collection. While Redis is away it waits and tries again."""

    _PAUSE = 0.5

    def __init__(
        self, leases: VisitLeases, ledger: Ledger, clock: Clock, board: CredentialBoard
    ) -> None:
        self._leases = leases
        self._ledger = ledger
        self._clock = clock
        self._board = board

    async def deliver(self, pages: Sequence[Page], ends: Ends) -> None:
        """Into the harvest stream, and the leases ended; sent again as often as it takes."""
        ready = [harvest_page(page) for page in pages]
        for page in pages:
            if page.answer.call.route is Route.API:
                posts = [post.id for post in page.mapped.posts]
                users = [account.id for account in page.mapped.accounts]
                self._ledger.answered(self._clock.now(), posts, users)
        while True:
            try:
                await self._leases.deliver(ready, ends)
            except TROUBLE:
                await asyncio.sleep(self._PAUSE)
            else:
                return

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """Into the shared ledger."""
        while True:
            try:
                return await self._ledger.enter(self._clock.now(), credential, endpoint, units)
            except TROUBLE:
                await asyncio.sleep(self._PAUSE)

    async def note(self, state: CredentialState) -> None:
        """Onto the shared board; it is for people, so no call fails for want of it."""
        with suppress(*TROUBLE):
            await self._board.note(state)

    async def noted(self) -> Iterable[CredentialState]:
        """From the shared board; nothing while Redis is away."""
        with suppress(*TROUBLE):
            return (await self._board.noted()).values()
        return ()


class FeedSink:
    """The sink of `scrapy crawl`: rows for Scrapy's feeds, nothing stored."""

    def __init__(self) -> None:
        self.rows: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._units = 0

    async def deliver(self, pages: Sequence[Page], ends: Ends) -> None:
        """One row for every account, post and outcome."""
        for page in pages:
            for line in (*map(row, page.mapped.accounts), *map(row, page.mapped.posts)):
                await self.rows.put(line)
        for lease, closed in ends:
            outcome = {"kind": "visit", "id": closed.visit.id, "outcome": closed.outcome.value}
            await self.rows.put({**outcome, "detail": closed.detail, "entry": lease.entry})

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """Counted for this run only."""
        del credential, endpoint
        self._units += units
        return self._units


def row(item: AccountItem | PostItem) -> dict[str, Any]:
    """One account or post as `cityreach map` and Scrapy's feeds print it."""
    counts = {name: c.value for name, c in item.counts.items() if c.value is not None}
    missing = {name: c.missing.value for name, c in item.counts.items() if c.missing is not None}
    steps = {name: c.step for name, c in item.counts.items() if c.step > 1}
    shared = {"platform": item.platform, "id": item.id, "counts": counts, "missing": missing}
    if steps:
        shared["granularity"] = steps
    if isinstance(item, AccountItem):
        about = {"handle": item.handle, "name": item.name, "published_at": None, "type": None}
        return {"kind": "account", **shared, "account": item.id, **about}
    return {
        "kind": "post",
        **shared,
        "account": item.account,
        "published_at": item.published_at.isoformat() if item.published_at else None,
        "published_on": item.published_on.isoformat() if item.published_on else None,
        "type": item.type.value if item.type else None,
    }

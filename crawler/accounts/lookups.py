"""Asking a platform who accounts are: profile visits as the crawlers make them, but no queue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from bus.lease import Lease
from bus.ledger import Ledger
from crawler.contract import Page
from crawler.engine.context import CrawlParts
from crawler.engine.fetcher import Download, Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.sinks import Ends
from model.account import Account
from model.clock import Clock
from model.items import AccountItem
from model.messages import Outcome, Visit, VisitClosed, VisitKind


@dataclass(frozen=True, slots=True)
class Found:
    """What the platform said of one account."""

    outcome: Outcome
    detail: str
    item: AccountItem | None
    """The account, if it is there; its id is empty where the route does not tell it."""

    @property
    def gone(self) -> bool:
        """Whether the platform says that there is no such account."""
        return self.outcome is Outcome.GONE


@dataclass(slots=True)
class _Kept:
    """A sink that keeps all that it is given; calls are booked like those of the crawlers."""

    ledger: Ledger
    clock: Clock
    pages: list[Page] = field(default_factory=list)
    closed: dict[str, VisitClosed] = field(default_factory=dict)

    async def deliver(self, pages: Sequence[Page], ends: Ends) -> None:
        """Kept."""
        self.pages += pages
        self.closed |= {lease.visit.id: closed for lease, closed in ends}

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """Into the shared ledger."""
        return await self.ledger.enter(self.clock.now(), credential, endpoint, units)


class Lookups:
    """The look-ups of one platform by one route; all of them share credentials and pace."""

    def __init__(self, parts: CrawlParts, download: Download, ledger: Ledger) -> None:
        self._parts = parts
        self._kept = _Kept(ledger, parts.clock)
        self._fetcher = Fetcher(parts, download, self._kept)
        self._slot = parts.clock.now()

    @property
    def pages(self) -> Sequence[Page]:
        """Every answered page."""
        return self._kept.pages

    async def by_id(self, accounts: Sequence[Account]) -> list[Found]:
        """What is found under the ids of these accounts, in their order."""
        return await self._ask([self._visit(account, account.id) for account in accounts])

    async def by_handle(self, accounts: Sequence[Account]) -> list[Found]:
        """Who has the handles of these accounts at present, in their order."""
        return await self._ask([self._visit(account, _in_place(account)) for account in accounts])

    def _visit(self, account: Account, named: str) -> Visit:
        return Visit(
            platform=account.platform,
            account=named,
            handle=account.handle,
            kind=VisitKind.PROFILE,
            slot=self._slot,
            route=self._parts.route,
        )

    async def _ask(self, visits: Sequence[Visit]) -> list[Found]:
        await self._run(visits)
        unclear = [visit for visit in visits if self._is_unclear(visit)]
        # Found together with others under a name that nobody asked for: alone it is clear whose.
        for visit in unclear:
            await self._run([visit])
        return [self._found(visit) for visit in visits]

    async def _run(self, visits: Sequence[Visit]) -> None:
        platform, config = self._parts.platform, self._parts.config
        distinct = list({visit.id: visit for visit in visits}.values())
        waiting = asyncio.Semaphore(config.concurrency)

        async def run(group: list[Visit]) -> None:
            async with waiting:
                leases = [Lease("", visit) for visit in group]
                await GroupRun(self._parts, self._fetcher, self._kept, leases).run()

        async with asyncio.TaskGroup() as tasks:
            for group in platform.groups(distinct, config):
                tasks.create_task(run(group))

    def _is_unclear(self, visit: Visit) -> bool:
        return self._kept.closed[visit.id].outcome.complete and self._item(visit) is None

    def _found(self, visit: Visit) -> Found:
        closed = self._kept.closed[visit.id]
        item = self._item(visit) if closed.outcome.complete else None
        return Found(closed.outcome, closed.detail, item)

    def _item(self, visit: Visit) -> AccountItem | None:
        pages = [page for page in self._kept.pages if visit in page.visits]
        named = (item for page in pages for item in page.mapped.accounts if _is(item, visit))
        alone = (page.mapped.accounts[0] for page in pages if _is_alone(page))
        return next(named, None) or next(alone, None)


def _in_place(account: Account) -> str:
    """What stands in the place of an id; a slash in an older name would be no part of it."""
    return f"@{account.handle.removeprefix('@').replace('/', '=')}"


def _is_alone(page: Page) -> bool:
    return len(page.visits) == 1 and len(page.mapped.accounts) == 1


def _is(item: AccountItem, visit: Visit) -> bool:
    """Whether a row is of the account that was asked for."""
    if not visit.account.startswith("@"):
        return item.id == visit.account
    return same_handle(item.handle, visit.handle)


def same_handle(one: str | None, other: str | None) -> bool:
    """Whether two handles are one; letter case does not matter on any of the platforms."""
    return bool(one and other) and _bare(str(one)) == _bare(str(other))


def _bare(handle: str) -> str:
    return handle.removeprefix("@").casefold()


def known_id(item: AccountItem | None) -> str:
    """The id that a row names; empty where the route does not tell it."""
    return "" if item is None or item.id.startswith("@") else item.id


def rows_of(pages: Iterable[Page], ids: frozenset[str]) -> list[Page]:
    """The pages with the rows of these accounts alone; without any, a page is left out."""
    kept = []
    for page in pages:
        accounts = tuple(item for item in page.mapped.accounts if known_id(item) in ids)
        if accounts:
            mapped = msgspec.structs.replace(page.mapped, accounts=accounts, posts=())
            kept.append(Page(page.answer, mapped, page.visits))
    return kept

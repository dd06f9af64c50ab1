"""Whether everything that is needed is there, and what to do where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bus.lease import Lease
from cityreach import stack
from cityreach.clock import clock_from
from cityreach.direct import downloading
from cityreach.remedies import NEEDS, REMEDIES
from cityreach.settings import BaseAll
from crawler.contract import Page
from crawler.fetcher import Fetcher
from crawler.parts import CrawlParts, Patience
from crawler.platforms import platform
from crawler.runner import GroupRun
from model.account import Account
from model.messages import Visit, VisitClosed, VisitKind
from model.platform import PLATFORMS, PlatformName

Finding = stack.Finding


def findings(settings: BaseAll) -> Iterator[Finding]:
    """Servers first, then each platform's credentials. Asks nobody on the network."""
    mongo, redis = settings.mongo_uri, settings.redis_uri
    yield from stack.findings(
        settings.data_dir,
        mongo.get_secret_value() if mongo else None,
        redis.get_secret_value() if redis else None,
    )
    for name in PLATFORMS:
        yield _credentials(settings, name)


def _credentials(settings: BaseAll, name: PlatformName) -> Finding:
    config, need = settings.platform(name), NEEDS[name]
    if not config.enabled:
        return Finding(name, True, "disabled in the settings")
    if config.has_credentials:
        return Finding(name, True, f"credentials are set; they need {need.permission}")
    wanted = " and ".join(need.keys)
    return Finding(
        name,
        False,
        f"no credentials: {wanted} is not set; without it there is no official route",
        f"{need.remedy}; then set {wanted}, or CITYREACH_{name.upper()}__ENABLED=false",
    )


class _Silent:
    """An outlet that keeps the outcome and forgets the rest."""

    def __init__(self) -> None:
        self.closed: VisitClosed | None = None

    async def page(self, page: Page) -> None:
        """Not stored."""

    async def close(self, lease: Lease, closed: VisitClosed) -> None:
        """The outcome of the one visit."""
        self.closed = closed

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """Not booked: one call."""
        return units


def try_online(settings: BaseAll, account: Account) -> Finding:
    """One profile visit to the platform, by the same steps as the crawler's."""
    outlet = _Silent()
    asyncio.run(_visit(settings, account, outlet))
    closed = outlet.closed
    if closed is None or not closed.outcome.complete:
        outcome = closed.outcome if closed else None
        detail = closed.detail if closed else "no outcome"
        remedy = REMEDIES.get(outcome, "") if outcome else ""
        name = f"{account.platform} online"
        return Finding(name, False, f"{outcome.value if outcome else '-'}: {detail}", remedy)
    return Finding(f"{account.platform} online", True, f"{account.handle} was read")


async def _visit(settings: BaseAll, account: Account, outlet: _Silent) -> None:
    clock = clock_from(settings.clock_file)
    parts = CrawlParts(
        platform=platform(account.platform),
        config=settings.platform(account.platform),
        clock=clock,
        redis_uri="",
        consumer="doctor",
        patience=Patience(tries=1),
    )
    visit = Visit(
        platform=account.platform,
        account=account.id,
        handle=account.handle,
        kind=VisitKind.PROFILE,
        slot=clock.now(),
    )
    async with downloading(settings.user_agent) as download:
        fetcher = Fetcher(parts, download, outlet)
        await GroupRun(parts, fetcher, outlet, [Lease("doctor", visit)]).run()

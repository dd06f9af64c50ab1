"""One visit by the same steps as the crawler's, without a queue: nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bus.lease import Lease
from crawler.config import PlatformConfig
from crawler.contract import Page
from crawler.engine.context import CrawlParts, Patience
from crawler.engine.fetcher import Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.http_download import downloading
from crawler.engine.sinks import Ends
from crawler.platforms import platform
from model.account import Account
from model.clock import Clock
from model.messages import Visit, VisitClosed, VisitKind
from model.route import Route
from operations.settings import Settings


class _Silent:
    """A sink that keeps the outcome and nothing else."""

    def __init__(self) -> None:
        self.closed: VisitClosed | None = None

    async def deliver(self, pages: Sequence[Page], ends: Ends) -> None:
        """Keeps the outcome of the one visit."""
        for _, closed in ends:
            self.closed = closed

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """Not booked: one call."""
        return units


def profile_visit(account: Account, slot: datetime, route: Route = Route.API) -> Visit:
    """A look at an account: by its id, or by its handle while that is not known."""
    return Visit(
        platform=account.platform,
        account=account.id or f"@{account.handle.removeprefix('@')}",
        handle=account.handle,
        kind=VisitKind.PROFILE,
        slot=slot,
        route=route,
    )


async def closed_by(
    settings: Settings, config: PlatformConfig, clock: Clock, visit: Visit
) -> VisitClosed | None:
    """How the visit ended with this platform's settings."""
    sink = _Silent()
    parts = CrawlParts(
        platform=platform(visit.platform),
        config=config,
        clock=clock,
        redis_uri="",
        consumer="doctor",
        patience=Patience(tries=1),
    )
    async with downloading(settings.user_agent) as download:
        fetcher = Fetcher(parts, download, sink)
        await GroupRun(parts, fetcher, sink, [Lease("doctor", visit)]).run()
    return sink.closed

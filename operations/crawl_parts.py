"""The parts of a spider, by the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crawler.engine.context import CrawlParts, Patience
from crawler.platforms import platform
from model.clock import Clock
from model.platform import PlatformName
from model.route import Route
from operations.runtime import process_name
from operations.settings import Settings

_PAGE_DRAIN = 3.0
"""Seconds that running visits by pages are given after a stop was asked for."""
_PAGE_TRIES = 2
"""Most attempts of one page: they take long, and visits are tried again later anyway."""


def parts_factory(
    settings: Settings, clock: Clock, redis_uri: str, route: Route
) -> Callable[[PlatformName], CrawlParts]:
    """Gives each platform's spider its parts."""
    crawler = settings.crawler
    tries = min(crawler.tries, _PAGE_TRIES) if route is Route.WEB else crawler.tries
    patience = Patience(
        tries=tries, first_delay=crawler.first_delay, longest_wait=crawler.longest_wait
    )
    if route is Route.WEB:
        # The browser takes its time to end as well.
        patience = replace(patience, drain=_PAGE_DRAIN)

    def parts(name: PlatformName) -> CrawlParts:
        return CrawlParts(
            platform=platform(name),
            config=settings.platform(name),
            clock=clock,
            redis_uri=redis_uri,
            consumer=process_name(),
            lease_seconds=crawler.lease_seconds,
            # Few, so that a process that is to be restarted has not many left to finish.
            credit=crawler.credit if route is Route.API else 2 * crawler.browser.contexts,
            harvest_limit=crawler.harvest_limit,
            patience=patience,
            route=route,
        )

    return parts

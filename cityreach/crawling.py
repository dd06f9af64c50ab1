"""Runs spiders in this process until they are asked to stop."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any, cast

from scrapy.crawler import AsyncCrawlerProcess

from cityreach.cli.exits import Failed
from cityreach.clock import clock_from
from cityreach.settings import BaseAll
from crawler.browser import browser_path, installed
from crawler.browser.settings import BrowserOptions, browser_settings
from crawler.engine.context import CrawlParts, Patience, Recycling
from crawler.engine.scrapy_settings import base_settings
from crawler.engine.spider import VisitSpider, WebSpider
from crawler.platforms import platform
from model.platform import PlatformName
from model.route import Route
from operations.remedies import GET_BROWSER

_PAGE_DRAIN = 3.0
"""Seconds that running visits by pages are given after a stop was asked for."""
_PAGE_TRIES = 2
"""Most attempts of one page: they take long, and visits are tried again later anyway."""


def parts_factory(
    settings: BaseAll, redis_uri: str, route: Route
) -> Callable[[PlatformName], CrawlParts]:
    """Gives each spider its parts."""
    clock = clock_from(settings.clock_file)
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
            consumer=f"{socket.gethostname()}-{os.getpid()}",
            lease_seconds=crawler.lease_seconds,
            # Few, so that a process that is to be started anew has not many left to finish.
            credit=crawler.credit if route is Route.API else 2 * crawler.browser.contexts,
            harvest_limit=crawler.harvest_limit,
            patience=patience,
            route=route,
        )

    return parts


def scrapy_values(settings: BaseAll, redis_uri: str, route: Route = Route.API) -> dict[str, Any]:
    """Scrapy's settings with the parts of the spiders."""
    values = base_settings(settings.user_agent, settings.crawler.concurrency, settings.log_level)
    return {**values, "CITYREACH_PARTS": parts_factory(settings, redis_uri, route)}


def web_values(
    settings: BaseAll, redis_uri: str, platforms: Sequence[PlatformName]
) -> dict[str, Any]:
    """Scrapy's settings of the process that opens pages; it starts a browser for the first."""
    values = scrapy_values(settings, redis_uri, Route.WEB)
    given = settings.crawler.browser
    recycling = Recycling(visits=given.visits, memory=given.memory_mb * 1024 * 1024)
    values |= {"CITYREACH_PLATFORMS": list(platforms), "CITYREACH_RECYCLING": recycling}
    executable = browser_path(given.executable)
    if executable is None or not installed():
        return values
    addresses = [settings.platform(name).web_url for name in platforms]
    options = BrowserOptions(
        executable=executable,
        contexts=given.contexts,
        context_pages=given.context_pages,
        agent=given.agent,
    )
    return values | browser_settings(options, addresses)


def run_crawlers(settings: BaseAll, redis_uri: str, platforms: Sequence[PlatformName]) -> None:
    """Blocks until SIGTERM or SIGINT: the first lets running visits finish, the second stops."""
    process = AsyncCrawlerProcess(scrapy_values(settings, redis_uri))
    for name in platforms:
        process.crawl(name)
    _run(process)


def run_web_crawler(settings: BaseAll, redis_uri: str, platforms: Sequence[PlatformName]) -> bool:
    """As `run_crawlers`, for visits by public pages; True if it is to be started anew.

    Raises Failed if the browser opened no page at all.
    """
    process = AsyncCrawlerProcess(web_values(settings, redis_uri, platforms))
    crawler = process.create_crawler(WebSpider)
    process.crawl(crawler)
    _run(process)
    spider = crawler.engine.spider
    if isinstance(spider, WebSpider) and spider.useless:
        raise Failed(f"the browser opens no page, see the outcomes of the visits: {GET_BROWSER}")
    return isinstance(spider, WebSpider) and spider.recycled


def _run(process: AsyncCrawlerProcess) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        from twisted.internet import reactor

        for again in (signal.SIGTERM, signal.SIGINT):
            signal.signal(again, lambda *_: os._exit(1))
        cast(Any, reactor).callFromThread(_ask_to_stop, process)

    for first in (signal.SIGTERM, signal.SIGINT):
        signal.signal(first, stop)
    process.start(install_signal_handlers=False)


def _ask_to_stop(process: AsyncCrawlerProcess) -> None:
    for crawler in process.crawlers:
        if isinstance(crawler.engine.spider, VisitSpider | WebSpider):
            crawler.engine.spider.ask_to_stop()

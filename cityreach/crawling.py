"""Runs spiders in this process until they are asked to stop."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, cast

from scrapy.crawler import AsyncCrawlerProcess

from cityreach.clock import clock_from
from cityreach.settings import BaseAll
from crawler.parts import CrawlParts, Patience
from crawler.platforms import platform
from crawler.scrapy_settings import base_settings
from crawler.spider import VisitSpider
from model.platform import PlatformName


def parts_factory(settings: BaseAll, redis_uri: str) -> Callable[[PlatformName], CrawlParts]:
    """Gives each spider its parts."""
    clock = clock_from(settings.clock_file)
    crawler = settings.crawler
    patience = Patience(
        tries=crawler.tries, first_delay=crawler.first_delay, longest_wait=crawler.longest_wait
    )

    def parts(name: PlatformName) -> CrawlParts:
        return CrawlParts(
            platform=platform(name),
            config=settings.platform(name),
            clock=clock,
            redis_uri=redis_uri,
            consumer=f"{socket.gethostname()}-{os.getpid()}",
            lease_seconds=crawler.lease_seconds,
            credit=crawler.credit,
            harvest_limit=crawler.harvest_limit,
            patience=patience,
        )

    return parts


def scrapy_values(settings: BaseAll, redis_uri: str) -> dict[str, Any]:
    """Scrapy's settings with the parts of the spiders."""
    values = base_settings(settings.user_agent, settings.crawler.concurrency, settings.log_level)
    return {**values, "CITYREACH_PARTS": parts_factory(settings, redis_uri)}


def run_crawlers(settings: BaseAll, redis_uri: str, platforms: Sequence[PlatformName]) -> None:
    """Blocks until SIGTERM or SIGINT: the first lets running visits finish, the second stops."""
    process = AsyncCrawlerProcess(scrapy_values(settings, redis_uri))
    for name in platforms:
        process.crawl(name)

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
        if isinstance(crawler.spider, VisitSpider):
            crawler.spider.stopping.set()

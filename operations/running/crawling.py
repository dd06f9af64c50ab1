"""Runs spiders in this process until they are asked to stop."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, cast

from scrapy.crawler import AsyncCrawlerProcess

from bus.connection import connect_redis
from bus.heartbeat import Heartbeat
from crawler.browser import browser_path, installed
from crawler.browser.settings import BrowserOptions, browser_settings
from crawler.engine.context import Recycling
from crawler.engine.scrapy_settings import base_settings
from crawler.engine.spider import VisitSpider, WebSpider
from model.platform import PlatformName
from model.route import Route
from operations.crawl_parts import parts_factory
from operations.errors import Failed
from operations.remedies import GET_BROWSER
from operations.running.clock import clock_from
from operations.running.heartbeats import beats_of_crawler
from operations.runtime import process_name
from operations.settings import Settings


def scrapy_values(settings: Settings, redis_uri: str, route: Route = Route.API) -> dict[str, Any]:
    """Scrapy's settings with the parts of the spiders."""
    values = base_settings(settings.user_agent, settings.crawler.concurrency, settings.log_level)
    return {
        **values,
        "CITYREACH_PARTS": parts_factory(
            settings, clock_from(settings.clock_file), redis_uri, route
        ),
    }


def web_values(
    settings: Settings, redis_uri: str, platforms: Sequence[PlatformName]
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
        agent=given.agent,
    )
    return values | browser_settings(options, addresses)


def run_crawlers(settings: Settings, redis_uri: str, platforms: Sequence[PlatformName]) -> None:
    """Blocks until SIGTERM or SIGINT: the first lets running visits finish, the second stops."""
    process = AsyncCrawlerProcess(scrapy_values(settings, redis_uri))
    for name in platforms:
        process.crawl(name)
    with _beating(redis_uri, platforms, Route.API):
        _run(process)


def run_web_crawler(settings: Settings, redis_uri: str, platforms: Sequence[PlatformName]) -> bool:
    """As `run_crawlers`, for visits by public pages; True if it is to be restarted.

    Raises Failed if the browser opened no page at all.
    """
    process = AsyncCrawlerProcess(web_values(settings, redis_uri, platforms))
    crawler = process.create_crawler(WebSpider)
    process.crawl(crawler)
    with _beating(redis_uri, platforms, Route.WEB):
        _run(process)
    spider = crawler.spider
    if isinstance(spider, WebSpider) and spider.useless:
        raise Failed(f"the browser opens no page, see the outcomes of the visits: {GET_BROWSER}")
    return isinstance(spider, WebSpider) and spider.recycled


@contextmanager
def _beating(redis_uri: str, platforms: Sequence[PlatformName], route: Route) -> Iterator[None]:
    """Heartbeats of all platforms for as long as it is entered."""
    with connect_redis(redis_uri) as client, ExitStack() as beats:
        for name in platforms:
            beats.enter_context(Heartbeat(client, beats_of_crawler(name, route), process_name()))
        yield


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
        if isinstance(crawler.spider, VisitSpider | WebSpider):
            crawler.spider.ask_to_stop()

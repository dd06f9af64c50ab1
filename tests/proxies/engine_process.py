"""`python -m tests.proxies.engine_process URL PROXY`: one call by a real engine of Scrapy."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

from crawler.engine.scrapy_settings import base_settings
from crawler.engine.spider import download_of
from crawler.proxied import PROXY, Way


class OneCall(scrapy.Spider):
    """Prints the status of an answer, or the error."""

    name = "one"

    async def start(self) -> AsyncIterator[Any]:
        """Makes the call."""
        meta: dict[str, Any] = {"handle_httpstatus_all": True}
        if sys.argv[2]:
            meta[PROXY] = Way(sys.argv[2])
        try:
            answer = await download_of(self)(scrapy.Request(sys.argv[1], meta=meta))
            said = f"{answer.status} {answer.body[:80]!r}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is printed
            said = f"{type(error).__name__}: {error}"
        sys.stdout.write(f"{said}\n")
        rows: tuple[Any, ...] = ()
        for row in rows:
            yield row


if __name__ == "__main__":
    process = AsyncCrawlerProcess(base_settings("tests", 4))
    process.crawl(OneCall)
    process.start()

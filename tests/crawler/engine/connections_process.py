"""A spider with the crawler's settings that asks a local server 60 times at once; prints how many
connections that took."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

from crawler.engine.scrapy_settings import base_settings
from crawler.engine.spider import download_of

CONCURRENCY, REQUESTS = 4, 60
_BODY = b"{}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self) -> None:
        super().setup()
        type(self).connections += 1

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(_BODY)))
        self.end_headers()
        self.wfile.write(_BODY)

    def log_message(self, *args: Any) -> None:
        """Nothing is printed."""


class _Spider(scrapy.Spider):
    name = "connections"
    url = ""

    async def start(self) -> AsyncIterator[Any]:
        """Asks for all pages at once, as visits do."""
        download = download_of(self)
        urls = [f"{self.url}/{number}" for number in range(REQUESTS)]
        answers = await asyncio.gather(
            *(download(scrapy.Request(url, dont_filter=True)) for url in urls)
        )
        assert {answer.status for answer in answers} == {200}
        rows: tuple[Any, ...] = ()
        for row in rows:
            yield row


def main() -> None:
    """Serves, asks, prints."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        _Spider.url = f"http://127.0.0.1:{server.server_port}"
        process = AsyncCrawlerProcess(base_settings("tests", CONCURRENCY))
        process.crawl(_Spider)
        process.start()
        server.shutdown()
    sys.stdout.write(f"{_Answers.connections}\n")


if __name__ == "__main__":
    main()

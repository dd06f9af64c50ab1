"""Scrapy's download handler of plain calls: directly, or by the proxy that a request names."""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.proxied import PROXY, ProxiedCalls, Way


class ProxiedHandler(HTTP11DownloadHandler):
    """One for each scheme."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._proxied = ProxiedCalls()

    async def download_request(self, request: Request) -> Response:
        """The response. Raises ProxyFailed where the proxy is to blame."""
        way = request.meta.get(PROXY)
        if isinstance(way, Way):
            return await self._proxied.download(request, way)
        return await super().download_request(request)

    async def close(self) -> None:
        """Closes the connections by proxies too."""
        await self._proxied.close()
        await super().close()

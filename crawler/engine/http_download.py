"""The crawler's download without an engine, for commands that make a few calls themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from scrapy import Request
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.http.response.text import TextResponse

from crawler.engine.fetcher import Download
from crawler.proxied import PROXY, ProxiedCalls, Way


@asynccontextmanager
async def downloading(agent: str) -> AsyncIterator[Download]:
    """A download for `Fetcher`, by the proxy that a request names.

    It follows no redirects, keeps no cookies and opens no browser.
    """
    proxied = ProxiedCalls(raw=False)
    async with httpx.AsyncClient(headers={"user-agent": agent}, trust_env=False) as client:

        async def download(request: Request) -> Response:
            way = request.meta.get(PROXY)
            if isinstance(way, Way):
                request.headers.setdefault("user-agent", agent)
                return await proxied.download(request, way)
            client.cookies.clear()
            return await _download(client, request)

        try:
            yield download
        finally:
            await proxied.close()


async def _download(client: httpx.AsyncClient, request: Request) -> Response:
    headers = [(name, value) for name, values in request.headers.items() for value in values]
    content, timeout = request.body or None, request.meta.get("download_timeout", 30)
    try:
        answer = await client.request(
            request.method, request.url, headers=headers, content=content, timeout=timeout
        )
    except httpx.TimeoutException as error:
        raise DownloadTimeoutError(str(error)) from error
    except httpx.HTTPError as error:
        raise DownloadConnectionRefusedError(str(error)) from error
    return TextResponse(
        request.url, status=answer.status_code, headers=dict(answer.headers), body=answer.content
    )

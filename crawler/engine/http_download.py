"""The crawler's download without an engine, for commands that make a few calls themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from scrapy import Request
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)
from scrapy.http import Response
from scrapy.http.response.text import TextResponse

from crawler.engine.fetcher import Download
from crawler.errors import Retry
from crawler.proxied import PROXY, ProxiedCalls, Way, whole_answer
from model.messages import Outcome
from model.network.proxies import Proxies

_UNREACHED = (
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadCancelledError,
    DownloadTimeoutError,
)


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
    try:
        answer, body = await whole_answer(request, client, raw=False)
    except (httpx.TimeoutException, TimeoutError) as error:
        raise DownloadTimeoutError(str(error)) from error
    except httpx.HTTPError as error:
        raise DownloadConnectionRefusedError(str(error)) from error
    headers = {k: v for k, v in answer.headers.items() if k != "content-encoding"}
    return TextResponse(request.url, status=answer.status_code, headers=headers, body=body)


async def plainly(agent: str, proxies: Proxies, url: str, timeout: float) -> tuple[int, str, bytes]:
    """One plain call, for robots.txt: status, `Location` and body. Raises Retry."""
    proxy = proxies.to_url(url)
    meta = {"download_timeout": timeout, **({PROXY: Way(proxy)} if proxy else {})}
    async with downloading(agent) as download:
        try:
            answer = await download(Request(url, meta=meta))
        except _UNREACHED as error:
            detail = f"{url} cannot be read: {error or type(error).__name__}"
            raise Retry(Outcome.SERVER_ERROR, detail) from error
    location = (answer.headers.get("location") or b"").decode("latin-1")
    return answer.status, location, answer.body

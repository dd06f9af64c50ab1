"""Plain calls by a proxy: HTTP, HTTPS or SOCKS 5, for Scrapy's engine and for commands."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response

from model.network.proxies import without_user

if TYPE_CHECKING:
    import httpx

PROXY = "cityreach_proxy"
"""Key of a request's meta: the `Way` of a request that goes by a proxy."""
_MOST = 32 * 1024 * 1024
"""Bytes of an answer, as Scrapy's own."""
_ASKS_FOR_LOGIN = 407
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_MOST_ENCODINGS = 2


class Way:
    """The proxy of a request; shown without user and password wherever the request is."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __repr__(self) -> str:
        return without_user(self.url)


class ProxyFailed(DownloadFailedError):
    """The proxy, not the site behind it, was not reached or did not do its work."""


class ProxiedCalls:
    """Connections by proxies, one pool each; as the engine's own they follow no redirects and keep
    no cookies. `raw`: bodies stay compressed as they came.
    """

    def __init__(self, raw: bool = True) -> None:
        self._raw = raw
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def download(self, request: Request, way: Way) -> Response:
        """The response. Raises ProxyFailed, and Scrapy's errors for what is not the proxy's."""
        import httpx

        try:
            return await self._response(request, self._client(way.url))
        except TimeoutError:
            raise DownloadTimeoutError("the answer did not come to its end") from None
        except (httpx.ProxyError, httpx.ConnectTimeout) as error:
            raise ProxyFailed(f"{way!r}: {_said(error)}") from None
        except httpx.ConnectError as error:
            if "SSL" in str(error) or "CERTIFICATE" in str(error):
                raise DownloadFailedError(str(error)) from None
            raise ProxyFailed(f"{way!r}: cannot be reached ({_said(error)})") from None
        except httpx.TimeoutException as error:
            raise DownloadTimeoutError(str(error)) from None
        except httpx.HTTPError as error:
            raise DownloadFailedError(str(error)) from None

    async def close(self) -> None:
        """Closes all connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    def _client(self, proxy: str) -> httpx.AsyncClient:
        import httpx

        if proxy not in self._clients:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
            # A proxy of an office may have a certificate of its own: the machine's list knows it.
            secured = ssl.create_default_context() if proxy.startswith("https:") else None
            way = httpx.Proxy(proxy, ssl_context=secured)
            client = httpx.AsyncClient(proxy=way, trust_env=False, limits=limits)
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            self._clients[proxy] = client
        return self._clients[proxy]

    async def _response(self, request: Request, client: httpx.AsyncClient) -> Response:
        import httpx

        answer, body = await whole_answer(request, client, raw=self._raw)
        if answer.status_code == _ASKS_FOR_LOGIN:
            raise httpx.ProxyError("HTTP 407, it asks for user and password")
        return Response(
            request.url,
            status=answer.status_code,
            headers=_headers(answer, self._raw),
            body=body,
            request=request,
        )


async def whole_answer(
    request: Request, client: httpx.AsyncClient, *, raw: bool
) -> tuple[httpx.Response, bytes]:
    """An answer and its body, as it came (`raw`) or decompressed: never more than 32 MB of either,
    and never longer than the request's time, however slowly it comes.

    Raises DownloadCancelledError, TimeoutError, DownloadFailedError for what cannot be
    decompressed, and httpx's errors.
    """
    timeout = request.meta.get("download_timeout", 30)
    headers = [(name, value) for name, values in request.headers.items() for value in values]
    if not raw:
        headers = [(n, v) for n, v in headers if n.lower() != b"accept-encoding"]
        headers.append((b"accept-encoding", b"gzip, deflate"))
    sent = client.build_request(
        request.method,
        request.url,
        headers=headers,
        content=request.body or None,
        timeout=timeout,
    )
    async with asyncio.timeout(timeout):
        answer = await client.send(sent, stream=True)
        try:
            body = await _received(answer)
        finally:
            await answer.aclose()
    return answer, body if raw else _decompressed(body, answer.headers.get("content-encoding", ""))


async def _received(answer: httpx.Response) -> bytes:
    pieces, total = [], 0
    async for piece in answer.aiter_raw():
        pieces.append(piece)
        total += len(piece)
        if total > _MOST:
            raise _too_large()
    return b"".join(pieces)


def _decompressed(body: bytes, encodings: str) -> bytes:
    """httpx itself would decompress without bounds what was compressed twice."""
    names = [name.strip().lower() for name in encodings.split(",") if name.strip()]
    for name in reversed(names):
        if name not in _WINDOWS or len(names) > _MOST_ENCODINGS:
            raise DownloadFailedError(f"compressed in a way that was not asked for: {names[:5]}")
        unpacking = zlib.decompressobj(_WINDOWS[name])
        try:
            body = unpacking.decompress(body, _MOST + 1)
        except zlib.error as error:
            raise DownloadFailedError(f"cannot be decompressed: {error}") from None
        if len(body) > _MOST:
            raise _too_large()
        if not unpacking.eof:
            raise DownloadFailedError("cannot be decompressed: cut off")
    return body


def _too_large() -> DownloadCancelledError:
    return DownloadCancelledError(f"more than {_MOST >> 20} MB")


def _headers(answer: httpx.Response, raw: bool) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for name, value in answer.headers.multi_items():
        if raw or name != "content-encoding":
            found.setdefault(name, []).append(value)
    return found


def _said(error: Exception) -> str:
    """The reason in its own words, which never hold what was sent."""
    return str(error).strip().rstrip(".") or type(error).__name__

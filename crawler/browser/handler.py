"""Opens pages for requests that ask for it, by scrapy-playwright; all others go by plain HTTP.

What scrapy-playwright leaves open is kept here: a limit of time for all that a page takes, which
Scrapy's own does not set; contexts that are given back or closed whatever happens (a page left open
would block its context for ever); errors of the browser as Scrapy's; a sign when it is of no use
any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from asyncio import FIRST_COMPLETED, Future
from collections.abc import Coroutine
from typing import Any, cast

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

from crawler.browser import BROKEN, BROWSED, ORDER, PAGES, Browsed, Order
from crawler.browser.allowance import Allowance
from crawler.browser.gate import Gate
from crawler.browser.page import PageReader
from crawler.proxied import PROXY, ProxiedCalls, ProxyFailed, Way

log = logging.getLogger(__name__)
logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)

_CLOSING = 5.0
"""Seconds until a context that does not close counts as stuck, and the browser with it."""
_FAILURES = 3
"""So many failures of the browser without a page between them: it is of no use any more."""
_DIED = "the browser died"
_NO_PAGE = "Failed to download"
"""How scrapy-playwright begins what it says of an address that is no page."""
_BY_GATE = "net::ERR_SOCKS"
_ALLOWANCE = Allowance()
"""Of this process, whatever the number of its handlers."""


class BrowserHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """A download handler of Scrapy; one for each scheme."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._places = settings["CITYREACH_BROWSER_PLACES"]
        self._agent = settings.get("CITYREACH_BROWSER_AGENT")
        self._failures = 0
        self._proxied = ProxiedCalls()
        self._under_way: set[asyncio.Task[Response]] = set()
        self._free: asyncio.LifoQueue[str] = asyncio.LifoQueue()
        for number in range(settings.getint("CITYREACH_CONTEXTS")):
            self._free.put_nowait(f"pages-{number}")

    async def _launch(self) -> None:
        await super()._launch()
        self.browser_provider.gate = self._gate = Gate(self._places)

    async def download_request(self, request: Request) -> Response:
        """The response; for a page, `Browsed` is then in the request's meta under `BROWSED`.

        Raises DownloadTimeoutError and DownloadFailedError.
        """
        order = request.meta.get(ORDER)
        if not isinstance(order, Order):
            way = request.meta.get(PROXY)
            if isinstance(way, Way):
                return await self._proxied.download(request, way)
            response: Response = await super().download_request(request)
            return response
        context = await self._free.get()
        try:
            browsed = await self._open(request, order, context)
        finally:
            self._free.put_nowait(context)
        request.meta[BROWSED] = browsed
        self.stats.inc_value(PAGES)
        return Response(request.url, browsed.status, request=request)

    async def _open(self, request: Request, order: Order, context: str) -> Browsed:
        """Opens the page in a context of its own: nothing of one visit is there in the next."""
        reader = PageReader(order, _ALLOWANCE)
        reading = PageMethod(reader.read)
        request.meta.update(self._meta(order, context, reader, reading))
        if order.proxies.url:
            server = {"server": await self._gate.start(order.proxies)}
            request.meta["playwright_context_kwargs"]["proxy"] = server
        try:
            opening = super().download_request(request)
            await self._within(order.page_timeout, opening, reader.fault)
            self._failures = 0
        except (TimeoutError, PlaywrightError) as error:
            read = reading.result or reader.refusal()
            if read is None:
                raise self._failed(error, order, request.url) from error
            return cast(Browsed, read)
        except RuntimeError as error:
            if not str(error).startswith(_NO_PAGE):
                raise
            raise DownloadFailedError("a download in place of a page") from error
        finally:
            reader.end()
            self._forget(request)
            await self._close_context(context)
        return cast(Browsed, reading.result)

    async def _within(
        self, seconds: float, download: Coroutine[Any, Any, Response], fault: Future[None]
    ) -> None:
        """Raises TimeoutError, or PlaywrightError at once if the browser dies meanwhile, or what
        the page's fault is.
        """
        task = asyncio.create_task(download)
        self._under_way.add(task)
        try:
            either: set[Future[Any]] = {task, fault}
            await asyncio.wait(either, timeout=seconds, return_when=FIRST_COMPLETED)
        finally:
            self._under_way.discard(task)
            ended, died = task.done(), task.cancelled()
            task.cancel()
        if died:
            raise PlaywrightError(_DIED)
        if ended:
            task.result()
            return
        await asyncio.wait({task}, timeout=_CLOSING)
        if fault.done():
            fault.result()
        raise TimeoutError

    async def _browser_disconnected_callback(self) -> None:
        """A browser died. What it had under way is at its end: Playwright may leave calls to a dead
        browser unanswered, those of the base class that would close its contexts among them.
        """
        self.context_wrappers.clear()
        self.__dict__.pop("browser", None)
        for task in self._under_way:
            task.cancel()
        self._note(_DIED)

    def _failed(self, error: TimeoutError | PlaywrightError, order: Order, url: str) -> Exception:
        """The error of a page as Scrapy's."""
        if isinstance(error, PlaywrightTimeout):
            return DownloadTimeoutError(f"no page within {order.timeout:g} s")
        if isinstance(error, TimeoutError):
            return DownloadTimeoutError(
                f"the page was not at its end after {order.page_timeout:g} s"
            )
        why = _first_line(error)
        if why != _DIED and "net::" not in why and "crashed" not in why:
            self._note(why)
        if _BY_GATE not in why:
            return DownloadFailedError(why)
        said = self._gate.reason(url) or why
        return ProxyFailed(said) if self._gate.proxy_failed(url) else DownloadFailedError(said)

    def _meta(
        self, order: Order, context: str, reader: PageReader, reading: PageMethod
    ) -> dict[str, Any]:
        look = {"locale": "en-US", "service_workers": "block", "accept_downloads": False}
        return {
            "playwright": True,
            "playwright_context": context,
            "playwright_context_kwargs": {**look, "user_agent": self._agent or None},
            "playwright_page_init_callback": reader.attach,
            "playwright_page_methods": [reading],
            "playwright_page_goto_kwargs": {
                "wait_until": "commit",
                "timeout": order.timeout * 1000,
            },
        }

    def _forget(self, request: Request) -> None:
        """Nothing of the browser leaves with the request."""
        for name in [name for name in request.meta if name.startswith("playwright")]:
            del request.meta[name]

    async def _close_context(self, name: str) -> None:
        """The next page has a new one."""
        wrapper = self.context_wrappers.get(name)
        if wrapper is None:
            return
        try:
            with contextlib.suppress(PlaywrightError):
                await asyncio.wait_for(wrapper.context.close(), _CLOSING)
        except TimeoutError:
            self._break("a context does not close")
        self.context_wrappers.pop(name, None)

    def _note(self, why: str) -> None:
        """Failures that no site has a part in, one after the other, are the browser's end."""
        self._failures += 1
        if self._failures >= _FAILURES:
            self._break(why)

    def _break(self, why: str) -> None:
        log.warning("the browser is of no use any more: %s", why)
        self.stats.set_value(BROKEN, True)

    async def close(self) -> None:
        """Ends browser and driver; a stuck one ends with this process."""
        await self._proxied.close()
        try:
            with contextlib.suppress(PlaywrightError):
                await asyncio.wait_for(super().close(), 2 * _CLOSING)
        except TimeoutError:
            log.warning("the browser did not close in time")


def _first_line(error: PlaywrightError) -> str:
    return error.message.strip().splitlines()[0] if error.message.strip() else "the browser failed"

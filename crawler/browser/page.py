"""Reads one page: its own answers as they come, scrolled until there is enough of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Response
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError

from crawler.browser import Browsed, Order
from crawler.browser.allowance import LONGEST, MOST_RECEIVED, Allowance, Share
from crawler.browser.consent import REFUSALS, asks_consent
from crawler.contract import Captured, is_at
from crawler.sites import same_site

log = logging.getLogger(__name__)

_TICK = 0.1
"""Seconds between two looks at a page that is being scrolled."""
_DIALOG_AFTER = 1.0
"""Seconds without anything new after which a dialog may be what is in the way."""
_LAST_ANSWERS = 5.0
"""Seconds that answers still on their way are given once there is enough."""
_MOST_WINDOWS = 10
"""Windows that a page may open, each of which is closed at once, before it is at its end."""
_LEAVING = ("context was destroyed", "because of a navigation")
"""What is said of a page that is just about to be another one."""
_SCROLL = "window.scrollTo(0, document.documentElement?.scrollHeight ?? 0)"


_AS_IT_STANDS = "[location.href, document.documentElement?.outerHTML ?? '']"
"""Both at one moment: a page may go elsewhere at any other."""


class PageReader:
    """What becomes of one page. Nothing of it is left when `read` returns but plain data."""

    def __init__(self, order: Order, allowance: Allowance) -> None:
        self.fault: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Set to an exception as soon as the page turns out to be one that must be ended."""
        self._order = order
        self._browse = order.browse
        self._share = Share(allowance)
        self._one_at_a_time = asyncio.Lock()
        self._site = ""
        self._begin()

    def _begin(self) -> None:
        self._share.end()
        self._own: set[Request] = set()
        self._redirected: set[str] = set()
        self._windows = 0
        self._received: Counter[str] = Counter()
        self._document: Response | None = None
        self._read: Response | None = None
        self._read_at = ""
        self._html = b""
        self._captured: dict[int, Captured] = {}
        self._count = 0
        self._pending: set[Request] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._asked: tuple[bytes, int] | None = None
        self._enough = False

    async def attach(self, page: Page, request: Any) -> None:
        """Listens to a new page before it goes anywhere (it may be a second one after a crash)."""
        self._begin()
        self._site = request.url
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("popup", self._on_window)
        page.on("crash", self._on_crash)
        for end in ("requestfinished", "requestfailed"):
            page.on(end, self._on_end)
        session = await page.context.new_cdp_session(page)
        session.on("Network.dataReceived", self._on_data)
        session.on("Network.requestWillBeSent", self._on_sent)
        await session.send("Network.enable")

    def end(self) -> None:
        """Nothing of the page is needed any more."""
        self._share.end()
        self.fault.cancel()
        for task in self._tasks:
            task.cancel()

    def _wanted(self, request: Request) -> bool:
        """Whether it asks the site for what is to be kept, from a frame of the site's own: what an
        advertisement fetches under the same path is its own affair.
        """
        if not any(is_at(request.url, fragment) for fragment in self._browse.capture):
            return False
        return same_site(request.url, self._site) and _is_own(request, self._site)

    def _on_request(self, request: Request) -> None:
        if self._wanted(request):
            self._own.add(request)
            self._pending.add(request)

    def _on_window(self, window: Page) -> None:
        """Windows are closed as they come, and those that they open."""
        self._windows += 1
        if self._windows > _MOST_WINDOWS:
            self._fail(DownloadCancelledError("the page opens windows without end"))
        window.on("popup", self._on_window)
        self._start(_close(window))

    def _on_crash(self, _: Page) -> None:
        self._fail(DownloadFailedError("the page crashed"))

    def _on_sent(self, event: dict[str, Any]) -> None:
        """Notes redirected addresses: what they lead to may be reported under their own name."""
        if "redirectResponse" in event:
            self._redirected.add(event["redirectResponse"]["url"])

    def _on_data(self, part: dict[str, Any]) -> None:
        """Counts what comes, decompressed: a small answer may hold gigabytes."""
        of = self._received
        of[part["requestId"]] += part["dataLength"]
        if of[part["requestId"]] > LONGEST or of.total() > MOST_RECEIVED:
            self._fail(DownloadCancelledError("the page fetches more than any page does"))

    def _fail(self, error: Exception) -> None:
        if not self.fault.done():
            self.fault.set_exception(error)
            self.fault.exception()  # Nobody may come to ask for it.

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_end(self, request: Request) -> None:
        self._pending.discard(request)

    def _on_response(self, response: Response) -> None:
        if 300 <= response.status < 400:
            return  # What is read under its name would be what it leads to.
        if _is_document(response):
            self._document = response
            self._news.set()
        elif response.request in self._own:
            number, self._count = self._count, self._count + 1
            self._start(self._capture(number, response))

    async def _capture(self, number: int, response: Response) -> None:
        try:
            await response.finished()
            sizes = await response.request.sizes()
            async with self._one_at_a_time:
                if not self.fault.done():
                    await self._keep(number, response, sizes["responseBodySize"])
        except (DownloadCancelledError, DownloadFailedError) as error:
            self._captured.clear()
            self._fail(error)
        except PlaywrightError:
            return  # It did not come to its end, or the page has gone on.

    async def _keep(self, number: int, response: Response, sent: int) -> None:
        """One answer after the other: none is fetched from the browser beside a large one."""
        if response.url in self._redirected:
            return
        if sent > LONGEST:
            self._share.take(sent)
        body = await response.body()
        self._share.take(len(body))
        self._captured[number] = Captured(url=response.url, status=response.status, body=body)
        self._news.set()

    async def read(self, page: Page) -> Browsed:
        """Scrolls and waits as ordered. Raises PlaywrightError if the page breaks."""
        await self._take_document(page)
        if self._status == 200:
            if asks_consent(self._html):
                await self._past_dialog(page)
            await self._until_enough(page)
        await self._last_answers()
        browsed = self._browsed(self._found_at(page.url))
        # What still loads would be waited for, and what has been shown would be written out.
        with contextlib.suppress(PlaywrightError):
            await page.goto("about:blank", timeout=_LAST_ANSWERS * 1000)
        return browsed

    def _found_at(self, shown: str) -> str:
        """The address of what was read: as the page shows it, unless it has left the site since."""
        return shown if same_site(shown, self._read_at) else self._read_at

    @property
    def _status(self) -> int:
        return self._document.status if self._document is not None else 200

    def refusal(self) -> Browsed | None:
        """An error without a body, in whose place the browser shows a page of its own."""
        document = self._document
        if document is None or document.status < 400:
            return None
        return Browsed(document.url, document.status, dict(document.headers), b"")

    def _browsed(self, url: str) -> Browsed:
        headers = dict(self._document.headers) if self._document is not None else {}
        captured = tuple(self._captured[number] for number in sorted(self._captured))
        return Browsed(url, self._status, headers, self._html, captured)

    async def _take_document(self, page: Page) -> None:
        """The page's HTML as it was sent; as it stands, where the browser no longer has that."""
        document = self._document
        if document is self._read and self._html:
            return
        self._read = document
        try:
            self._html = await document.body() if document is not None else b""
            self._read_at = document.url if document is not None else page.url
        except PlaywrightError:
            self._read_at, html = await page.evaluate(_AS_IT_STANDS)
            self._html = html.encode("utf-8", "replace")
        if len(self._html) > LONGEST:
            self._html = b""
            raise DownloadCancelledError("the page is larger than any answer")

    async def _until_enough(self, page: Page) -> None:
        clock = asyncio.get_running_loop().time
        last, dialog_due = clock(), _DIALOG_AFTER
        while not self._satisfied():
            self._news.clear()
            if self._browse.enough is not None:
                await _scroll(page)
            if await self._something_new():
                await self._take_document(page)
                last = clock()
            elif self._pending or self._tasks:
                last = max(last, clock() - self._order.quiet / 2)
            elif clock() - last > self._order.quiet:
                return
            elif clock() - last > dialog_due:
                dialog_due = self._order.quiet
                await self._refuse(page)

    async def _something_new(self) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), _TICK)
        return self._news.is_set()

    def _satisfied(self) -> bool:
        """Whether what has come is enough; asked again only when something has."""
        if self._asked != (self._html, self._count_done):
            self._asked = (self._html, self._count_done)
            self._enough = self._ask()
        return self._enough

    @property
    def _count_done(self) -> int:
        return len(self._captured)

    def _ask(self) -> bool:
        captured = [self._captured[number] for number in sorted(self._captured)]
        enough: Callable[..., bool] | None = self._browse.enough
        if enough is None:
            return all(any(is_at(one.url, f) for one in captured) for f in self._browse.capture)
        try:
            return enough(self._html, captured)
        except Exception:
            # A fault of ours must not keep the page open; what came is mapped, and says what is.
            log.exception("a platform's `enough` failed")
            return True

    async def _past_dialog(self, page: Page) -> None:
        """The page behind a dialog that stands in its place, where saying no leads there."""
        milliseconds = _LAST_ANSWERS * 1000
        with contextlib.suppress(PlaywrightError):
            await page.wait_for_load_state("domcontentloaded", timeout=milliseconds)
        await self._refuse(page)
        due = asyncio.get_running_loop().time() + min(self._order.quiet, _LAST_ANSWERS)
        while self._document is self._read and asyncio.get_running_loop().time() < due:
            self._news.clear()
            await self._something_new()
        await self._take_document(page)

    async def _refuse(self, page: Page) -> None:
        """Says no to what a dialog asks for beyond the necessary, if there is one."""
        button = page.get_by_role("button", name=REFUSALS).first
        if await button.count():
            with contextlib.suppress(PlaywrightError):
                await button.click(timeout=_LAST_ANSWERS * 1000)

    async def _last_answers(self) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LAST_ANSWERS)
            for task in late:
                task.cancel()


async def _scroll(page: Page) -> None:
    try:
        await page.evaluate(_SCROLL)
    except PlaywrightError as error:
        if not any(word in error.message for word in _LEAVING):
            raise


async def _close(window: Page) -> None:
    with contextlib.suppress(PlaywrightError):
        await window.close()


def _is_own(request: Request, site: str) -> bool:
    """Whether a request comes from the page itself or from a frame of the same site."""
    try:
        frame = request.frame
        return frame.parent_frame is None or same_site(frame.url, site)
    except PlaywrightError:
        return False  # A service worker's.


def _is_document(response: Response) -> bool:
    """Whether it is the page itself rather than something that the page asked for."""
    try:
        return response.request.is_navigation_request() and response.frame.parent_frame is None
    except PlaywrightError:
        return False  # A service worker's.

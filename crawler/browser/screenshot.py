"""Opens one page at a time and takes a picture of one element of it. Needs the extra `browser`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Locator, Page, Playwright, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from crawler.browser.allowance import LONGEST, MOST_RECEIVED
from crawler.browser.consent import REFUSALS, asks_consent
from crawler.browser.driver import launch, start_driver
from crawler.browser.gate import Gate, places
from crawler.browser.memory import MemoryLimit
from crawler.browser.settings import BrowserOptions, launch_options
from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from model.messages import Outcome
from model.network.proxies import DIRECTLY, Proxies

_DIALOG = 3.0
"""Seconds until the page behind a dialog that was said no to is there."""
_CLOSING = 5.0
"""Seconds until what does not close is left to end with the browser."""
_LARGEST = 16_000_000
"""Pixels of a picture."""
_TOO_MUCH = "the page fetches more than any page does"
_QUALITY = 85
_COVERED = """element => {
  const box = element.getBoundingClientRect();
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  let covered = 0;
  for (const across of [0.2, 0.5, 0.8]) for (const down of [0.2, 0.5, 0.8]) {
    const there = document.elementFromPoint(
      left + across * (right - left), top + down * (bottom - top));
    if (there && !element.contains(there) && !there.contains(element)) covered += 1;
  }
  return covered > 3;
}"""
"""Whether something else is seen at more than a third of nine points of an element."""


@asynccontextmanager
async def portraits(
    options: BrowserOptions, addresses: Iterable[str], most: int
) -> AsyncIterator[tuple[Browser, Gate]]:
    """A running browser, for pages of these sites, and its way out; both end with the block. It
    may use `most` bytes: beyond, its largest process is ended.
    """
    gate, driver = Gate(places(addresses)), None
    try:
        driver = await start_driver()
        browser = await launch(driver, launch_options(options.executable), gate)
    except PlaywrightError as error:
        await _end(driver, gate)
        raise _as_crawl_error(error, "the browser does not start") from error
    limit = MemoryLimit(most)
    limit.start()
    try:
        yield browser, gate
    finally:
        await asyncio.to_thread(limit.stop)
        with contextlib.suppress(PlaywrightError, TimeoutError):
            await asyncio.wait_for(browser.close(), _CLOSING)
        await _end(driver, gate)


async def _end(driver: Playwright | None, gate: Gate) -> None:
    if driver is not None:
        await driver.stop()
    await gate.close()


@asynccontextmanager
async def sitting(
    browser: tuple[Browser, Gate], agent: str, timeout: float, proxies: Proxies = DIRECTLY
) -> AsyncIterator[PageSession]:
    """A page in a context of its own, without anything that earlier ones left behind."""
    running, gate = browser
    context = await running.new_context(
        locale="en-US",
        user_agent=agent or None,
        service_workers="block",
        accept_downloads=False,
        proxy={"server": await gate.start(proxies)} if proxies.url else None,
    )
    try:
        context.set_default_timeout(timeout * 1000)
        session = PageSession(await context.new_page())
        await session.watch()
        yield session
    finally:
        # A page that never rests would be waited for for ever.
        with contextlib.suppress(PlaywrightError, TimeoutError):
            await asyncio.wait_for(context.close(), _CLOSING)


class PageSession:
    """One page, from its opening to its picture."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._document: Response | None = None
        self._received = 0
        self._closing: set[asyncio.Task[None]] = set()
        page.on("response", self._note)
        page.on("popup", self._end)

    async def watch(self) -> None:
        """From now on, what the page fetches is counted; it is closed when that is too much."""
        counting = await self._page.context.new_cdp_session(self._page)
        counting.on("Network.dataReceived", self._on_data)
        await counting.send("Network.enable")

    def _on_data(self, part: dict[str, Any]) -> None:
        self._received += part["dataLength"]
        if self._received > MOST_RECEIVED:
            self._end(self._page)

    def _end(self, page: Page) -> None:
        task = asyncio.create_task(_closed(page))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _note(self, response: Response) -> None:
        with contextlib.suppress(PlaywrightError):
            own = response.frame == self._page.main_frame
            if own and response.request.is_navigation_request() and not _moves(response):
                self._document = response

    @property
    def url(self) -> str:
        """Where the page was found in the end."""
        return self._page.url

    @property
    def status(self) -> int:
        """Of the page as it came last."""
        return 200 if self._document is None else self._document.status

    @property
    def headers(self) -> dict[str, str]:
        """Of the same; names in lower case."""
        return {} if self._document is None else dict(self._document.headers)

    async def open(self, url: str) -> bytes:
        """The page's HTML as it was sent, behind a consent dialog that takes a no.

        Raises Retry for a page that does not come.
        """
        try:
            await self._page.goto(url, wait_until="domcontentloaded")
            html = await self._html()
            if asks_consent(html):
                await self._refuse()
                html = await self._html()
        except PlaywrightError as error:
            raise self._crawl_error(error, "the page does not come") from error
        if len(html) > LONGEST:
            raise GiveUp(Outcome.GAVE_UP, _TOO_MUCH)
        return html

    def _crawl_error(self, error: PlaywrightError, what: str) -> CrawlError:
        if self._received > MOST_RECEIVED:
            return GiveUp(Outcome.GAVE_UP, _TOO_MUCH)
        return _as_crawl_error(error, what)

    async def _html(self) -> bytes:
        if self._document is not None:
            with contextlib.suppress(PlaywrightError):
                return await self._document.body()
        return (await self._page.content()).encode()

    async def _refuse(self) -> None:
        """Says no to what a dialog asks for; most lead to the page then, some only go away."""
        button = self._page.get_by_role("button", name=REFUSALS).first
        if await button.count():
            with contextlib.suppress(PlaywrightError):
                limit = _DIALOG * 1000
                ready = self._page.expect_navigation(wait_until="domcontentloaded", timeout=limit)
                async with ready:
                    await button.click(timeout=limit)

    async def picture(self, elements: Sequence[str], within: float) -> bytes:
        """A JPEG of the first of these elements that is seen within so many seconds.

        Raises ShapeError if there is none, GiveUp if something lies over it.
        """
        try:
            element = await self._find(elements, within)
            with contextlib.suppress(PlaywrightTimeout):
                await self._page.wait_for_load_state("load", timeout=within * 1000)
            await element.scroll_into_view_if_needed()
            await self._uncover(element)
            box = await element.bounding_box()
            if box is None or box["width"] * box["height"] > _LARGEST:
                raise GiveUp(Outcome.GAVE_UP, "the post is larger on its page than any picture")
            return await element.screenshot(type="jpeg", quality=_QUALITY, animations="disabled")
        except PlaywrightError as error:
            raise self._crawl_error(error, "no picture can be taken") from error

    async def _find(self, elements: Sequence[str], within: float) -> Locator:
        either = self._page.locator(", ".join(elements)).first
        try:
            await either.wait_for(state="visible", timeout=within * 1000)
        except PlaywrightTimeout:
            raise ShapeError("post", "is not to be seen on its page") from None
        for selector in elements:
            found = self._page.locator(selector).first
            if await found.count() and await found.is_visible():
                return found
        return either

    async def _uncover(self, element: Locator) -> None:
        """Closes a dialog that lies over the post, if it can be closed."""
        if not await element.evaluate(_COVERED):
            return
        close = self._page.locator('[role="dialog"] [aria-label="Close"]').first
        await self._page.keyboard.press("Escape")
        if await close.count() and await close.is_visible():
            with contextlib.suppress(PlaywrightError):
                await close.click(timeout=_DIALOG * 1000)
        if await element.evaluate(_COVERED):
            raise GiveUp(Outcome.LOGIN_WALL, "a dialog that does not close lies over the post")


async def _closed(page: Page) -> None:
    with contextlib.suppress(PlaywrightError):
        await page.close()


def _moves(response: Response) -> bool:
    return 300 <= response.status < 400


def _as_crawl_error(error: PlaywrightError, what: str) -> CrawlError:
    if isinstance(error, PlaywrightTimeout):
        return Retry(Outcome.TIMEOUT, f"{what} in time")
    said = error.message.strip().splitlines() or ["the browser failed"]
    return Retry(Outcome.SERVER_ERROR, f"{what}: {said[0][:200]}")

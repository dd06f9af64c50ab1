"""One browser for many tests: to start driver and browser takes most of what a picture takes.

Each use is as with a browser of its own: sites are let through by the test's settings, pages stand
in contexts of their own, and nothing may be left open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from crawler.browser.gate import Gate, places
from crawler.browser.settings import BrowserOptions

if TYPE_CHECKING:
    from playwright.async_api import Browser

T = TypeVar("T")


class OneBrowser:
    """A browser, its way out, and the event loop in which they live.

    It stands in the place of the module `asyncio` where pictures are taken.
    """

    timeout = staticmethod(asyncio.timeout)

    def __init__(self) -> None:
        from crawler.browser.screenshot import portraits

        self._open = portraits
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._started: tuple[Browser, Gate] | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """In the place of `asyncio.run`."""
        return self._runner.run(work)

    @asynccontextmanager
    async def portraits(
        self, options: BrowserOptions, addresses: Iterable[str], most: int
    ) -> AsyncIterator[tuple[Browser, Gate]]:
        """In the place of `crawler.browser.screenshot.portraits`."""
        if self._started is None:
            self._started = await self._stack.enter_async_context(self._open(options, (), most))
        browser, gate = self._started
        gate._own = places(addresses)
        try:
            yield browser, gate
        finally:
            assert browser.contexts == []

    def close(self) -> None:
        """Ends driver and browser."""
        self.run(self._stack.aclose())
        self._runner.close()

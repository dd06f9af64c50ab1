"""Opens pages by the handler of the web crawler, without the rest of it."""

from __future__ import annotations

from typing import Any

from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from crawler.browser import BROKEN, BROWSED, ORDER, Browsed, Order, browser_path
from crawler.browser.gate import places
from crawler.browser.handler import BrowserHandler
from crawler.browser.settings import BrowserOptions, browser_settings
from crawler.contract import Browse
from tests.waiting import LIMIT

_PLAIN = Browse()
DONE = Browse(
    capture=("/api/list", "/done"),
    enough=lambda _, got: any(one.url.endswith("/done") for one in got),
)
"""Until the page says that it has done what it was to do."""


class Opener:
    """One handler with its browser."""

    def __init__(self, **options: Any) -> None:
        executable = browser_path()
        assert executable is not None
        given = BrowserOptions(executable=executable, **options)
        self.crawler = get_crawler(Spider, browser_settings(given, ["http://127.0.0.1"]))
        self.crawler.spider = Spider("tests")
        self.handler = BrowserHandler.from_crawler(self.crawler)
        self._launched = False

    @property
    def broken(self) -> bool:
        """Whether the browser counts as of no use any more."""
        assert self.crawler.stats is not None
        return bool(self.crawler.stats.get_value(BROKEN))

    async def open(
        self,
        url: str,
        browse: Browse = _PLAIN,
        *,
        timeout: float = 20.0,
        page_timeout: float = LIMIT,
        quiet: float = LIMIT,
    ) -> Browsed:
        """One page, which is at its end when it has all that is wanted of it. One that is to end
        when nothing more comes says after how long: a busy machine is slow to let anything come.

        Nothing of the browser may be left in the request.
        """
        if not self._launched:
            self._launched = True
            await self.handler._maybe_launch_in_thread()
        # Whatever a test opens counts as a platform's own; what its pages ask for does not.
        self.handler._gate._own |= places([url])
        request = Request(url, meta={ORDER: Order(browse, timeout, page_timeout, quiet)})
        try:
            await self.handler.download_request(request)
        finally:
            assert not [name for name in request.meta if name.startswith("playwright")]
        browsed: Browsed = request.meta[BROWSED]
        return browsed

    @property
    def open_pages(self) -> int:
        """Pages that are open at present."""
        return sum(len(w.context.pages) for w in self.handler.context_wrappers.values())

    @property
    def contexts(self) -> list[Any]:
        """Contexts that are open at present."""
        return [wrapper.context for wrapper in self.handler.context_wrappers.values()]

    async def close(self) -> None:
        """Ends browser and driver."""
        await self.handler.close()

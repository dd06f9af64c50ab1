"""Starts Playwright's driver and the browser when the first page is wanted, and not before."""

from __future__ import annotations

import logging
from typing import Any

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

log = logging.getLogger(__name__)


class LazyBrowser:
    """A browser provider of scrapy-playwright: driver and browser together weigh 250 MB, which a
    crawler whose visits all go by plain HTTP shall not carry.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self._driver: Playwright | None = None

    async def start(self) -> None:
        """Nothing yet."""

    async def launch_browser(self) -> Browser:
        """A running browser; called again after one has died. A driver without use is replaced."""
        driver = await self._running_driver()
        try:
            browser = await driver.chromium.launch(**self._config.launch_options)
        except PlaywrightError:
            await self.close()
            raise
        log.info("browser %s is running", browser.version)
        return browser

    async def _running_driver(self) -> Playwright:
        if self._driver is None:
            try:
                self._driver = await async_playwright().start()
            except Exception as error:
                # Of a driver that dies at once, Playwright says so by a bare Exception.
                raise PlaywrightError(f"the driver did not start: {error}") from error
        return self._driver

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> Any:
        """Nothing of a visit outlives its context."""
        raise PlaywrightError("contexts that persist are not used here")

    async def close(self) -> None:
        """Ends the driver, and the browser with it."""
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.stop()

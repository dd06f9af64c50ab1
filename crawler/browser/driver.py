"""Starts Playwright's driver and the browser when the first page is wanted, and not before."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from crawler.browser.gate import Gate
from crawler.browser.settings import browser_environment

log = logging.getLogger(__name__)

_NO_SANDBOX = "No usable sandbox"
"""What Chromium says where the kernel lets it make none."""


@contextmanager
def without_secrets() -> Iterator[None]:
    """A block in which new processes inherit nothing but what a browser needs."""
    whole = dict(os.environ)
    kept = browser_environment()
    for name in whole.keys() - kept.keys():
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update({name: whole[name] for name in whole.keys() - os.environ.keys()})


async def start_driver() -> Playwright:
    """A driver that inherits no secret; Playwright hands it the whole environment otherwise.

    Raises PlaywrightError.
    """
    try:
        with without_secrets():
            return await async_playwright().start()
    except Exception as error:
        # Of a driver that dies at once, Playwright says so by a bare Exception.
        raise PlaywrightError(f"the driver did not start: {error}") from error


async def launch(driver: Playwright, options: dict[str, Any], gate: Gate) -> Browser:
    """A browser that reaches nothing but by the gate; sandboxed wherever that can be.

    Raises PlaywrightError.
    """
    given = {**options, "proxy": {"server": await gate.start()}}
    try:
        return await driver.chromium.launch(**given)
    except PlaywrightError as error:
        if _NO_SANDBOX not in error.message:
            raise
        log.warning("the kernel allows the browser no sandbox of its own; it runs without")
        return await driver.chromium.launch(**{**given, "chromium_sandbox": False})


class LazyBrowser:
    """A browser provider of scrapy-playwright: driver and browser together weigh 250 MB, which a
    crawler whose visits all go by plain HTTP shall not carry.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self._driver: Playwright | None = None
        self.gate = Gate(frozenset())
        """Its only way out; the handler says which places are the platforms' own."""

    async def start(self) -> None:
        """Nothing yet."""

    async def launch_browser(self) -> Browser:
        """A running browser; called again after one has died. A driver without use is replaced."""
        driver = await self._running_driver()
        try:
            browser = await launch(driver, self._config.launch_options, self.gate)
        except PlaywrightError:
            await self.close()
            raise
        log.info("browser %s is running", browser.version)
        return browser

    async def _running_driver(self) -> Playwright:
        if self._driver is None:
            self._driver = await start_driver()
        return self._driver

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> Any:
        """Nothing of a visit outlives its context."""
        raise PlaywrightError("contexts that persist are not used here")

    async def close(self) -> None:
        """Ends the driver, and the browser with it."""
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.stop()
        await self.gate.close()

"""One browser, for as long as the pages are looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from crawler.browser import browser_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser that public pages are opened in."""
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        yield started
        started.close()

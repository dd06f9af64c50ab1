"""Scrapy's settings of a process that opens pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_HANDLER = "crawler.browser.handler.BrowserHandler"
_PROVIDER = "crawler.browser.driver.LazyBrowser"
_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
"""Chromium's own sandbox works neither for root nor in most containers."""
_NOT_NEEDED = frozenset({"image", "font", "media"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserOptions:
    """How pages are opened."""

    executable: Path
    contexts: int = 4
    """Pages open at once; four keep two processors busy."""
    context_pages: int = 25
    """A context is closed after so many pages: what they left behind goes with it."""
    agent: str = ""
    """What the browser calls itself; empty: by its own name."""


def not_needed(request: Any) -> bool:
    """Whether a page's sub-request is for something that only eyes need."""
    return request.resource_type in _NOT_NEEDED


def browser_settings(options: BrowserOptions, addresses: Iterable[str]) -> dict[str, Any]:
    """Settings on top of `base_settings`, for pages below these addresses.

    Each scheme has a download handler with a driver process of its own, so only those that are
    needed are listed.
    """
    schemes = {urlsplit(address).scheme for address in addresses} & {"http", "https"}
    launch = {"executable_path": str(options.executable), "headless": True, "args": _ARGUMENTS}
    return {
        "DOWNLOAD_HANDLERS": dict.fromkeys(sorted(schemes), _HANDLER),
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_BROWSER_PROVIDER": _PROVIDER,
        "PLAYWRIGHT_LAUNCH_OPTIONS": {**launch, "handle_sigint": False, "handle_sigterm": False},
        # The handler itself opens one page a context. A limit here would be waited for for ever
        # after a crash, which gives no page back.
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1000,
        "PLAYWRIGHT_DOWNLOAD_TIMEOUT": 5000,
        # Of a page that was read already; to get there, each page has its own.
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 2000,
        "PLAYWRIGHT_ABORT_REQUEST": not_needed,
        "PLAYWRIGHT_PROCESS_REQUEST_HEADERS": None,
        "CITYREACH_CONTEXTS": options.contexts,
        "CITYREACH_CONTEXT_PAGES": options.context_pages,
        "CITYREACH_BROWSER_AGENT": options.agent,
    }

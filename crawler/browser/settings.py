"""Scrapy's settings of a process that opens pages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.browser.gate import places

_HANDLER = "crawler.browser.handler.BrowserHandler"
_PROVIDER = "crawler.browser.driver.LazyBrowser"
_ARGUMENTS = [
    *("--disable-dev-shm-usage", "--disable-gpu"),
    # By UDP, pages would get past the gate.
    *("--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic"),
]
_KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DISPLAY"
    r"|XAUTHORITY|XDG_\w+|FONTCONFIG_\w+|SSL_CERT_\w+|PLAYWRIGHT_\w+|CHROME\w*|NODE_EXTRA_CA_CERTS"
)
"""Names of the environment that a browser and its driver need; whatever else is there may be a
secret."""
_NOT_NEEDED = frozenset({"image", "font", "media"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserOptions:
    """How pages are opened."""

    executable: Path
    contexts: int = 4
    """Pages open at once; four keep two processors busy."""
    agent: str = ""
    """What the browser calls itself; empty: by its own name."""


def browser_environment() -> dict[str, str]:
    """What of our environment the browser and its driver get: nothing that is secret."""
    return {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}


def launch_options(executable: Path) -> dict[str, Any]:
    """Of Playwright's `launch`. Chromium's own sandbox works for anybody but root."""
    return {
        "executable_path": str(executable),
        "headless": True,
        "args": _ARGUMENTS,
        "chromium_sandbox": os.geteuid() != 0,
        "env": browser_environment(),
    }


def not_needed(request: Any) -> bool:
    """Whether a page's sub-request is for something that only eyes need."""
    return request.resource_type in _NOT_NEEDED


def browser_settings(options: BrowserOptions, addresses: Iterable[str]) -> dict[str, Any]:
    """Settings on top of `base_settings`, for pages below these addresses.

    Each scheme has a download handler with a driver process of its own, so only those that are
    needed are listed.
    """
    own = list(addresses)
    schemes = {urlsplit(address).scheme for address in own} & {"http", "https"}
    launch = launch_options(options.executable)
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
        "CITYREACH_BROWSER_PLACES": places(own),
        "CITYREACH_BROWSER_AGENT": options.agent,
    }

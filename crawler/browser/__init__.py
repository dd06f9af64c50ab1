"""The browser that opens public pages: how a request asks for it, and where one is found.

`handler` carries out such requests in the process of the web crawler alone; it needs the extra
`browser`. Nothing else here does.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from model.machine.programs import missing_libraries, needs_packages
from model.network.proxies import DIRECTLY, Proxies

if TYPE_CHECKING:
    from crawler.contract import Browse, Captured

ORDER = "cityreach_order"
"""Key of a request's meta: the `Order` of a page. Requests without it are plain HTTP."""
BROWSED = "cityreach_browsed"
"""Key of a request's meta: the `Browsed` page, once it was read."""
BROKEN = "cityreach/browser_broken"
"""Name of the crawler's statistic that is set when this process will open no more pages."""
PAGES = "cityreach/pages_read"
"""Name of the crawler's statistic that counts the pages that were read."""

_ON_PATH = ("chromium-headless-shell", "chromium")
"""Debian's packages; the headless shell takes 2.5 times less of the processor."""
_OWN = ("headless_shell", "chrome-headless-shell", "chrome")
"""What Playwright's own downloads are called."""


@dataclass(frozen=True, slots=True)
class Order:
    """A page to be opened."""

    browse: Browse
    timeout: float
    """Seconds until its first answer."""
    page_timeout: float
    """Seconds for all of it."""
    quiet: float
    """Seconds without anything new after which nothing more is expected."""
    proxies: Proxies = DIRECTLY
    """By which proxy it, and what it asks for, is reached."""


@dataclass(frozen=True, slots=True)
class Browsed:
    """A page as it was found: plain data, nothing of the browser."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    """As the server sent it."""
    captured: tuple[Captured, ...] = ()


def installed() -> bool:
    """Whether the extra `browser` is there."""
    return all(importlib.util.find_spec(name) for name in ("playwright", "scrapy_playwright"))


def browser_path(given: str = "") -> Path | None:
    """The browser to start: the one given, one on PATH, else Playwright's own; None: there is none.

    One that is given and not there is none.
    """
    if given:
        found = shutil.which(given)
        return Path(found) if found else None
    for name in _ON_PATH:
        if found := shutil.which(name):
            return Path(found)
    return next(_own(), None)


def _own() -> Iterator[Path]:
    """Playwright's own browsers, the newest first, headless shells before whole ones."""
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    root = Path(folder) if folder else Path.home() / ".cache" / "ms-playwright"
    for name in _OWN:
        yield from sorted(root.glob(f"chromium*/*/{name}"), reverse=True)


def available(given: str = "") -> bool:
    """Whether pages can be opened on this machine."""
    return not why_unavailable(given)


def why_unavailable(given: str = "") -> str:
    """Why no page can be opened on this machine, for people; empty if they can."""
    path = browser_path(given)
    if not installed():
        return "the extra `browser` is not installed"
    if path is None:
        return "there is no browser"
    missing = _lacking(path)
    return f"the browser {path} needs {needs_packages(missing)}" if missing else ""


@cache
def _lacking(path: Path) -> tuple[str, ...]:
    """Libraries that it lacks. Asked once: no library is installed while a program runs."""
    return tuple(missing_libraries(path))

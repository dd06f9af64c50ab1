"""One browser for all pages: what a page says on its console, whom it asks, how it can be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from portal.users.sessions import begin_session
from tests.portal.web.readers import Readers

WIDE, NARROW = 1280, 360
_GRAVE = ("serious", "critical")
_RUN = "axe.run({resultTypes: ['violations']})"


@dataclass
class Seen:
    """A page that is open, and what was wrong with anything it showed so far."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def look(self) -> list[str]:
        """What is wrong with the page as it stands, and was with those before it."""
        where = self.page.url
        if (overhang := self.page.evaluate(_OVERHANG)) > 0:
            self.faults.append(f"{where}: {overhang} px wider than the window")
        self.page.evaluate(AXE_SCRIPT)
        found: list[dict[str, Any]] = self.page.evaluate(_RUN)["violations"]
        self.faults += [
            f"{where}: {one['id']}: {one['nodes'][0]['html'][:160]}"
            for one in found
            if one["impact"] in _GRAVE
        ]
        return self.faults


_OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def seeing(
    browser: Browser, readers: Readers, role: str, language: str, width: int
) -> Iterator[Seen]:
    """A page of one reader's, signed in unless `role` is empty."""
    context = browser.new_context(
        base_url=readers.address,
        viewport={"width": width, "height": 800},
        locale="zh-CN" if language == "zh" else "en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    if role:
        portal = readers.portal
        secret = begin_session(portal.db, role, portal.clock.now(), portal.session_lasts)
        context.add_cookies([{"name": portal.cookie, "value": secret, "url": readers.address}])
    page = context.new_page()
    seen = Seen(page)
    _listen(seen, urlsplit(readers.address).netloc)
    yield seen
    context.close()


def _listen(seen: Seen, host: str) -> None:
    def said(message: Any) -> None:
        # What breaks the policy is told on the console, as an error.
        if message.type in ("error", "warning"):
            seen.faults.append(f"{seen.page.url}: console: {message.text}")

    def asked(request: Any) -> None:
        url = urlsplit(request.url)
        if url.scheme != "data" and url.netloc != host:
            seen.faults.append(f"{seen.page.url}: asked {request.url}")

    seen.page.on("console", said)
    seen.page.on("pageerror", lambda error: seen.faults.append(f"{seen.page.url}: {error}"))
    seen.page.on("request", asked)

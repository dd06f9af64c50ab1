"""Every page in a browser: nothing on its console, no other host, usable by all, in any width."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from portal.asking.asked import ROUTE_RIGHTS
from tests.portal.web.browser.looking import NARROW, WIDE, seeing
from tests.portal.web.browser.tasks import TASKS, Task
from tests.portal.web.readers import Readers
from tests.portal.web.test_pages import PAGES

VARIANTS = [(language, width) for language in ("zh", "en") for width in (WIDE, NARROW)]


@pytest.mark.parametrize("number", range(3))
def test_what_each_role_comes_for(browser: Browser, readers: Readers, number: int) -> None:
    """The first task of each: in Chinese on a telephone, in English on a desk."""
    task = TASKS[number]
    language, width = [("zh", NARROW), ("en", WIDE)][number % 2]
    assert _done(browser, readers, task, language, width) == []


def _done(browser: Browser, readers: Readers, task: Task, language: str, width: int) -> list[str]:
    readers.portal.redis.flushdb()
    with seeing(browser, readers, "", language, width) as seen:
        task(seen, language)
        return seen.look()


@pytest.mark.long
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
@pytest.mark.parametrize(("language", "width"), VARIANTS)
def test_the_main_tasks_everywhere(
    browser: Browser, readers: Readers, task: Task, language: str, width: int
) -> None:
    assert _done(browser, readers, task, language, width) == []


@pytest.mark.long
@pytest.mark.parametrize(("language", "width"), VARIANTS)
@pytest.mark.parametrize("role", PAGES)
def test_all_pages(
    browser: Browser, readers: Readers, role: str, language: str, width: int
) -> None:
    with seeing(browser, readers, role, language, width) as seen:
        for path in PAGES[role]:
            seen.page.goto(path)
            seen.look()
        assert seen.faults == []


def _pages() -> Iterator[str]:
    for method, path in ROUTE_RIGHTS:
        if method == "GET" and not path.startswith("/api/") and not path.endswith(".csv"):
            yield path


LED_ON = {
    *("/", "/sign-in", "/months", "/healthz", "/readyz", "/metrics", "/months/{month}/report"),
    *("/digest/leave", "/sign-in/outside", "/sign-in/back"),
    *("/months/{month}/issue/file", "/months/{month}/issue/preview"),
}
"""Lead to another page, are files or for programs, or open by a signed link alone; the form to
sign in is seen by every task; the preview is the report's own document."""


def test_no_page_is_left_out() -> None:
    listed = [path.partition("?")[0] for paths in PAGES.values() for path in paths]
    patterns = {path: re.sub(r"\{[^}]+\}", "[^/]+", path) for path in _pages()}
    unseen = {
        path
        for path, pattern in patterns.items()
        if not any(re.fullmatch(pattern, one) for one in listed)
    }
    assert unseen == LED_ON

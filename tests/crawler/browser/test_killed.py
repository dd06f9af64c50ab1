"""A browser or its driver dies at work: each test has one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from scrapy.exceptions import DownloadFailedError

from crawler.browser.memory import descendants, memory_below
from crawler.contract import Browse
from tests.crawler.browser.opening import Opener
from tests.crawler.browser.site import LIST, Site
from tests.crawler.browser.test_pages import command
from tests.waiting import wait_for


def started_since(before: set[int]) -> dict[int, str]:
    """Processes below this one with their command lines: other tests' browsers may run beside."""
    return {p: command(p) for p in descendants(os.getpid()) if p not in before}


def kill_browser(before: set[int]) -> None:
    """The browser's first process, killed as the kernel does it when memory runs out."""
    running = started_since(before)
    found = [p for p, line in running.items() if " --headless" in line and "--type=" not in line]
    os.kill(found[-1], signal.SIGKILL)  # Debian's starts with a shell script.


async def test_a_killed_browser_is_replaced(opener: Opener, site: Site) -> None:
    before = {*descendants(os.getpid())}
    assert (await opener.open(f"{site.url}/list")).status == 200
    site.pages["/hangs"] = site.hang
    running = asyncio.create_task(opener.open(f"{site.url}/hangs", timeout=30))
    await wait_for(lambda: site.asked["/hangs"] == 1)
    site.pages["/hangs"] = LIST.encode()
    kill_browser(before)
    with contextlib.suppress(DownloadFailedError):
        await running
    page = await opener.open(f"{site.url}/list", Browse(capture=("/api/list",)))
    assert len(page.captured) == 1


async def test_a_killed_driver_ends_the_process_in_good_order(opener: Opener, site: Site) -> None:
    before = {*descendants(os.getpid())}
    assert (await opener.open(f"{site.url}/list")).status == 200
    (driver,) = [p for p, line in started_since(before).items() if "run-driver" in line]
    os.kill(driver, signal.SIGKILL)
    for _ in range(3):
        with contextlib.suppress(DownloadFailedError):
            await opener.open(f"{site.url}/list")
    assert opener.broken


async def test_nothing_is_left_running(site: Site) -> None:
    before = set(descendants(os.getpid()))
    opener = Opener()
    await opener.open(f"{site.url}/list")
    assert memory_below() > 50_000_000
    await opener.close()
    assert set(descendants(os.getpid())) <= before

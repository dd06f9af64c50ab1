"""Starts a browser as a user without rights, and prints the command lines of its processes.

Run by root, whose interpreter others may not be able to start; becomes `nobody` before it starts
anything: `python -m tests.crawler.browser.unprivileged HOME`.
"""

from __future__ import annotations

import asyncio
import os
import sys

from crawler.browser import browser_path
from crawler.browser.driver import launch, start_driver
from crawler.browser.gate import Gate
from crawler.browser.memory import descendants
from crawler.browser.settings import launch_options
from tests.crawler.browser.test_pages import command
from tests.security.intruder import become_nobody


async def main() -> None:
    """One page, so that every process is there."""
    executable = browser_path()
    assert executable is not None
    driver, gate = await start_driver(), Gate(frozenset())
    browser = await launch(driver, launch_options(executable), gate)
    page = await browser.new_page()
    await page.goto("data:text/html,<title>sandboxed</title>")
    sys.stdout.write(f"{await page.title()}\n")
    for process in descendants(os.getpid()):
        sys.stdout.write(f"{command(process)}\n")
    await browser.close()
    await driver.stop()
    await gate.close()


if __name__ == "__main__":
    os.chown(sys.argv[1], 65_534, 65_534)
    os.environ["HOME"] = sys.argv[1]
    become_nobody()
    asyncio.run(main())

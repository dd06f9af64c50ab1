"""HTML printed by a browser, in a process of its own: whoever asks for it goes on meanwhile, and
nothing of a browser that hangs is left.

`python -m operations.documents.printing BROWSER` reads a page from standard input and writes the
PDF to standard output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from threading import BoundedSemaphore
from typing import Literal

from crawler.browser.memory import MemoryLimit, descendants
from crawler.browser.settings import browser_environment
from operations.errors import Failed

_PATIENCE = 60.0
"""Seconds that printing may take."""
_TURN = 20.0
"""Seconds to wait while another page is printed."""
_ONE = BoundedSemaphore(1)
_MOST = 1_500 * 2**20
"""Bytes of the browser with its driver; a report of 138 cities takes a fifth of it."""
Unprinted = Literal["none", "busy", "slow", "failed"]


class PrintError(Failed):
    """A page could not be printed."""

    def __init__(self, reason: Unprinted, text: str) -> None:
        self.reason: Unprinted = reason
        super().__init__(text)


def printed(
    html: bytes, executable: str, patience: float = _PATIENCE, turn: float = _TURN
) -> bytes:
    """A page as PDF, one page at a time in a process; raises PrintError."""
    if not _ONE.acquire(timeout=turn):
        raise PrintError("busy", "another report is being printed: try again in a minute")
    try:
        return _in_process(html, executable, patience)
    finally:
        _ONE.release()


def _in_process(html: bytes, executable: str, patience: float) -> bytes:
    process = subprocess.Popen(
        [sys.executable, "-m", "operations.documents.printing", executable],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=browser_environment() | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        pdf, said = process.communicate(html, timeout=patience)
    except subprocess.TimeoutExpired:
        raise PrintError("slow", f"the browser did not print within {patience:.0f} s") from None
    finally:
        _end(process)
    if process.returncode or not pdf.startswith(b"%PDF"):
        why = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise PrintError("failed", f"the browser could not print: {why or 'it gave nothing'}")
    return pdf


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process, and the driver and browser below it, which have groups of their own."""
    if process.poll() is None:
        for one in [*descendants(process.pid), process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


async def _pdf_of(html: str, executable: str) -> bytes:
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        # It opens nothing but the page handed over, whose scripts do not run.
        browser = await driver.chromium.launch(executable_path=executable, chromium_sandbox=False)
        page = await browser.new_page(java_script_enabled=False, offline=True)
        await page.set_content(html, wait_until="load")
        return await page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)


def _main() -> int:
    from playwright.async_api import Error

    limit = MemoryLimit(_MOST)
    limit.start()
    try:
        made = asyncio.wait_for(_pdf_of(sys.stdin.buffer.read().decode(), sys.argv[1]), _PATIENCE)
        sys.stdout.buffer.write(asyncio.run(made))
    except (Error, TimeoutError) as error:
        text = (str(error) or type(error).__name__).splitlines()[0]
        sys.stderr.write(f"{text}\n")
        return 1
    finally:
        limit.stop()
    return 0


if __name__ == "__main__":
    sys.exit(_main())

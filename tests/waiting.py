"""Waiting for what other processes do, without guessing how long they take."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Process = subprocess.Popen[bytes] | subprocess.Popen[str]

LIMIT = 180.0
"""Seconds after which a test that waits fails. It ends tests that would hang, and measures nothing:
on a busy machine all takes many times as long."""
_STEP = 0.02


def wait_until(
    condition: Callable[[], T],
    what: str = "",
    process: Process | None = None,
    within: float = LIMIT,
) -> T:
    """The first true value of a condition.

    Fails the test if `process` ends before, or after `within` seconds; `what` says what was
    waited for.
    """
    deadline = time.monotonic() + within
    while not (value := condition()):
        assert process is None or process.poll() is None, f"it ended before {what or 'that'}"
        assert time.monotonic() < deadline, f"waited in vain until {what or 'it is so'}"
        time.sleep(_STEP)
    return value


async def wait_for(condition: Callable[[], Any], what: str = "") -> None:
    """The same within an event loop."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what or 'it is so'}"
        await asyncio.sleep(_STEP)


def end(process: Process) -> int:
    """Asks a process to end, kills it if it never does, and gives its exit code."""
    process.terminate()
    try:
        return process.wait(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def gone(pid: int) -> bool:
    """Whether a process has ended, collected by its parent or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True

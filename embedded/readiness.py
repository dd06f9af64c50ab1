"""Waiting until a server that was just started listens, or has ended."""

from __future__ import annotations

import time

from embedded.binaries import Binary
from embedded.child import Process
from embedded.errors import StackError

_IN_USE = "Address already in use"


class PortTaken(StackError):
    """Another process took the port between the look for a free one and the server's start."""


def await_mark(mark: str, binary: Binary, process: Process, deadline: float) -> None:
    """Returns once the log holds `mark`; `deadline` is an instant of `time.monotonic()`.

    Raises StackError if the process ended or the deadline passed, PortTaken if its port is in use.
    """
    while mark not in process.said():
        require_alive(binary, process)
        if time.monotonic() > deadline:
            raise StackError(f"{process.name} was not ready in time; its log is {process.log}")
        time.sleep(0.02)


def require_alive(binary: Binary, process: Process) -> None:
    """Raises StackError with the reason from its log if the process has ended."""
    if process.running:
        return
    kind = PortTaken if _IN_USE in process.said() else StackError
    raise kind(f"{binary} ended at its start, {process.ending()}. Its log is {process.log}")

"""What the stack needs to know of a kind of server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from embedded.binaries import Binary
from embedded.mongo_users import Launch
from embedded.notes import ServerNotes

Alive = Callable[[], None]
"""Raises StackError if the process has ended."""


class Role(Protocol):
    """One server of the stack: how it is started, and how it becomes usable."""

    @property
    def name(self) -> str:
        """For people, and for its log file."""
        ...

    @property
    def ready_mark(self) -> str:
        """What its log says once it listens."""
        ...

    @property
    def binary(self) -> Binary:
        """The program."""
        ...

    @property
    def own(self) -> ServerNotes:
        """Port, password and last version."""
        ...

    def prepare(self, launch: Launch) -> None:
        """Makes its data directory where there is none; may run the program for that."""
        ...

    def configure(self) -> None:
        """Writes what the program reads at its start, once its port is chosen."""
        ...

    def arguments(self) -> list[str]:
        """The command line; it holds no secret."""
        ...

    def bring_up(self, alive: Alive, deadline: float) -> None:
        """From listening to usable; `deadline` is an instant of `time.monotonic()`."""
        ...

    def reason(self, said: str) -> str:
        """Why it ended, from its log; empty if that does not tell."""
        ...

"""Work that waits while a server is away: its supervisor, or somebody, will bring it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from pymongo.errors import PyMongoError

from bus.connection import TROUBLE
from operations.errors import Failed

AWAY: tuple[type[Exception], ...] = (*TROUBLE, PyMongoError)
_LONGEST = 180.0
"""Seconds a server may stay away."""
_PAUSE = 0.5
_Result = TypeVar("_Result")


def patiently(work: Callable[[], _Result], stop: Event, longest: float = _LONGEST) -> _Result:
    """Does the work, again and again while a server is away.

    Raises Failed if it stays away, or a stop was asked for.
    """
    deadline = time.monotonic() + longest
    while True:
        try:
            return work()
        except AWAY as error:
            if time.monotonic() > deadline:
                raise Failed(f"a server stays away: {type(error).__name__}") from error
        if stop.wait(_PAUSE):
            raise Failed("stopped while a server was away")

"""Ends a part in time when it is asked to stop, even while a server keeps it waiting."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread

from bus.connection import TROUBLE

log = logging.getLogger(__name__)
WITHIN = 6.0
"""Seconds that the work under way is given; the supervisor kills after eight."""
_LAST = 1.5
"""Seconds in which what is held must be given back."""


@contextmanager
def in_time(stop: Event) -> Iterator[ExitStack]:
    """What stands inside is to end when `stop` is set; what it entered into the stack as callbacks
    gives back, then, what it holds.

    Work that does not end in `WITHIN` seconds is broken off with the process, which harms nothing:
    it would be done again after a kill as well.
    """
    over, held = Event(), ExitStack()

    def watch() -> None:
        stop.wait()
        if not over.wait(WITHIN):
            log.warning("asked to stop: what was under way is broken off, and will be done again")
            _give_back(held)
            os._exit(0)

    Thread(target=watch, name="stopping", daemon=True).start()
    try:
        yield held
    finally:
        over.set()
        _give_back(held)


def _give_back(held: ExitStack) -> None:
    """In a thread of its own, for the queue server may be away, or take its time."""

    def work() -> None:
        with suppress(*TROUBLE):
            held.close()

    thread = Thread(target=work, name="giving back", daemon=True)
    thread.start()
    thread.join(_LAST)

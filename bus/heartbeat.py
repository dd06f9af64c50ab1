"""Which parts are alive: each says so every few seconds, and what is silent is dead soon after."""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import TracebackType
from typing import Self

from redis import Redis

from bus import keys
from bus.connection import TROUBLE
from bus.replies import decoded

log = logging.getLogger(__name__)
BEAT = 5.0
"""Seconds between two beats."""
_MISSED = 3
"""A part that left out so many beats is dead."""


class Heartbeat:
    """Says for as long as it is entered that a part is at work; a kill ends it within seconds."""

    def __init__(self, client: Redis, part: str, process: str) -> None:
        """`part`: what it does, such as `write`; `process` tells processes of one kind apart."""
        self._client = client
        self._key = keys.alive(part, process)
        self._stop = Event()
        self._thread = Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _beat(self) -> None:
        lasts = int(_MISSED * BEAT * 1000)
        try:
            while True:
                self._say(lasts)
                if self._stop.wait(BEAT):
                    break
        finally:
            self._say(1)

    def _say(self, milliseconds: int) -> None:
        try:
            self._client.set(self._key, "1", px=milliseconds)
        except TROUBLE as error:
            log.debug("no heartbeat: %s", type(error).__name__)


def living(client: Redis, part: str) -> list[str]:
    """The processes of a part that are alive; `*`: of all parts, each process once."""
    pattern = keys.alive(part, "*")
    found = client.scan_iter(match=pattern, count=1000)
    return sorted({decoded(name).rpartition("/")[2] for name in found})

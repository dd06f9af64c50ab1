"""The writer's loop: from the harvest into MongoDB, acknowledging only what is safe there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Protocol, TypeVar

from pymongo.errors import PyMongoError

from bus.connection import TROUBLE
from bus.harvest import HarvestEntry
from model.backoff import Backoff
from model.bounds import cut
from store.errors import Unwritable, is_away
from store.ingest.set_aside import ends_of_visits
from store.ingest.transaction import Written
from store.ingest.writer import Conflict, HarvestMessage, Writer

_T = TypeVar("_T")
log = logging.getLogger(__name__)
_AWAY = Backoff(first=0.2, most=15.0)
_MOST_CONFLICTS = 6
"""Rounds of the writer's patience with other writers that one batch is given."""
_LOGGED = 300
"""Characters of a reason in the log."""


class HarvestSource(Protocol):
    """Where the harvest comes from; what is not acknowledged is handed out again."""

    def read(self, count: int, block_ms: int) -> list[HarvestEntry]:
        """Up to `count` entries; waits for the first one for at most `block_ms`."""
        ...

    def ack(self, entries: Sequence[HarvestEntry]) -> None:
        """These are stored."""
        ...

    def reject(self, entry: HarvestEntry, reason: str) -> None:
        """This one can never be stored: it is set aside with the reason."""
        ...


@dataclass(frozen=True, slots=True)
class LoopTiming:
    """How much is read at once, and how long is waited when a server is away; in seconds."""

    count: int = 200
    block: float = 1.0
    backoff: Backoff = _AWAY


def run(
    source: HarvestSource,
    writer: Writer,
    stop: Event,
    pace: LoopTiming | None = None,
    report: Callable[[Written], object] | None = None,
) -> None:
    """Writes what comes until `stop` is set; the entries at hand are finished first.

    A message that cannot be stored, whatever the reason, is set aside, and its visits end as given
    up. While MongoDB or Redis is away, or a disk is full, it waits and tries the same again. Errors
    that waiting does not mend (refused credentials, no replica set, other months) are raised.
    """
    loop = _Loop(source, writer, stop, pace or LoopTiming(), report)
    loop.prepare()
    while not stop.is_set():
        loop.turn()


def patiently(work: Callable[[], _T], stop: Event, backoff: Backoff = _AWAY) -> _T | None:
    """Does the work, again and again while a server is away; None if `stop` is set meanwhile."""
    failures = 0
    while True:
        pause = backoff.delay(failures)
        try:
            done = work()
            if failures:
                log.warning("the server is back")
            return done
        except TROUBLE as error:
            log.warning("Redis: %s; trying again in %.1f s", error, pause)
        except PyMongoError as error:
            if not is_away(error):
                raise
            log.warning("MongoDB: %s; trying again in %.1f s", type(error).__name__, pause)
        if stop.wait(pause):
            return None
        failures += 1


class _Loop:
    def __init__(
        self,
        source: HarvestSource,
        writer: Writer,
        stop: Event,
        pace: LoopTiming,
        report: Callable[[Written], object] | None,
    ) -> None:
        self._source = source
        self._writer = writer
        self._stop = stop
        self._pace = pace
        self._report = report
        self._conflicts = 0

    def prepare(self) -> None:
        """Makes sure that this writer may write here."""
        self._patiently(self._writer.prepare)

    def turn(self) -> None:
        """Reads, writes and acknowledges once."""
        entries = self._patiently(
            lambda: self._source.read(self._pace.count, int(self._pace.block * 1000))
        )
        self._conflicts = 0
        if entries:
            self._patiently(lambda: self._settle(entries))

    def _patiently(self, work: Callable[[], _T]) -> _T | None:
        return patiently(work, self._stop, self._pace.backoff)

    def _settle(self, entries: Sequence[HarvestEntry]) -> None:
        """Sets aside what is no message, stores the rest."""
        good: list[tuple[HarvestEntry, HarvestMessage]] = []
        for entry in entries:
            if entry.message is None:
                self._set_aside(entry, entry.error or "no message")
            else:
                good.append((entry, (entry.message, entry.raw)))
        if good:
            self._store(good)

    def _store(self, good: Sequence[tuple[HarvestEntry, HarvestMessage]]) -> None:
        """Stores and acknowledges; where one entry spoils the batch, finds it by halving."""
        try:
            written = self._writer.write([message for _, message in good])
        except (Unwritable, Conflict) as error:
            if isinstance(error, Conflict):
                self._again_or_never(error)
            if len(good) == 1:
                self._set_aside(good[0][0], str(error))
                return
            middle = len(good) // 2
            self._store(good[:middle])
            self._store(good[middle:])
            return
        self._source.ack([entry for entry, _ in good])
        if self._report is not None:
            self._report(written)

    def _again_or_never(self, error: Conflict) -> None:
        """Raises the conflict, to be tried again later; returns where that was done so often that
        no other writer can be at fault: a transaction too large for the server looks the same.
        """
        self._conflicts += 1
        if self._conflicts <= _MOST_CONFLICTS:
            raise error

    def _set_aside(self, entry: HarvestEntry, reason: str) -> None:
        """Its visits end first, so that none of them is ever taken for a success."""
        log.error("harvest entry %s is set aside: %s", entry.id, cut(reason, _LOGGED))
        try:
            self._writer.end_visits(ends_of_visits(entry.data, reason))
        except Unwritable as error:
            log.error("nor can the ends of its visits be stored: %s", error)
        self._source.reject(entry, reason)

"""What is known of problems, for the time when MongoDB cannot be read or written.

A file of a fixed size beside the data, overwritten in place: on most file systems that needs no
room, so it works on a disk that has become full. Where it cannot be written, it is kept in memory.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from portal.alerts.memory import Known

log = logging.getLogger(__name__)

_SIZE = 64 * 1024
"""Bytes; an entry takes about 700."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the file."""

    pending: bool = False
    """Whether this is newer than what MongoDB has."""
    problems: list[Known] = []


class Reserve:
    """The entries of the last look; `path` None keeps them in this process only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept = Kept()
        self._in_file = path is not None

    def read(self) -> Kept:
        """What was kept last; empty where nothing was."""
        if self._path is None or not self._in_file:
            return self._kept
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return self._kept
        except (OSError, msgspec.DecodeError) as error:
            log.warning("%s cannot be read, alerts may be sent twice: %s", self._path, error)
            return self._kept

    def write(self, problems: Iterable[Known], *, pending: bool) -> None:
        """Keeps these; of too many for the file, those that were seen last."""
        newest_first = sorted(problems, key=lambda known: known.last_seen, reverse=True)
        self._kept = Kept(pending=pending, problems=newest_first)
        if self._path is None:
            return
        try:
            _overwrite(self._path, _encoded(self._kept))
            self._in_file = True
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error.strerror)
            self._in_file = False


def _encoded(kept: Kept) -> bytes:
    """As JSON, filled up with blanks to the size of the file."""
    for count in range(len(kept.problems), -1, -1):
        fitting = msgspec.structs.replace(kept, problems=kept.problems[:count])
        content = msgspec.json.encode(fitting)
        if len(content) < _SIZE:
            return content.ljust(_SIZE)
    raise AssertionError("an empty list fits")


def _overwrite(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.pwrite(descriptor, content, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

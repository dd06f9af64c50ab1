"""Starts the servers that are not configured, and hands out where they are."""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cityreach.stack import mongod, valkey
from cityreach.stack.binaries import MONGOD, VALKEY, Binary, choose, server_environment
from cityreach.stack.checks import check_space
from cityreach.stack.child import Process, end_all
from cityreach.stack.errors import StackError, cannot_use
from cityreach.stack.lock import DirectoryLock, owner_of
from cityreach.stack.notes import Notes, ServerNotes, load_notes, notes_of
from cityreach.stack.uri import Servers

LOCK = "lock"
_READY_WITHIN = 60.0
_TRIES = 3
_IN_USE = "Address already in use"


def home_of(data_dir: Path) -> Path:
    """Where the servers keep their data: one folder of the data directory, for its owner alone."""
    return data_dir.resolve() / "servers"


def running_servers(data_dir: Path) -> Servers | None:
    """The servers that a stack in another process runs for this data directory, if they are up."""
    home = home_of(data_dir)
    owner = owner_of(home / LOCK)
    notes = load_notes(home) if owner is not None and owner.ready else None
    if notes is None:
        return None
    return Servers(
        mongod.uri(notes) if notes.mongo.written_by else "",
        valkey.uri(notes) if notes.redis.written_by else "",
    )


@dataclass(frozen=True, slots=True)
class _Role:
    """What differs between the two servers."""

    name: str
    notes: ServerNotes
    prepare: Callable[[], None]
    arguments: Callable[[], list[str]]
    bring_up: Callable[[Callable[[], None], float], None]
    reason: Callable[[str], str]


class Stack:
    """The two servers. A configured URI is used as it is; for the other a server is started.

    Data, ports and passwords are kept in `data_dir` and found again by the next start. The servers
    end with this process, however it ends.
    """

    def __init__(
        self,
        data_dir: Path = Path("var"),
        mongo_uri: str | None = None,
        redis_uri: str | None = None,
    ) -> None:
        self.home = home_of(data_dir)
        self._mongo_uri = mongo_uri
        self._redis_uri = redis_uri
        self._lock = DirectoryLock(self.home / LOCK)
        self._processes: list[Process] = []
        self._servers: Servers | None = None

    def start(self) -> Servers:
        """Starts what is missing and waits until it can be used; a second call changes nothing.

        Raises StackError saying what is missing or in the way; nothing is left running then.
        """
        if self._servers is None:
            try:
                self._servers = self._start()
            except BaseException:
                self.stop()
                raise
        return self._servers

    def _start(self) -> Servers:
        if self._mongo_uri is not None and self._redis_uri is not None:
            return Servers(self._mongo_uri, self._redis_uri)
        self._take_home()
        notes = notes_of(self.home)
        roles = self._roles(notes)
        launched = [(role, self._launch(role, notes)) for role in roles]
        for role, process in launched:
            self._bring_up(role, process, notes)
        self._lock.announce(ready=True)
        return Servers(
            self._mongo_uri or mongod.uri(notes), self._redis_uri or valkey.uri(notes)
        )

    def _take_home(self) -> None:
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.home.chmod(0o700)
        except OSError as error:
            raise cannot_use(self.home, error) from error
        check_space(self.home)
        self._lock.acquire()

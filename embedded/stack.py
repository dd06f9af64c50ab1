"""Starts the servers that are not configured, and hands out where they are."""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.binaries import MONGOD, VALKEY, choose, server_environment
from embedded.checks import check_space
from embedded.child import Process, end_all
from embedded.errors import StackError
from embedded.home import LOCK, home_of, make_home
from embedded.lock import DirectoryLock
from embedded.mongod import Mongod
from embedded.notes import Notes, notes_of
from embedded.readiness import PortTaken, await_mark, require_alive
from embedded.role import Role
from embedded.running import mongo_address, redis_address
from embedded.valkey import Valkey
from model.servers import Servers

_READY_WITHIN = 120.0
_TRIES = 3
_PRIVATE = 0o077
"""The servers' umask: what they write is their owner's alone."""


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

    @property
    def processes(self) -> tuple[Process, ...]:
        """The servers we run, for supervision: one that died is started again in its place."""
        return tuple(self._processes)

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

    def stop(self) -> None:
        """Ends the servers we run and gives the data directory free."""
        end_all(self._processes)
        self._processes.clear()
        self._servers = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self) -> Servers:
        if self._mongo_uri and self._redis_uri:
            return Servers(self._mongo_uri, self._redis_uri)
        self._take_home()
        notes = notes_of(self.home)
        roles = self._roles(notes)
        # All are launched before any is waited for.
        launched = [(role, self._launch(role, notes)) for role in roles]
        for role, process in launched:
            self._bring_up(role, process, notes)
        self._lock.announce(tuple(role.name for role in roles))
        return Servers(
            self._mongo_uri or mongo_address(notes), self._redis_uri or redis_address(notes)
        )

    def _take_home(self) -> None:
        make_home(self.home)
        self._lock.acquire()
        check_space(self.home)

    def _roles(self, notes: Notes) -> list[Role]:
        roles: list[Role] = []
        if not self._mongo_uri:
            roles.append(Mongod(choose(MONGOD, notes.mongo.written_by), self.home, notes))
        if not self._redis_uri:
            roles.append(Valkey(choose(VALKEY, notes.redis.written_by), self.home, notes))
        return roles

    def _launch(self, role: Role, notes: Notes) -> Process:
        role.prepare(functools.partial(self._run_once, role))
        process = self._process(role, role.arguments())
        self._processes.append(process)
        self._run_on_free_port(role, process, notes)
        return process

    def _process(self, role: Role, argv: Sequence[str]) -> Process:
        return Process(
            name=role.name,
            argv=argv,
            env=server_environment(),
            log=self.home / "log" / f"{role.name}.log",
            keep_open=(self._lock.descriptor,),
            umask=_PRIVATE,
            explain=role.reason,
        )

    def _run_on_free_port(self, role: Role, process: Process, notes: Notes) -> None:
        role.own.port = free_port(role.own.port)
        notes.save(self.home)
        role.configure()
        process.argv = role.arguments()
        process.start()

    def _run_once(self, role: Role, argv: Sequence[str]) -> Process:
        process = self._process(role, argv)
        process.start()
        return process

    def _bring_up(self, role: Role, process: Process, notes: Notes) -> None:
        alive = functools.partial(require_alive, role.binary, process)
        for tries_left in reversed(range(_TRIES)):
            deadline = time.monotonic() + _READY_WITHIN
            try:
                await_mark(role.ready_mark, role.binary, process, deadline)
                role.bring_up(alive, deadline)
                break
            except PortTaken:
                if not tries_left:
                    raise
                self._run_on_free_port(role, process, notes)
        role.own.written_by = role.binary.series
        notes.save(self.home)


def free_port(preferred: int = 0) -> int:
    """A port of the loopback that nobody listens on: the preferred one if possible."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StackError("no free port is left on 127.0.0.1")

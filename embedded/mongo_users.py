"""The users of the embedded MongoDB: made before any port is open, verified at every start.

A MongoDB without users grants everything to whoever connects from the same machine first (the
localhost exception). So the users are made by a first run that listens on nothing but a Unix socket
in a directory that its owner alone can enter; every later run has the exception switched off.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from embedded.binaries import Binary
from embedded.child import Process, end_all
from embedded.errors import StackError, cannot_use
from embedded.readiness import await_mark

READY_MARK = '"Waiting for connections"'
_READY_WITHIN = 120.0
_STOP_WITHIN = 60.0
_LONGEST_SOCKET = 107
"""Bytes of a Unix socket's path (unix(7))."""
_NO_PORT = 27017
"""mongod wants the name of a port; with a socket as its only address it opens none."""

Document = dict[str, Any]
Launch = Callable[[Sequence[str]], Process]
"""Starts the server's program with these arguments."""


@dataclass(frozen=True, slots=True)
class MongoUser:
    """A user of the database `admin`."""

    name: str
    password: str
    roles: tuple[str, ...]

    def __repr__(self) -> str:
        return f"MongoUser(name={self.name!r}, roles={self.roles!r})"


def make_users(
    users: Sequence[MongoUser], binary: Binary, arguments: Sequence[str], launch: Launch
) -> None:
    """Runs mongod on a private socket until it has these users, and ends it.

    `arguments` name its data and its options, but no address. Raises StackError.
    """
    with _private_socket() as socket:
        address = ["--bind_ip", str(socket), "--port", str(_NO_PORT), "--nounixsocket"]
        process = launch([*arguments, *address])
        try:
            await_mark(READY_MARK, binary, process, time.monotonic() + _READY_WITHIN)
            _create(users, socket)
        except PyMongoError as error:
            raise StackError(f"mongod cannot be given its users: {error}") from error
        finally:
            killed = end_all([process], _STOP_WITHIN)
        if killed:
            raise StackError(f"mongod did not stop within {_STOP_WITHIN:.0f} s")


@contextlib.contextmanager
def _private_socket() -> Iterator[Path]:
    """Where a socket can be that its owner alone can reach; short enough for a socket's path."""
    longest = _LONGEST_SOCKET - len("/cityreach-12345678/mongod.sock")
    place = tempfile.gettempdir()
    try:
        with tempfile.TemporaryDirectory(
            prefix="cityreach-",
            dir=place if len(os.fsencode(place)) <= longest else "/tmp",  # noqa: S108
        ) as folder:
            yield Path(folder) / "mongod.sock"
    except OSError as error:
        raise cannot_use(Path(place), error) from error


def _create(users: Sequence[MongoUser], socket: Path) -> None:
    client: MongoClient[Document]
    uri = f"mongodb://{quote_plus(str(socket))}/?directConnection=true"
    with MongoClient(uri, serverSelectionTimeoutMS=5000) as client:
        for user in users:
            client.admin.command("createUser", user.name, pwd=user.password, roles=list(user.roles))


def require_users(client: MongoClient[Document], users: Sequence[MongoUser], home: Path) -> None:
    """Raises StackError if the server has other users than these, or with other roles."""
    present = client.admin.command("usersInfo", {"forAllDBs": True})["users"]
    expected = {f"admin.{user.name}": {("admin", role) for role in user.roles} for user in users}
    strange = sorted(_strange(present, expected))
    if strange or len(present) != len(expected):
        lacking = ", ".join(strange) or "a user of ours is missing"
        raise StackError(
            f"the MongoDB in {home / 'mongo'} does not have exactly the users that were made for "
            f"it ({lacking}): somebody else may have entered it, so it is not used. Find out who "
            f"made the change; then move {home} away to begin with empty servers"
        )


def _strange(
    present: Sequence[Document], expected: Mapping[str, set[tuple[str, str]]]
) -> Iterator[str]:
    for user in present:
        roles = {(role["db"], role["role"]) for role in user["roles"]}
        if expected.get(user["_id"]) != roles:
            yield f"user {user['_id']}"

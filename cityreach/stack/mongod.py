"""MongoDB as we run it: one member of a replica set on the loopback, with a password."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from cityreach.stack.binaries import Binary
from cityreach.stack.errors import StackError
from cityreach.stack.notes import Notes, write_private

SET_NAME = "cityreach"
ADMIN = "cityreach-admin"
USER = "cityreach"
ROLES = ("readWriteAnyDatabase", "dbAdminAnyDatabase", "clusterMonitor")
_CACHE_GB = 0.25
_OPLOG_MB = 256
# Smaller journal files than usual, made as they are needed: 300 MB less in an empty directory.
_ENGINE = "log=(prealloc=false,file_max=64MB)"
_NOT_YET_INITIALISED = 94
_AUTHENTICATION_FAILED = 18

Document = dict[str, Any]
Alive = Callable[[], None]


def prepare(home: Path, notes: Notes) -> None:
    """Makes the data directory and the key file, which makes mongod ask for passwords.

    What a first start that was cut short has left is thrown away: nobody has had its address yet.
    """
    data = home / "mongo"
    if not notes.mongo.written_by and data.exists():
        shutil.rmtree(data)
    data.mkdir(mode=0o700, exist_ok=True)
    write_private(home / "mongo.key", notes.mongo_key.encode())


def arguments(binary: Binary, home: Path, port: int) -> list[str]:
    """The command line; it holds no secret."""
    return [
        str(binary.path),
        *("--dbpath", str(home / "mongo")),
        *("--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket"),
        *("--replSet", SET_NAME, "--oplogSize", str(_OPLOG_MB)),
        *("--keyFile", str(home / "mongo.key")),
        *("--wiredTigerCacheSizeGB", str(_CACHE_GB)),
        *("--wiredTigerEngineConfigString", _ENGINE),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    ]


def uri(notes: Notes) -> str:
    """For the rest of the project: may read and write, may not administer."""
    return (
        f"mongodb://{USER}:{notes.mongo.password}@127.0.0.1:{notes.mongo.port}/"
        f"?authSource=admin&replicaSet={SET_NAME}"
    )


def bring_up(notes: Notes, alive: Alive, deadline: float) -> None:
    """From a process that listens to a primary with its users.

    `alive` raises if the process has ended; `deadline` is an instant of `time.monotonic()`.
    Raises StackError.
    """
    try:
        with _client(notes.mongo.port) as bare:
            if not notes.mongo.written_by:
                bare.admin.command("replSetInitiate", _set_of(notes))
            _await_primary(bare, notes, alive, deadline)
            if not notes.mongo.written_by:
                _create_admin(bare, notes)
        with _client(notes.mongo.port, ADMIN, notes.mongo_admin_password) as admin:
            _ensure_user(admin, notes)
    except PyMongoError as error:
        alive()
        raise _in_our_words(error, notes) from error


def _in_our_words(error: PyMongoError, notes: Notes) -> StackError:
    if isinstance(error, OperationFailure) and error.code == _AUTHENTICATION_FAILED:
        return StackError(
            "mongod refuses the password in stack.json: restore the file that belongs to the data"
        )
    return StackError(f"mongod on port {notes.mongo.port} cannot be set up: {error}")


def _client(port: int, user: str | None = None, password: str | None = None) -> Any:
    return MongoClient[Document](
        "127.0.0.1",
        port,
        directConnection=True,
        username=user,
        password=password,
        serverSelectionTimeoutMS=5000,
    )


def _set_of(notes: Notes) -> Document:
    return {"_id": SET_NAME, "members": [{"_id": 0, "host": _address(notes)}]}


def _address(notes: Notes) -> str:
    return f"127.0.0.1:{notes.mongo.port}"


def _await_primary(
    bare: MongoClient[Document], notes: Notes, alive: Alive, deadline: float
) -> None:
    hello = bare.admin.command("hello")
    while not hello["isWritablePrimary"]:
        alive()
        if time.monotonic() > deadline:
            raise StackError("mongod did not become the primary of its replica set in time")
        if "setName" not in hello:
            _move(notes)
        time.sleep(0.02)
        hello = bare.admin.command("hello")


def _move(notes: Notes) -> None:
    """A member that does not find its own address in the set is told that it has a new one."""
    with _client(notes.mongo.port, ADMIN, notes.mongo_admin_password) as admin:
        try:
            config = admin.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code == _NOT_YET_INITIALISED:
                return
            raise
        config["members"][0]["host"] = _address(notes)
        config["version"] += 1
        admin.admin.command("replSetReconfig", config, force=True)


def _create_admin(bare: MongoClient[Document], notes: Notes) -> None:
    """Allowed without a password only from the same machine, and only as long as nobody has one."""
    bare.admin.command("createUser", ADMIN, pwd=notes.mongo_admin_password, roles=["root"])


def _ensure_user(admin: MongoClient[Document], notes: Notes) -> None:
    known = admin.admin.command("usersInfo", USER)["users"]
    command = "updateUser" if known else "createUser"
    admin.admin.command(command, USER, pwd=notes.mongo.password, roles=list(ROLES))


def reason(said: str) -> str:
    """The last error or fatal line of mongod's log (JSON lines, severity in `s`), in words."""
    for line in reversed(said.splitlines()):
        entry = _entry(line)
        if entry is not None and entry.get("s") in ("E", "F"):
            return _in_words(entry)
    return _plain_ending(said)


def _entry(line: str) -> Document | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _in_words(entry: Document) -> str:
    attributes = entry.get("attr")
    error = attributes.get("error") if isinstance(attributes, dict) else None
    if isinstance(error, dict):
        error = error.get("errmsg")
    message = str(entry.get("msg", "")).strip()
    return f"{message}: {error}" if error else message


def _plain_ending(said: str) -> str:
    """What the dynamic linker or our shim said, which is not JSON."""
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("{")]
    return lines[-1].strip() if lines else ""

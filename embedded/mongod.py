"""MongoDB as we run it: one member of a replica set on the loopback, with a password."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from embedded.binaries import Binary
from embedded.errors import StackError, cannot_use
from embedded.mongo_users import (
    READY_MARK,
    Document,
    Launch,
    MongoUser,
    make_users,
    require_users,
)
from embedded.notes import Notes, ServerNotes, write_private
from embedded.role import Alive
from embedded.running import MONGOD_NAME, SET_NAME, USER

_ADMIN = "cityreach-admin"
ROLES = ("readWriteAnyDatabase", "dbAdminAnyDatabase", "clusterMonitor")
_CACHE_GB = 0.25
_OPLOG_MB = 256
# Smaller journal files than usual, made as they are needed: 200 MB less in an empty directory.
_ENGINE = "log=(prealloc=false,file_max=64MB)"
# Without zlib: before 6.0.27 it lets anybody read the server's memory (CVE-2025-14847).
_COMPRESSORS = "snappy,zstd"
_NOT_YET_INITIALISED = 94
_AUTHENTICATION_FAILED = 18


@dataclass(frozen=True, slots=True)
class Mongod:
    """One mongod in its folder; satisfies `embedded.role.Role`."""

    binary: Binary
    home: Path
    notes: Notes

    name = MONGOD_NAME
    ready_mark = READY_MARK

    @property
    def own(self) -> ServerNotes:
        """Port, password and last version."""
        return self.notes.mongo

    def prepare(self, launch: Launch) -> None:
        """At the first start: makes the data directory and the users in it.

        What a first start that was cut short has left is thrown away: nobody has had its address.
        """
        if self.own.written_by:
            return
        data = self.home / "mongo"
        try:
            if data.exists():
                shutil.rmtree(data)
            data.mkdir(mode=0o700)
        except OSError as error:
            raise cannot_use(data, error) from error
        make_users(self._users, self.binary, self._storage_arguments(), launch)

    def configure(self) -> None:
        """Writes the key file, which makes mongod ask for passwords."""
        write_private(self.home / "mongo.key", self.notes.mongo_key.encode())

    @property
    def _users(self) -> tuple[MongoUser, ...]:
        return (
            MongoUser(_ADMIN, self.notes.mongo_admin_password, ("root",)),
            MongoUser(USER, self.own.password, ROLES),
        )

    def arguments(self) -> list[str]:
        """The command line; it holds no secret."""
        return [
            *self._storage_arguments(),
            *("--bind_ip", "127.0.0.1", "--port", str(self.own.port), "--nounixsocket"),
            *("--replSet", SET_NAME, "--oplogSize", str(_OPLOG_MB)),
            *("--keyFile", str(self.home / "mongo.key")),
            *("--setParameter", "enableLocalhostAuthBypass=false"),
        ]

    def _storage_arguments(self) -> list[str]:
        return [
            str(self.binary.path),
            *("--dbpath", str(self.home / "mongo")),
            *("--wiredTigerCacheSizeGB", str(_CACHE_GB)),
            *("--wiredTigerEngineConfigString", _ENGINE),
            *("--networkMessageCompressors", _COMPRESSORS),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]

    def bring_up(self, alive: Alive, deadline: float) -> None:
        """From a process that listens to a primary with exactly its users. Raises StackError."""
        try:
            if not self.own.written_by:
                with self._admin() as admin:
                    admin.admin.command("replSetInitiate", self._set())
            with self._client() as bare:
                self._await_primary(bare, alive, deadline)
            with self._admin() as admin:
                require_users(admin, self._users, self.home)
        except PyMongoError as error:
            alive()
            raise self._in_words(error) from error

    def reason(self, said: str) -> str:
        """The last error or fatal line of the log (JSON lines, severity in `s`), in words."""
        for line in reversed(said.splitlines()):
            entry = _entry(line)
            if entry is not None and entry.get("s") in ("E", "F"):
                return _message(entry)
        return _plain_ending(said)

    def _client(self, user: str | None = None, password: str | None = None) -> Any:
        return MongoClient[Document](
            "127.0.0.1",
            self.own.port,
            directConnection=True,
            username=user,
            password=password,
            serverSelectionTimeoutMS=5000,
        )

    def _admin(self) -> Any:
        return self._client(_ADMIN, self.notes.mongo_admin_password)

    @property
    def _address(self) -> str:
        return f"127.0.0.1:{self.own.port}"

    def _set(self) -> Document:
        return {"_id": SET_NAME, "members": [{"_id": 0, "host": self._address}]}

    def _await_primary(self, bare: MongoClient[Document], alive: Alive, deadline: float) -> None:
        hello = bare.admin.command("hello")
        while not hello["isWritablePrimary"]:
            alive()
            if time.monotonic() > deadline:
                raise StackError("mongod did not become the primary of its replica set in time")
            if "setName" not in hello:
                # A silent stranger on the old port makes mongod wait for half a minute first.
                self._move()
                time.sleep(0.1)
            time.sleep(0.02)
            hello = bare.admin.command("hello")

    def _move(self) -> None:
        """A member that does not find its own address in the set is told its new one."""
        with self._admin() as admin:
            try:
                config = admin.admin.command("replSetGetConfig")["config"]
            except OperationFailure as error:
                if error.code == _NOT_YET_INITIALISED:
                    return
                raise
            config["members"][0]["host"] = self._address
            config["version"] += 1
            admin.admin.command("replSetReconfig", config, force=True)

    def _in_words(self, error: PyMongoError) -> StackError:
        if isinstance(error, OperationFailure) and error.code == _AUTHENTICATION_FAILED:
            return StackError(
                f"mongod refuses the password in {self.home / 'stack.json'}: "
                "restore the file that belongs to these data"
            )
        return StackError(f"mongod on port {self.own.port} cannot be set up: {error}")


def _entry(line: str) -> Document | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _message(entry: Document) -> str:
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

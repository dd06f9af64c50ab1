"""A real Sentinel for tests: the server that the project finds, told to watch."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.servers import free_port, valkey_binary
from tests.waiting import wait_until

SERVICE = "queue"
"""Under which it watches the primary server."""


class WatchingSentinel:
    """One Sentinel; what it watches can be changed."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def uri(self) -> str:
        """An address whose first Sentinel is not there."""
        return f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.port}/{SERVICE}"

    def watch(self, server: str) -> None:
        """From now on, this server is the primary one; `redis://HOST:PORT/0`."""
        host, _, port = server.removeprefix("redis://").partition("/")[0].partition(":")
        with Redis(port=self.port) as client:
            if SERVICE in client.sentinel_masters():
                client.sentinel_remove(SERVICE)
            client.sentinel_monitor(SERVICE, host, int(port), 1)


@contextmanager
def watching_sentinel(folder: Path) -> Iterator[WatchingSentinel]:
    """A Sentinel that watches nothing yet; ended with the test."""
    port, config = free_port(), folder / "sentinel.conf"
    config.write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\n")
    command = [valkey_binary(), str(config), "--sentinel"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _answers(port), "the Sentinel answers", process)
            yield WatchingSentinel(port)
        finally:
            process.kill()


def _answers(port: int) -> bool:
    with Redis(port=port) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False

"""Valkey (or Redis) as we run it: on the loopback, with a password, every write on disk."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError
from redis.retry import Retry

from cityreach.stack.binaries import Binary
from cityreach.stack.errors import StackError
from cityreach.stack.notes import Notes, write_private

CONFIG = "valkey.conf"
_MAX_MEMORY = "1gb"
"""Full means that writes are refused, never that something is thrown away or the machine swaps."""
_STAMP = re.compile(r"^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [*#.-] ")


def prepare(home: Path, notes: Notes) -> None:
    """Makes the data directory and writes the configuration, which holds the password."""
    data = home / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "bind": "127.0.0.1",
        "port": str(notes.redis.port),
        "protected-mode": "yes",
        "requirepass": notes.redis.password,
        "daemonize": "no",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": _MAX_MEMORY,
        "maxmemory-policy": "noeviction",
        "always-show-logo": "no",
    }
    lines = [f"{name} {_quoted(value)}\n" for name, value in settings.items()]
    write_private(home / CONFIG, "".join(lines).encode())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def arguments(binary: Binary, home: Path) -> list[str]:
    """The command line; it holds no secret."""
    return [str(binary.path), str(home / CONFIG)]


def uri(notes: Notes) -> str:
    """For the rest of the project."""
    return f"redis://:{notes.redis.password}@127.0.0.1:{notes.redis.port}/0"


def bring_up(notes: Notes, alive: Callable[[], None], deadline: float) -> None:
    """Waits until the server has loaded its data and answers. Raises StackError.

    `deadline` is an instant of `time.monotonic()`; a server that is loading its data may be late.
    """
    with _client(notes) as client:
        while True:
            alive()
            try:
                client.ping()
                return
            except BusyLoadingError:
                time.sleep(0.1)
            except AuthenticationError as error:
                raise StackError(f"the queue server refuses its password: {error}") from error
            except RedisError as error:
                if time.monotonic() > deadline:
                    raise StackError(f"the queue server does not answer: {error}") from error
                time.sleep(0.02)


def _client(notes: Notes) -> Redis:
    return Redis(
        port=notes.redis.port,
        password=notes.redis.password,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )


def reason(said: str) -> str:
    """The last thing the log says before the end, without its time stamp."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if " # " in line or not _STAMP.match(line)]
    return _STAMP.sub("", telling[-1]) if telling else ""

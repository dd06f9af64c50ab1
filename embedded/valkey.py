"""Valkey (or Redis) as we run it: on the loopback, with a password, every write on disk."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.retry import Retry

from embedded.binaries import Binary
from embedded.errors import StackError, cannot_use
from embedded.mongo_users import Launch
from embedded.notes import Notes, ServerNotes, write_private
from embedded.role import Alive
from embedded.running import VALKEY_NAME

CONFIG = "valkey.conf"
_MAX_MEMORY = "1gb"
"""Full means that writes are refused, never that something is thrown away or the machine swaps."""
_STAMP = re.compile(r"^\d+:\w \d+ \w+ \d+ [\d:.]+ ([-.*#]) ")
_WARNING = "#"


@dataclass(frozen=True, slots=True)
class Valkey:
    """One Valkey or Redis in its folder; satisfies `embedded.role.Role`."""

    binary: Binary
    home: Path
    notes: Notes

    name = VALKEY_NAME
    ready_mark = "Ready to accept connections"

    @property
    def own(self) -> ServerNotes:
        """Port, password and last version."""
        return self.notes.redis

    def prepare(self, launch: Launch) -> None:
        """Makes the data directory."""
        try:
            self._data.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise cannot_use(self._data, error) from error

    @property
    def _data(self) -> Path:
        return self.home / "redis"

    def configure(self) -> None:
        """Writes the configuration: the password is in force before the port is open."""
        lines = [f"{name} {_quoted(value)}\n" for name, value in self._settings().items()]
        write_private(self.home / CONFIG, "".join(lines).encode())

    def _settings(self) -> dict[str, str]:
        return {
            "bind": "127.0.0.1",
            "port": str(self.own.port),
            "protected-mode": "yes",
            "requirepass": self.own.password,
            "daemonize": "no",
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory": _MAX_MEMORY,
            "maxmemory-policy": "noeviction",
            "always-show-logo": "no",
        }

    def arguments(self) -> list[str]:
        """The command line; it holds no secret."""
        return [str(self.binary.path), str(self.home / CONFIG)]

    def bring_up(self, alive: Alive, deadline: float) -> None:
        """Waits until the server answers with its password. Raises StackError."""
        with self._client() as client:
            while True:
                alive()
                try:
                    client.ping()
                    return
                except AuthenticationError as error:
                    raise StackError(f"the queue server refuses its password: {error}") from error
                except RedisError as error:
                    if time.monotonic() > deadline:
                        raise StackError(f"the queue server does not answer: {error}") from error
                    time.sleep(0.02)

    def _client(self) -> Redis:
        return Redis(
            port=self.own.port,
            password=self.own.password,
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),
        )

    def reason(self, said: str) -> str:
        """The last warning of the log, or the last line that is no ordinary log line."""
        for line in reversed(said.splitlines()):
            stamp = _STAMP.match(line)
            if line.strip() and (stamp is None or stamp[1] == _WARNING):
                return _STAMP.sub("", line).strip()
        return ""


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

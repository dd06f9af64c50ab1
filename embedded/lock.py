"""One stack per data directory, and how others find the stack that has it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

import msgspec

from embedded.errors import StackError, cannot_use

_PATIENCE = 20.0
"""Seconds given to the servers of a stack whose process has died to end as well."""


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the directory."""

    pid: int
    serving: tuple[str, ...] = ()
    """Names of its servers that can be used; empty until all are up."""


class DirectoryLock:
    """Held by the process of a stack and by its servers, until the last of them has ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """For the servers to inherit: while any of them lives, the lock is held."""
        if self._descriptor is None:
            raise StackError(f"{self.path}: the data directory is not locked")
        return self._descriptor

    def acquire(self, patience: float = _PATIENCE) -> None:
        """Raises StackError naming the process that has the directory.

        Waits up to `patience` seconds if that process is dead and its servers are still ending.
        """
        descriptor = _open(self.path)
        deadline = time.monotonic() + patience
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            owner = _read(self.path)
            if owner is not None and _alive(owner.pid):
                os.close(descriptor)
                raise StackError(
                    f"{self.path.parent} is in use by process {owner.pid}, which runs its "
                    "servers: stop it, or choose another data directory"
                )
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise StackError(
                    f"{self.path.parent} is still held by servers of a process that has ended: "
                    f"end them (`fuser {self.path}` names them), or choose another data directory"
                )
            time.sleep(0.05)
        self._descriptor = descriptor
        self.announce(())

    def announce(self, serving: tuple[str, ...]) -> None:
        """Writes down who has the directory, and which servers can be used."""
        record = msgspec.json.encode(Owner(pid=os.getpid(), serving=serving))
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, record, 0)

    def release(self) -> None:
        """Gives the directory free; without effect if it was not held."""
        if self._descriptor is None:
            return
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = None


def owner_of(path: Path) -> Owner | None:
    """The living process that holds this lock; None if nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    with contextlib.closing(os.fdopen(descriptor, "rb")):
        # Shared, so that two processes asking at the same time do not see one another.
        if _try_lock(descriptor, fcntl.LOCK_SH):
            return None
    owner = _read(path)
    return owner if owner is not None and _alive(owner.pid) else None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise cannot_use(path, error) from error


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise StackError(
            f"the file system of the data directory offers no locks ({error.strerror}): "
            "choose a directory on a local disk"
        ) from error
    return True


def _read(path: Path) -> Owner | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Owner)
    except (OSError, msgspec.DecodeError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Ended, but not yet collected by its parent (proc(5), the field after the name)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False

"""What a stack remembers between two starts: ports, passwords, and who wrote the data."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Self

import msgspec

from embedded.errors import StackError, cannot_use

NOTES = "stack.json"


class ServerNotes(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One server's port and password, and the version that last wrote its data."""

    port: int = 0
    """0: none was chosen yet."""
    password: str
    written_by: str = ""

    def __repr__(self) -> str:
        return f"ServerNotes(port={self.port}, written_by={self.written_by!r})"


class Notes(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Kept in a file that its owner alone can read; its representation holds no password."""

    schema: int = 1
    mongo: ServerNotes
    mongo_admin_password: str
    mongo_key: str
    """Shared secret of the replica set's members."""
    redis: ServerNotes

    def __repr__(self) -> str:
        return f"Notes(mongo={self.mongo.port}, redis={self.redis.port})"

    @classmethod
    def fresh(cls) -> Self:
        """With new passwords."""
        return cls(
            mongo=ServerNotes(password=secrets.token_urlsafe(24)),
            mongo_admin_password=secrets.token_urlsafe(24),
            mongo_key=secrets.token_hex(64),
            redis=ServerNotes(password=secrets.token_urlsafe(24)),
        )

    def save(self, home: Path) -> None:
        """Raises StackError if the file cannot be written."""
        write_private(home / NOTES, msgspec.json.format(msgspec.json.encode(self)))


def load_notes(home: Path) -> Notes | None:
    """None if there are none yet. Raises StackError if they cannot be understood."""
    path = home / NOTES
    try:
        return msgspec.json.decode(path.read_bytes(), type=Notes)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_use(path, error) from error
    except msgspec.DecodeError as error:
        raise StackError(
            f"{path} holds the servers' passwords and cannot be understood ({error}): restore it, "
            f"or move {home} away to begin with empty servers"
        ) from error


def notes_of(home: Path) -> Notes:
    """What is remembered, or new passwords, written down before any server learns them."""
    notes = load_notes(home)
    if notes is None:
        _refuse_orphans(home)
        notes = Notes.fresh()
        notes.save(home)
    return notes


def _refuse_orphans(home: Path) -> None:
    """Data whose passwords are lost could not be opened any more."""
    data = home / "mongo"
    if data.is_dir() and any(data.iterdir()):
        raise StackError(
            f"{data} holds data, but {home / NOTES} with its passwords is missing: restore it, "
            f"or move {home} away to begin with empty servers"
        )


def write_private(path: Path, content: bytes) -> None:
    """Written whole or not at all, readable by its owner alone."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise cannot_use(path, error) from error

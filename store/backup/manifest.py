"""What a backup holds, and whether every byte of it is as it was written.

A backup is a folder: `manifest.json`, one `NAME.bson.zst` a collection (its documents by `_id`, one
after the other, as mongodump writes them, in a Zstandard frame), and `SHA256SUMS`, which `sha256sum
--check` reads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from store.errors import BackupError

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_FORM = 1
_LINE = re.compile(r"([0-9a-f]{64})  ([\w.-]+)")


class DumpedCollection(msgspec.Struct, frozen=True, kw_only=True):
    """One collection of a backup."""

    name: str
    file: str
    documents: int
    size: int
    """Bytes of BSON before compression."""
    sha256: str
    """Of the BSON before compression: the same data give the same value."""
    indexes: tuple[dict[str, Any], ...] = ()
    """As `createIndexes` takes them, without that of `_id`."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What `manifest.json` says."""

    form: int = _FORM
    made_at: str
    """ISO 8601, UTC."""
    program: str
    """The version of CityReach that wrote it."""
    documents_version: int
    """Of the documents, see `store.schema`."""
    server: str
    """The version of MongoDB."""
    collections: tuple[DumpedCollection, ...]

    @property
    def documents(self) -> int:
        """Of all collections together."""
        return sum(one.documents for one in self.collections)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes `manifest.json`, then the sums of all files."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / MANIFEST).write_bytes(text + b"\n")
    names = [MANIFEST, *(one.file for one in manifest.collections)]
    sums = "".join(f"{_digest(folder / name)}  {name}\n" for name in sorted(names))
    (folder / SUMS).write_text(sums, "utf-8")


def checked_manifest(folder: Path) -> Manifest:
    """The manifest of a backup of which every byte was compared with its sum. Raises BackupError
    naming what is missing, was changed, or is of a newer form."""
    sums = dict(_sums(folder))
    for name, told in sums.items():
        if not (folder / name).is_file():
            raise BackupError(f"{folder / name} is missing: the backup is not whole")
        if _digest(folder / name) != told:
            raise BackupError(f"{folder / name} is not as it was written (SHA-256): not restored")
    manifest = _manifest(folder)
    if unlisted := {MANIFEST, *(one.file for one in manifest.collections)} - sums.keys():
        names = ", ".join(sorted(unlisted))
        raise BackupError(f"{folder / SUMS} does not name {names}: the backup is not whole")
    return manifest


def _sums(folder: Path) -> Iterator[tuple[str, str]]:
    path = folder / SUMS
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup: {SUMS} is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{path} cannot be read ({type(error).__name__})") from error
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise BackupError(f"{path}, line {number}: expected a SHA-256, two spaces and a name")
        yield found[2], found[1]


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        form = msgspec.json.decode(content, type=dict[str, Any]).get("form")
        if form != _FORM:
            raise BackupError(f"{path} has form {form}, this version reads {_FORM}: update it")
        return msgspec.json.decode(content, type=Manifest)
    except OSError as error:
        raise BackupError(f"{path} cannot be read ({error.strerror})") from error
    except msgspec.DecodeError as error:
        raise BackupError(f"{path} is no manifest: {error}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

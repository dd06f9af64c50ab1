"""From a database to files, as all collections were at one instant, while others go on writing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard
from bson import json_util
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from store.backup.manifest import DumpedCollection, Manifest, write_manifest
from store.database import Store
from store.errors import BackupError
from store.schema import documents_version

STAGED = "restoring."
"""Begins the names of collections that a restore has not yet put in place."""
_LEVEL = 3
_TOO_OLD = {239, 246}
"""MongoDB's codes SnapshotTooOld and SnapshotUnavailable."""


def dump_database(db: Store, into: Path, now: datetime, program: str) -> Path:
    """A new folder in `into`, named after the instant. It appears when it is whole.

    Raises BackupError where it is there already, the disk does not take it, or MongoDB no longer
    knows the instant.
    """
    folder = into / f"{now:%Y%m%dT%H%M%SZ}"
    if folder.exists():
        raise BackupError(f"{folder} is there already; nothing was written")
    with _appearing(folder) as part, _one_instant(db) as session:
        names = sorted(name for name in db.list_collection_names() if _kept(name))
        manifest = Manifest(
            made_at=now.isoformat(),
            program=program,
            documents_version=documents_version(db),
            server=str(db.client.server_info()["version"]),
            collections=tuple(_dump(db, name, part, session) for name in names),
        )
        write_manifest(part, manifest)
    return folder


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A folder under another name, which is given its own when all has been written."""
    part = folder.with_name(f".{folder.name}.part")
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        yield part
        _to_disk(part)
        part.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise BackupError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _one_instant(db: Store) -> Iterator[ClientSession]:
    try:
        with db.client.start_session(snapshot=True) as session:
            yield session
    except OperationFailure as error:
        if error.code not in _TOO_OLD:
            raise
        raise BackupError(
            "MongoDB no longer knows how the data were when the backup began; nothing was kept. "
            "Raise its parameter minSnapshotHistoryWindowInSeconds above the backup's duration"
        ) from error


def _kept(name: str) -> bool:
    return not name.startswith(("system.", STAGED))


def _dump(db: Store, name: str, folder: Path, session: ClientSession) -> DumpedCollection:
    file, digest, documents, size = f"{name}.bson.zst", hashlib.sha256(), 0, 0
    # Annotated otherwise in PyMongo: what comes are batches of documents as BSON.
    batches: Any = db[name].find_raw_batches(sort=[("_id", 1)], session=session)
    with (folder / file).open("xb") as raw, _compressing(raw) as out:
        for batch in batches:
            out.write(batch)
            digest.update(batch)
            documents += _number_of(batch)
            size += len(batch)
    return DumpedCollection(
        name=name,
        file=file,
        documents=documents,
        size=size,
        sha256=digest.hexdigest(),
        indexes=tuple(_indexes(db, name)),
    )


def _compressing(raw: Any) -> Any:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).stream_writer(raw)


def _number_of(batch: bytes) -> int:
    """Documents in a row: each begins with its length."""
    number = place = 0
    while place < len(batch):
        place += int.from_bytes(batch[place : place + 4], "little")
        number += 1
    return number


def _indexes(db: Store, name: str) -> Iterator[dict[str, Any]]:
    for index in db[name].list_indexes():
        if index["name"] != "_id_":
            spec = {key: value for key, value in index.items() if key not in ("v", "ns")}
            yield json.loads(json_util.dumps(spec, json_options=json_util.RELAXED_JSON_OPTIONS))


def _to_disk(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

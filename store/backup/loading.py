"""From files to a database: loaded beside what is there, then put in its place.

A restore that is cut short before the placing has changed nothing. Cut short while placing, the
database says so (`store.schema`), nothing else opens it, and the same restore once more ends it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard
from bson import decode_file_iter
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.errors import BulkWriteError

from store.backup.dumping import STAGED
from store.backup.manifest import DumpedCollection, Manifest
from store.database import Store
from store.errors import BackupError
from store.schema import SCHEMA_NOTES, note_restoring, note_upgraded, refuse_newer, restoring

_BATCH = 2000
_BATCH_BYTES = 16_000_000
_RAW = CodecOptions(document_class=RawBSONDocument)


def load_database(db: Store, folder: Path, manifest: Manifest, *, replace: bool) -> None:
    """The collections of a checked backup take the place of those that are there.

    Raises BackupError where documents are there and `replace` was not said, where the backup is
    newer than this program, and for a file that does not hold what the manifest says.
    """
    refuse_newer(manifest.documents_version, f"the backup {folder}")
    unfinished = restoring(db)
    if unfinished not in (None, str(folder)) and not replace:
        raise BackupError(
            f"the restore of {unfinished} into {db.name} was cut short: give the same backup "
            "once more, or --replace to take this one"
        )
    if unfinished is None and not replace and (found := _occupied(db)):
        raise BackupError(
            f"{db.name} holds documents already ({', '.join(found)}): say --replace to put the "
            "backup in their place, or name another database by CITYREACH_MONGO_DATABASE"
        )
    _drop_staged(db)
    try:
        for one in manifest.collections:
            _load(db, folder, one)
    except BaseException:
        _drop_staged(db)
        raise
    note_restoring(db, str(folder))
    _place(db, manifest)
    note_upgraded(db, manifest.documents_version)


def _occupied(db: Store) -> list[str]:
    """Collections that hold anything, but for the note about the documents' version."""
    names = (name for name in db.list_collection_names() if not name.startswith("system."))
    return sorted(n for n in names if n != SCHEMA_NOTES and db[n].find_one({}, {"_id": 1}))


def _drop_staged(db: Store) -> None:
    for name in db.list_collection_names():
        if name.startswith(STAGED):
            db.drop_collection(name)


def _load(db: Store, folder: Path, one: DumpedCollection) -> None:
    into = db.create_collection(f"{STAGED}{one.name}")
    digest, documents = hashlib.sha256(), 0
    for batch in _batches(folder / one.file):
        for document in batch:
            digest.update(document.raw)
        _insert(into, batch, folder / one.file)
        documents += len(batch)
    if (documents, digest.hexdigest()) != (one.documents, one.sha256):
        raise BackupError(
            f"{folder / one.file} holds {documents} documents, not the {one.documents} of the "
            "manifest, or others; nothing was changed"
        )
    if one.indexes:
        db.command("createIndexes", into.name, indexes=list(one.indexes))


def _insert(into: Any, batch: list[RawBSONDocument], path: Path) -> None:
    try:
        into.insert_many(batch)
    except BulkWriteError as error:
        said = (error.details or {}).get("writeErrors") or [{}]
        reason = said[0].get("errmsg", "refused")
        raise BackupError(f"{path}: MongoDB refuses a document: {reason}") from None


def _batches(path: Path) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    size = 0
    for document in _documents(path):
        if batch and (len(batch) >= _BATCH or size + len(document.raw) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document.raw)
    if batch:
        yield batch


def _documents(path: Path) -> Iterator[RawBSONDocument]:
    # Read ahead in large pieces: decoding asks for four bytes, then for the rest, each time.
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as plain:
        source: Any = _Buffered(plain)
        yield from decode_file_iter(source, _RAW)


class _Buffered:
    """A stream read in pieces of a megabyte."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._held = b""
        self._place = 0

    def read(self, number: int) -> bytes:
        """As much as asked for; less at the end alone."""
        while len(self._held) - self._place < number:
            more = self._stream.read(1 << 20)
            if not more:
                break
            self._held, self._place = self._held[self._place :] + more, 0
        found = self._held[self._place : self._place + number]
        self._place += len(found)
        return found


def _place(db: Store, manifest: Manifest) -> None:
    """Each collection is exchanged in one step of the server; those not in the backup go."""
    wanted = {one.name for one in manifest.collections}
    for name in sorted(wanted - {SCHEMA_NOTES}):
        db[f"{STAGED}{name}"].rename(name, dropTarget=True)
    for name in db.list_collection_names():
        if name not in wanted and not name.startswith("system.") and name != SCHEMA_NOTES:
            db.drop_collection(name)

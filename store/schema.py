"""The version of the documents in a database, and what stands in the way of working with it.

A release that reads documents otherwise raises `DOCUMENTS_VERSION` and adds to `UPGRADES`
(`store.upgrade`). A database without a note that holds posts of a month was made by release 0.1.0:
version 1.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from pymongo.database import Database

from store.errors import SchemaError

DOCUMENTS_VERSION = 2
"""Of the documents that this program writes."""
SCHEMA_NOTES = "schema"
"""`_id` database. `version` of the documents; `restoring`: the backup that is being placed; `done`:
pieces of an upgrade that has not ended."""
_ID = "database"
_UNNOTED = 1
_MARK_OF_UNNOTED = "month_posts"
_Database = Database[dict[str, Any]]


def note_version(db: _Database) -> None:
    """Says in a database without a note which version its documents have."""
    if not _note(db):
        version = {"version": documents_version(db)}
        db[SCHEMA_NOTES].update_one({"_id": _ID}, {"$setOnInsert": version}, upsert=True)


def documents_version(db: _Database) -> int:
    """Which version the documents of a database have."""
    noted = _note(db).get("version")
    if noted is not None:
        return int(noted)
    old = db[_MARK_OF_UNNOTED].find_one({}, {"_id": 1}) is not None
    return _UNNOTED if old else DOCUMENTS_VERSION


def require_version(db: _Database) -> None:
    """Raises SchemaError for a database of another version, or one half restored."""
    refuse_half_restored(db)
    version = documents_version(db)
    refuse_newer(version, f"database {db.name}")
    if version < DOCUMENTS_VERSION:
        raise SchemaError(
            f"database {db.name} has documents of version {version}, this program works with "
            f"{DOCUMENTS_VERSION}: stop all parts, `cityreach backup`, then `cityreach migrate`"
        )


def refuse_half_restored(db: _Database) -> None:
    """Raises SchemaError for a database of which a restore was cut short."""
    if backup := restoring(db):
        raise SchemaError(f"{db.name} is half restored: run `cityreach restore {backup}` once more")


def refuse_newer(version: int, what: str) -> None:
    """Raises SchemaError for documents of a version that is not known here."""
    if version > DOCUMENTS_VERSION:
        raise SchemaError(
            f"{what} has documents of version {version}, this program knows them up to "
            f"{DOCUMENTS_VERSION}: update CityReach"
        )


def restoring(db: _Database) -> str | None:
    """The backup whose placing has begun and not ended."""
    found = _note(db).get("restoring")
    return None if found is None else str(found)


def note_restoring(db: _Database, backup: str) -> None:
    """Says that a backup is being placed."""
    db[SCHEMA_NOTES].update_one({"_id": _ID}, {"$set": {"restoring": backup}}, upsert=True)


def note_upgraded(db: _Database, version: int) -> None:
    """Says that all documents have this version: after a restore, or an upgrade to its end."""
    db[SCHEMA_NOTES].replace_one({"_id": _ID}, {"version": version}, upsert=True)


def pieces_done(db: _Database) -> AbstractSet[str]:
    """The pieces of an upgrade that was cut short."""
    return set(_note(db).get("done", ()))


def note_piece(db: _Database, piece: str) -> None:
    """Says that a piece of the upgrade has been done."""
    db[SCHEMA_NOTES].update_one({"_id": _ID}, {"$addToSet": {"done": piece}}, upsert=True)


def _note(db: _Database) -> dict[str, Any]:
    return db[SCHEMA_NOTES].find_one({"_id": _ID}) or {}

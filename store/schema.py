"""The version of the documents in a database, and what stands in the way of working with it.

A release that reads documents of another shape raises `DOCUMENTS_VERSION` and adds a step to
`store.upgrade`. A database without a note was made by release 0.1.0: version 1.
"""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from store.errors import SchemaError

DOCUMENTS_VERSION = 1
"""Of the documents that this program writes."""
SCHEMA_NOTES = "schema"
"""`_id` database. `version` of the documents; `restoring`: the backup that is being placed."""
_ID = "database"
_UNNOTED = 1


def note_version(db: Database[dict[str, Any]]) -> None:
    """Says in a new database which version its documents have; an older note stays."""
    db[SCHEMA_NOTES].update_one(
        {"_id": _ID}, {"$setOnInsert": {"version": DOCUMENTS_VERSION}}, upsert=True
    )


def documents_version(db: Database[dict[str, Any]]) -> int:
    """Which version the documents of a database have."""
    return int(_note(db).get("version", _UNNOTED))


def require_version(db: Database[dict[str, Any]]) -> None:
    """Raises SchemaError for a database of another version, or one half restored."""
    note = _note(db)
    if backup := note.get("restoring"):
        raise SchemaError(f"{db.name} is half restored: run `cityreach restore {backup}` once more")
    version = int(note.get("version", _UNNOTED))
    refuse_newer(version, f"database {db.name}")
    if version < DOCUMENTS_VERSION:
        raise SchemaError(
            f"database {db.name} has documents of version {version}, this program works with "
            f"{DOCUMENTS_VERSION}: stop all parts and run `cityreach migrate`"
        )


def refuse_newer(version: int, what: str) -> None:
    """Raises SchemaError for documents of a version that is not known here."""
    if version > DOCUMENTS_VERSION:
        raise SchemaError(
            f"{what} has documents of version {version}, this program knows them up to "
            f"{DOCUMENTS_VERSION}: update CityReach"
        )


def restoring(db: Database[dict[str, Any]]) -> str | None:
    """The backup whose placing has begun and not ended."""
    found = _note(db).get("restoring")
    return None if found is None else str(found)


def note_restoring(db: Database[dict[str, Any]], backup: str) -> None:
    """Says that a backup is being placed."""
    db[SCHEMA_NOTES].update_one({"_id": _ID}, {"$set": {"restoring": backup}}, upsert=True)


def restored(db: Database[dict[str, Any]], version: int) -> None:
    """Says that all of a backup is in place, and which version its documents have."""
    db[SCHEMA_NOTES].replace_one({"_id": _ID}, {"version": version}, upsert=True)


def _note(db: Database[dict[str, Any]]) -> dict[str, Any]:
    return db[SCHEMA_NOTES].find_one({"_id": _ID}) or {}

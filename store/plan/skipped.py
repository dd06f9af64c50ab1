"""Small notes of the scheduler in MongoDB: what was given up, and what was done once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import DuplicateKeyError

from model.messages import VisitKind
from model.visit import Priority, Skipped, SkipReason
from store.database import Store

GIVEN_UP = "given_up"
"""`_id` platform:kind:slot:rank:why. Visits that were due and were not made, by account."""
JOB_NOTES = "notes"
"""`_id` of a note. `began`: when planning began; `score 2025-05`: when it was done; and so on."""


class StoredSkipLog:
    """See `scheduler.contract.SkipLog`."""

    def __init__(self, db: Store) -> None:
        self._db = db

    def began(self, now: datetime) -> datetime:
        """When planning began here."""
        if not done(self._db, "began"):
            mark(self._db, "began", now)
        found = self._db[JOB_NOTES].find_one({"_id": "began"})
        at: datetime = found["at"] if found else now
        return at

    def note(self, entries: Sequence[Skipped]) -> None:
        """Takes the place of earlier entries of the same id; one without accounts removes it."""
        writes: list[ReplaceOne[dict[str, Any]] | DeleteOne] = [
            ReplaceOne({"_id": entry.id}, _document(entry), upsert=True)
            if entry.accounts
            else DeleteOne({"_id": entry.id})
            for entry in entries
        ]
        if writes:
            self._db[GIVEN_UP].bulk_write(writes)


def _document(entry: Skipped) -> dict[str, Any]:
    return {
        "_id": entry.id,
        "platform": entry.platform,
        "slot": entry.slot,
        "kind": entry.kind.value,
        "rank": entry.priority.value,
        "why": entry.why.value,
        "accounts": list(entry.accounts),
    }


def _skipped(stored: Mapping[str, Any]) -> Skipped:
    return Skipped(
        platform=stored["platform"],
        slot=stored["slot"],
        kind=VisitKind(stored["kind"]),
        priority=Priority(stored["rank"]),
        why=SkipReason(stored["why"]),
        accounts=tuple(stored["accounts"]),
    )


def given_up(db: Store, start: datetime, end: datetime) -> list[Skipped]:
    """What was given up of the slots from `start` to before `end`, in order of time."""
    found = db[GIVEN_UP].find({"slot": {"$gte": start, "$lt": end}})
    return [_skipped(one) for one in found.sort([("slot", 1), ("_id", 1)])]


def done(db: Store, name: str) -> bool:
    """Whether something that is done once was done."""
    return db[JOB_NOTES].count_documents({"_id": name}, limit=1) > 0


def mark(db: Store, name: str, now: datetime, facts: Mapping[str, Any] | None = None) -> None:
    """Notes that something was done; the first note stays."""
    try:
        db[JOB_NOTES].insert_one({"_id": name, "at": now, **(facts or {})})
    except DuplicateKeyError:
        return

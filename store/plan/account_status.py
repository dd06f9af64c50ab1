"""What verification learnt of the watched accounts: absences, handles they had before. Registry.

An account is gone if it was not found twice, at least a day apart, and not found in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne

from store.database import ACCOUNTS, Document, Store
from store.ingest.merging import CONFIRMED_AFTER
from store.keys import instant


@dataclass(frozen=True, slots=True)
class AccountAbsence:
    """An account that was not found."""

    since: datetime
    """When it was looked for in vain for the first time."""
    gone_at: datetime | None
    """When that was confirmed, a day later or more."""


def mark_absent(db: Store, keys: Iterable[str], at: datetime) -> dict[str, AccountAbsence]:
    """Notes that these accounts (`platform:id` or `platform:@handle`) were not found."""
    wanted, now = list(keys), instant(at)
    stored = {one["_id"]: one for one in db[ACCOUNTS].find({"_id": {"$in": wanted}})}
    marks = {key: _absence(one, now) for key, one in stored.items()}
    updates = [
        UpdateOne({"_id": key}, {"$set": {"absent_since": mark.since, "gone_at": mark.gone_at}})
        for key, mark in marks.items()
    ]
    if updates:
        db[ACCOUNTS].bulk_write(updates)
    return marks


def _absence(stored: Document, now: datetime) -> AccountAbsence:
    since = stored.get("absent_since") or now
    gone_at = stored.get("gone_at")
    if gone_at is None and now - since >= CONFIRMED_AFTER:
        gone_at = now
    return AccountAbsence(since, gone_at)


def mark_present(db: Store, keys: Iterable[str]) -> int:
    """Notes that these accounts were found; gives how many of them had been absent."""
    absent = {"_id": {"$in": list(keys)}, "absent_since": {"$exists": True}}
    done = db[ACCOUNTS].update_many(absent, {"$unset": {"absent_since": "", "gone_at": ""}})
    return done.modified_count


def add_former_handles(db: Store, former: Mapping[str, str], at: datetime) -> None:
    """Keeps the handles (by account key) that the registry had until now."""
    updates = [
        UpdateOne({"_id": key}, {"$push": {"former_handles": {"handle": handle, "until": until}}})
        for key, handle in former.items()
        for until in (instant(at),)
    ]
    if updates:
        db[ACCOUNTS].bulk_write(updates)

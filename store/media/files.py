"""Visits of files: planned, leased, ended; what was expected and what was seen."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, ReturnDocument, UpdateOne

from store.database import Document, Store
from store.keys import instant
from store.media.collections import MEDIA_FILES

PLANNED, DONE, GIVEN_UP = "planned", "done", "given_up"
"""States of a file: still to be had, read to its end, tried for the last time."""


@dataclass(frozen=True, slots=True)
class FileLease:
    """The right to visit one file; lost when it is not used in time."""

    file: str
    attempts: int
    """Attempts that ended before."""
    token: str


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file that is to be visited."""

    id: str
    family: str
    at: datetime
    due: datetime


def plan_files(db: Store, files: Iterable[PlannedFile]) -> int:
    """Notes files that are not known yet; gives their number."""
    wanted = {file.id: file for file in files}
    known = {one["_id"] for one in db[MEDIA_FILES].find({"_id": {"$in": [*wanted]}}, {"_id": True})}
    new = [
        UpdateOne(
            {"_id": file.id},
            {
                "$setOnInsert": {
                    "family": file.family,
                    "at": instant(file.at),
                    "due": instant(file.due),
                    "state": PLANNED,
                    "attempts": 0,
                    "deliveries": 0,
                }
            },
            upsert=True,
        )
        for file in wanted.values()
        if file.id not in known
    ]
    if new:
        db[MEDIA_FILES].bulk_write(new, ordered=False)
    return len(new)


def lease_file(
    db: Store, now: datetime, span: tuple[datetime, datetime], seconds: float
) -> FileLease | None:
    """The oldest file of a span that is due and that nobody else visits; None if there is none.

    A lease ends by the server's own clock: after a kill the file is handed out once more.
    """
    token = uuid.uuid4().hex
    free = {"$lt": [{"$ifNull": ["$leased_until", instant(_LONG_AGO)]}, "$$NOW"]}
    found = db[MEDIA_FILES].find_one_and_update(
        {
            "state": PLANNED,
            "due": {"$lte": instant(now)},
            "at": {"$gte": instant(span[0]), "$lt": instant(span[1])},
            "$expr": free,
        },
        [
            {
                "$set": {
                    "lease": token,
                    "leased_until": {"$add": ["$$NOW", int(seconds * 1000)]},
                    "deliveries": {"$add": ["$deliveries", 1]},
                }
            }
        ],
        sort=[("due", ASCENDING)],
        return_document=ReturnDocument.AFTER,
    )
    return None if found is None else FileLease(found["_id"], found["attempts"], token)


def try_again(db: Store, now: datetime, span: tuple[datetime, datetime]) -> int:
    """Makes the files of a span that were given up, or wait for their retry, due now."""
    again = db[MEDIA_FILES].update_many(
        {
            "state": {"$in": [PLANNED, GIVEN_UP]},
            "attempts": {"$gt": 0},
            "at": {"$gte": instant(span[0]), "$lt": instant(span[1])},
        },
        {"$set": {"state": PLANNED, "due": instant(now)}},
    )
    return again.modified_count


def due_files(db: Store, now: datetime, span: tuple[datetime, datetime]) -> int:
    """How many files of a span are to be visited now."""
    return db[MEDIA_FILES].count_documents(
        {
            "state": PLANNED,
            "due": {"$lte": instant(now)},
            "at": {"$gte": instant(span[0]), "$lt": instant(span[1])},
        }
    )


def file_states(db: Store, start: datetime, end: datetime) -> dict[str, Document]:
    """What is known of each visited or planned file of a span, by id."""
    condition = {"at": {"$gte": instant(start), "$lt": instant(end)}}
    fields = {"body": False, "why": False}
    return {one["_id"]: one for one in db[MEDIA_FILES].find(condition, fields)}


def visited_since(db: Store, since: datetime) -> list[Mapping[str, Any]]:
    """Attempts of files that ended since then: number by family and outcome, bytes and rows."""
    return list(
        db[MEDIA_FILES].aggregate(
            [
                {"$match": {"ended_at": {"$gte": instant(since)}}},
                {
                    "$group": {
                        "_id": {"family": "$family", "outcome": "$outcome"},
                        "files": {"$sum": 1},
                        "bytes": {"$sum": "$size"},
                        "latest": {"$max": "$ended_at"},
                        "detail": {"$last": "$detail"},
                    }
                },
                {"$sort": {"_id": 1}},
            ]
        )
    )


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
LEASE = timedelta(minutes=40)
"""Longer than a download may take."""

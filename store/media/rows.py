"""Rows that were kept: articles and countries of a span, and the raw row behind an article."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from store.database import Document, Store
from store.ingest.raw import NoSuchAnswer, answer, body_of
from store.keys import instant
from store.media.collections import (
    MEDIA_ARTICLES,
    MEDIA_FILES,
    MEDIA_GEOGRAPHY,
    MEDIA_LISTED,
    MEDIA_ROWS,
)

_DAY = timedelta(days=1)


def stored_articles(db: Store, start: datetime, end: datetime) -> Iterator[Document]:
    """Articles of batches in [start, end), in no order."""
    condition = {"at": {"$gte": instant(start), "$lt": instant(end)}}
    yield from db[MEDIA_ARTICLES].find(condition, batch_size=2_000)


def listed_texts(db: Store, start: datetime, end: datetime) -> Iterator[Document]:
    """Rows of lists of articles in [start, end)."""
    yield from db[MEDIA_LISTED].find({"at": {"$gte": instant(start), "$lt": instant(end)}})


def stored_countries(db: Store, start: datetime, end: datetime) -> Iterator[Document]:
    """Parts of the days that [start, end) touches, with `at`, `hosts` and `urls`."""
    condition = {"at": {"$gt": instant(start - _DAY), "$lt": instant(end)}}
    yield from db[MEDIA_GEOGRAPHY].find(condition)


def raw_row(db: Store, sha256: str) -> bytes:
    """A raw row as GDELT has it. Raises NoSuchAnswer and DamagedAnswer."""
    found = db[MEDIA_ROWS].find_one({"_id": sha256}, {"body": True, "size": True})
    if found is None:
        raise NoSuchAnswer(f"no raw answer {sha256} in the archive")
    return body_of(found)


def any_raw(db: Store, sha256: str) -> bytes:
    """A raw answer of a platform, or a raw row. Raises as `raw_row`."""
    try:
        return answer(db, sha256)
    except NoSuchAnswer:
        return raw_row(db, sha256)


def expire_rows(db: Store, before: datetime) -> int:
    """Removes raw rows and lists of batches before an instant; gives the number of raw rows.
    Articles and visits of files stay."""
    condition = {"at": {"$lt": instant(before)}}
    db[MEDIA_LISTED].delete_many(condition)
    return db[MEDIA_ROWS].delete_many(condition).deleted_count


def kept_bytes(db: Store) -> int:
    """Room that the collections of rows take on disk, bytes."""
    names = (MEDIA_ROWS, MEDIA_ARTICLES, MEDIA_LISTED, MEDIA_GEOGRAPHY, MEDIA_FILES)
    there = set(db.list_collection_names())
    return sum(int(db.command("collStats", name)["storageSize"]) for name in names if name in there)

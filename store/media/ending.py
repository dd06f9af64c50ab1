"""The end of a file's visit: what it brought and how it ended, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import zstandard
from bson.binary import Binary
from pymongo.client_session import ClientSession

from store.database import Document, Store
from store.errors import StoreError
from store.keys import instant
from store.media.collections import (
    MEDIA_ARTICLES,
    MEDIA_FILES,
    MEDIA_GEOGRAPHY,
    MEDIA_LISTED,
    MEDIA_ROWS,
)
from store.media.files import DONE, GIVEN_UP, PLANNED, FileLease

_LEVEL = 6
_PART = 10_000
"""Hosts or addresses in one document; each takes some 100 bytes of the 16 MB."""


class LeaseLost(StoreError):
    """Somebody else has the file by now; nothing was written."""


@dataclass(slots=True)
class FileEnd:
    """What a visit brought, ready to be kept."""

    at: datetime
    """Of the file."""
    ended_at: datetime
    outcome: str
    detail: str
    due: datetime | None
    """When a file that is not whole is asked for again; None: never."""
    whole: bool
    counts: Mapping[str, Any]
    """Numbers of rows by what became of them, size and hash of the file, and the like."""
    articles: Sequence[Document] = ()
    """With `_id`, the SHA-256 of their rows."""
    listed: Sequence[Document] = ()
    raw: Mapping[str, bytes] = field(default_factory=dict)
    """Rows by SHA-256."""
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    urls: Mapping[str, Sequence[str]] = field(default_factory=dict)


def end_visit(db: Store, lease: FileLease, end: FileEnd) -> dict[str, int]:
    """Keeps all of it or nothing; what is there already stays as it is. Gives how many articles
    and rows are new. Raises LeaseLost."""
    raw = [_raw(key, line, lease.file, end.at) for key, line in end.raw.items()]
    geography = list(_geography(lease.file, end))

    def write(session: ClientSession) -> dict[str, int]:
        _end(db, session, lease, end)
        added = {
            name: _add(db, session, name, documents)
            for name, documents in (
                (MEDIA_ROWS, raw),
                (MEDIA_ARTICLES, end.articles),
                (MEDIA_LISTED, end.listed),
            )
        }
        if geography:
            db[MEDIA_GEOGRAPHY].delete_many({"file": lease.file}, session=session)
            db[MEDIA_GEOGRAPHY].insert_many(geography, session=session)
        return added

    with db.client.start_session() as session:
        return session.with_transaction(write)


def _end(db: Store, session: ClientSession, lease: FileLease, end: FileEnd) -> None:
    state = DONE if end.whole else PLANNED if end.due is not None else GIVEN_UP
    change: Document = {
        "state": state,
        "outcome": end.outcome,
        "detail": end.detail,
        "ended_at": instant(end.ended_at),
        **end.counts,
    }
    if end.due is not None:
        change["due"] = instant(end.due)
    ended = db[MEDIA_FILES].update_one(
        {"_id": lease.file, "state": PLANNED, "lease": lease.token},
        {
            "$set": change,
            "$inc": {"attempts": 1},
            "$unset": {"lease": "", "leased_until": ""},
        },
        session=session,
    )
    if ended.matched_count == 0:
        raise LeaseLost(f"{lease.file}: the lease has ended; somebody else visits the file")


def _add(db: Store, session: ClientSession, name: str, documents: Sequence[Document]) -> int:
    if not documents:
        return 0
    keys = [document["_id"] for document in documents]
    there = db[name].find({"_id": {"$in": keys}}, {"_id": True}, session=session)
    known = {one["_id"] for one in there}
    new = {one["_id"]: one for one in documents if one["_id"] not in known}
    if new:
        db[name].insert_many(list(new.values()), ordered=False, session=session)
    return len(new)


def _raw(key: str, line: bytes, file: str, at: datetime) -> Document:
    body = zstandard.ZstdCompressor(level=_LEVEL).compress(line)
    return {"_id": key, "file": file, "at": instant(at), "size": len(line), "body": Binary(body)}


def _geography(file: str, end: FileEnd) -> list[Document]:
    entries = [("hosts", *one) for one in end.hosts.items()]
    entries += [("urls", *one) for one in end.urls.items()]
    parts = []
    for number, start in enumerate(range(0, len(entries), _PART)):
        part: Document = {
            "_id": f"{file}:{number}",
            "file": file,
            "at": instant(end.at),
            "hosts": [],
            "urls": [],
        }
        for kind, name, countries in entries[start : start + _PART]:
            part[kind].append([name, sorted(countries)])
        parts.append(part)
    return parts

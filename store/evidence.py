"""Pictures of posts as people saw them, in GridFS, with what is needed to trust them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId
from gridfs import GridFS
from gridfs.errors import NoFile
from pymongo import DESCENDING

from store.database import ACCOUNTS, POSTS, Document, Store
from store.errors import StoreError
from store.keys import instant

EVIDENCE = "evidence"
"""The bucket: `evidence.files` and `evidence.chunks`."""
_TYPE = "image/jpeg"


class NoSuchEvidence(StoreError):
    """Nothing is kept under this id."""


class DamagedEvidence(StoreError):
    """The picture is no longer the one that was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen with a picture."""

    post: str
    """`platform:post id`."""
    platform: str
    url: str
    """Where the page was found in the end."""
    observed_at: datetime
    """UTC."""
    counts: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why a counter has no value."""
    granularity: Mapping[str, int] = field(default_factory=dict)
    """The steps of counters that were shown rounded."""
    note: str = ""
    """Why there are no counts at all."""
    browser: str
    """Name and version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One picture as it is kept."""

    id: str
    seen: Seen
    sha256: str
    """Of the picture."""
    size: int
    """Bytes."""


def put(db: Store, jpeg: bytes, seen: Seen) -> Evidence:
    """Stores a picture with what was seen; it is there as a whole or not at all."""
    digest = hashlib.sha256(jpeg).hexdigest()
    seen = replace(seen, observed_at=instant(seen.observed_at))
    key = GridFS(db, EVIDENCE).put(
        jpeg,
        filename=f"{seen.post.replace(':', '/')}.jpg",
        contentType=_TYPE,
        metadata={**asdict(seen), "sha256": digest},
    )
    return Evidence(id=str(key), seen=seen, sha256=digest, size=len(jpeg))


def get(db: Store, key: str) -> tuple[Evidence, bytes]:
    """A picture and what was seen with it. Raises NoSuchEvidence and DamagedEvidence."""
    try:
        file = GridFS(db, EVIDENCE).get(ObjectId(key))
        jpeg = file.read()
    except (NoFile, InvalidId) as error:
        raise NoSuchEvidence(f"no evidence {key!r} is kept") from error
    found = _evidence(str(file._id), file.length, file.metadata or {})
    if hashlib.sha256(jpeg).hexdigest() != found.sha256:
        raise DamagedEvidence(f"evidence {key} does not match its SHA-256 {found.sha256}")
    return found, jpeg


def entries(db: Store, post: str | None = None) -> list[Evidence]:
    """All that is kept, or all of one post (`platform:post id` or address), newest first."""
    named: list[Document] = [{"metadata.post": post}, {"metadata.url": post}]
    condition: Document = {} if post is None else {"$or": named}
    files = db[f"{EVIDENCE}.files"].find(condition)
    newest = files.sort([("metadata.observed_at", DESCENDING), ("_id", DESCENDING)])
    return [_evidence(str(one["_id"]), one["length"], one["metadata"]) for one in newest]


def handle_of_post(db: Store, post: str) -> str:
    """The handle of a known post's account; empty if the post or the handle is not known."""
    known = db[POSTS].find_one({"_id": post}, {"account": True})
    if known is None:
        return ""
    account = db[ACCOUNTS].find_one({"_id": known["account"]}, {"handle": True})
    handle = None if account is None else account.get("handle")
    return handle if isinstance(handle, str) else ""


def _evidence(key: str, size: int, stored: Mapping[str, Any]) -> Evidence:
    told = {name: value for name, value in stored.items() if name != "sha256"}
    return Evidence(id=key, seen=Seen(**told), sha256=stored["sha256"], size=size)

"""The archive of raw answers: compressed, kept once whatever the number of readings from it."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

import zstandard
from bson.binary import Binary

from model.bounds import MOST_RAW
from model.messages import HarvestPage
from store.database import RAW, Document, Store
from store.errors import StoreError, Unwritable
from store.keys import instant

_SHORT = re.compile(r"[0-9a-f]{6,63}")
"""The beginning of a hash."""
_LARGEST_WINDOW = 64 * 1024 * 1024
"""Bytes that decompressing may take beside the body; what is stored here takes 8 MB at most."""


class NoSuchAnswer(StoreError):
    """The archive does not hold this answer (any more)."""


class DamagedAnswer(StoreError):
    """The stored body is not the one that its SHA-256 names."""


def document(page: HarvestPage, body: bytes) -> Document:
    """The raw answer of a page; `body` is compressed with zstd.

    Raises Unwritable if it is not the body that the page names.
    """
    raw = page.raw
    try:
        _verified(raw.sha256, raw.size, body)
    except DamagedAnswer as error:
        raise Unwritable(str(error)) from error
    stored: Document = {
        "_id": raw.sha256,
        "platform": page.platform,
        "endpoint": raw.endpoint,
        "url": raw.url,
        "status": raw.status,
        "observed_at": instant(raw.observed_at),
        "size": raw.size,
        "body": Binary(body),
        "pages": [_page(page)],
    }
    return {**stored, "version": raw.version} if raw.version else stored


def _page(page: HarvestPage) -> Document:
    """What an answer was had for: without it no reading could be made from it again."""
    return {
        "slot": instant(page.slot),
        "observed_at": instant(page.raw.observed_at),
        "visits": sorted(set(page.visits)),
    }


def answer(db: Store, sha256: str) -> bytes:
    """The body of a raw answer as the platform sent it; the beginning of its hash is enough where
    no other begins so. Raises NoSuchAnswer and DamagedAnswer."""
    condition: Document = {"_id": sha256}
    if _SHORT.fullmatch(sha256):
        condition = {"_id": {"$gte": sha256, "$lt": f"{sha256}g"}}
    found = list(db[RAW].find(condition, {"body": True, "size": True}).limit(2))
    if not found:
        raise NoSuchAnswer(f"no raw answer {sha256} in the archive")
    if len(found) > 1:
        raise NoSuchAnswer(f"several raw answers begin with {sha256}: name more of the hash")
    return body_of(found[0])


def body_of(stored: Document) -> bytes:
    """The body of a stored answer (`_id`, `body`, `size`). Raises DamagedAnswer."""
    return _verified(stored["_id"], stored["size"], stored["body"])


def _verified(sha256: str, size: int, compressed: bytes) -> bytes:
    """Never more than `size` bytes are decompressed, whatever the frame says of itself."""
    try:
        if not 0 <= size <= MOST_RAW:
            raise DamagedAnswer(f"raw answer {sha256}: a size of {size} bytes")
        decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        with decompressor.stream_reader(compressed) as reader:
            body = reader.read(size + 1)
    except zstandard.ZstdError as error:
        raise DamagedAnswer(f"raw answer {sha256} cannot be decompressed: {error}") from error
    if len(body) != size or hashlib.sha256(body).hexdigest() != sha256:
        raise DamagedAnswer(f"raw answer {sha256} does not hold the {size} bytes of this SHA-256")
    return body


def expire(db: Store, before: datetime) -> int:
    """Removes the raw answers that were had before an instant; gives their number."""
    return db[RAW].delete_many({"observed_at": {"$lt": instant(before)}}).deleted_count

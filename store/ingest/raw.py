"""The archive of raw answers: compressed, kept once whatever the number of readings from it."""

from __future__ import annotations

from datetime import datetime

import zstandard
from bson.binary import Binary

from model.messages import HarvestPage
from store.database import RAW, Document, Store
from store.errors import StoreError
from store.keys import instant


class NoSuchAnswer(StoreError):
    """The archive does not hold this answer (any more)."""


def document(page: HarvestPage, body: bytes) -> Document:
    """The raw answer of a page; `body` is compressed with zstd."""
    raw = page.raw
    return {
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


def _page(page: HarvestPage) -> Document:
    """What an answer was had for: without it no reading could be made from it again."""
    return {
        "slot": instant(page.slot),
        "observed_at": instant(page.raw.observed_at),
        "visits": sorted(set(page.visits)),
    }


def answer(db: Store, sha256: str) -> bytes:
    """The body of a raw answer as the platform sent it. Raises NoSuchAnswer."""
    found = db[RAW].find_one({"_id": sha256}, {"body": True, "size": True})
    if found is None:
        raise NoSuchAnswer(f"no raw answer {sha256} in the archive")
    return zstandard.ZstdDecompressor().decompress(found["body"], max_output_size=found["size"])


def expire(db: Store, before: datetime) -> int:
    """Removes the raw answers that were had before an instant; gives their number."""
    return db[RAW].delete_many({"observed_at": {"$lt": instant(before)}}).deleted_count

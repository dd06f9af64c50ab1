"""Answers of the API that a month's counts are checked against, with when they were asked."""

from __future__ import annotations

from datetime import datetime

from pymongo import DESCENDING

from store.database import Document, Store
from store.keys import instant
from store.media.collections import CHECKS


def keep_check(db: Store, period: str, city: str, at: datetime, answer: Document) -> None:
    """Keeps one answer: `outcome`, `articles`, `of`, `detail`, `url`, `body`. `at`: the host's
    time, by which questions are spaced."""
    when = instant(at)
    kept = {**answer, "period": period, "city": city, "asked_at": when}
    db[CHECKS].replace_one({"_id": f"{period}:{city}:{when:%Y%m%dT%H%M%S.%f}"}, kept, upsert=True)


def last_check(db: Store) -> datetime | None:
    """When the API was asked last; None: never."""
    found = db[CHECKS].find_one({}, {"asked_at": True}, sort=[("asked_at", DESCENDING)])
    return None if found is None else found["asked_at"]

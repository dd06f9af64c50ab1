"""Views of encyclopedia articles: asked for once, for a month that is over does not change."""

from __future__ import annotations

from datetime import datetime

from store.database import Document, Store
from store.keys import instant
from store.media.collections import INTEREST


def known_views(db: Store, month: str) -> dict[tuple[str, str], Document]:
    """By project and title, what is known of a month: `views` (None: no data), `url`."""
    found = db[INTEREST].find({"month": month})
    return {(one["project"], one["title"]): one for one in found}


def keep_views(db: Store, month: str, at: datetime, answer: Document) -> None:
    """Keeps one answer: `project`, `title`, `views`, `url`, `body`."""
    key = f"{month}:{answer['project']}:{answer['title']}"
    kept = {**answer, "month": month, "asked_at": instant(at)}
    db[INTEREST].update_one({"_id": key}, {"$setOnInsert": kept}, upsert=True)

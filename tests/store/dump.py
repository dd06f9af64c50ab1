"""The whole content of a database, to compare what different ways of writing leave."""

from __future__ import annotations

from typing import Any

from store.database import COLLECTIONS, TURNS, Store


def dump(db: Store) -> dict[str, dict[str, Any]]:
    """Documents by `_id` by collection; the turns that writers took are no content."""
    return {
        name: {document["_id"]: document for document in db[name].find()}
        for name in COLLECTIONS
        if name != TURNS
    }


def clear(db: Store) -> None:
    """Removes all documents."""
    for name in COLLECTIONS:
        db[name].delete_many({})

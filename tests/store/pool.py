"""Empty databases for tests: to empty one takes a fraction of what making one does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from store.database import COLLECTIONS, Store, connect_mongo, ensure_indexes

_NUMBER = 3
"""In turn, so that what a test has left running writes into none that another test has."""
_Shape = dict[str, tuple[object, object]]


class Databases:
    """A few databases of a server, each as if it were new whenever it is given out."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._turns = count()
        self._shape: _Shape | None = None

    @contextmanager
    def empty(self) -> Iterator[Store]:
        """One with all collections and indexes, and nothing in them."""
        db = connect_mongo(self._uri, f"t{next(self._turns) % _NUMBER}")
        try:
            _end_sessions(db)
            self._make_ready(db)
            yield db
            _end_sessions(db)
        finally:
            db.client.close()

    def _make_ready(self, db: Store) -> None:
        for name in set(db.list_collection_names()) - set(COLLECTIONS):
            db.drop_collection(name)
        if self._shape is None or _shape(db) != self._shape:
            db.client.drop_database(db.name)
            ensure_indexes(db)
            self._shape = _shape(db)
            return
        for name in COLLECTIONS:
            db[name].delete_many({})


def _end_sessions(db: Store) -> None:
    # What a killed writer has left open would hold up what follows for a minute.
    db.client.admin.command("killAllSessions", [])


def _shape(db: Store) -> _Shape:
    """By collection: its options, and its indexes."""
    found: dict[str, Any] = {one["name"]: one.get("options") for one in db.list_collections()}
    return {name: (options, db[name].index_information()) for name, options in found.items()}

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count

import pytest

from store.database import Store, connect_mongo, ensure_indexes
from tests.store.mongod import Mongod

_numbers = count()


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    folder = tmp_path_factory.mktemp("mongod")
    server = Mongod(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def db(mongod: Mongod) -> Iterator[Store]:
    """A database of the test's own, with its indexes."""
    db = connect_mongo(mongod.uri, f"t{next(_numbers)}")
    ensure_indexes(db)
    yield db
    # What a killed writer has left open would hold up the dropping for a minute.
    db.client.admin.command("killAllSessions", [])
    db.client.drop_database(db.name)
    db.client.close()

from __future__ import annotations

from datetime import UTC

from store.database import COLLECTIONS, Store, connect_mongo, ensure_indexes
from tests.store.harvest import day
from tests.store.mongod import Mongod


def test_indexes_are_made_once(db: Store) -> None:
    before = {name: db[name].index_information() for name in COLLECTIONS}
    ensure_indexes(db)
    assert {name: db[name].index_information() for name in COLLECTIONS} == before
    assert set(COLLECTIONS) <= set(db.list_collection_names())
    assert len(before["post_readings"]) == 1, "readings are found by their _id alone"


def test_writes_are_journaled_by_a_majority_and_reads_see_only_such(db: Store) -> None:
    assert db.write_concern.document == {"w": "majority", "j": True}
    assert db.read_concern.level == "majority"
    assert db.client.options.retry_writes


def test_times_come_back_aware(db: Store) -> None:
    db["posts"].insert_one({"_id": "x:1", "last_seen": day(3)})
    (found,) = db["posts"].find()
    assert found["last_seen"] == day(3)
    assert found["last_seen"].utcoffset() == UTC.utcoffset(None)


def test_the_database_in_the_uri_is_the_one_used(mongod: Mongod) -> None:
    db = connect_mongo(mongod.uri.replace("/?", "/named?"), "otherwise")
    assert db.name == "named"
    db.client.close()

from __future__ import annotations

from datetime import timedelta

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from store.database import Document, Store
from store.ingest.orphans import end_abandoned
from store.ingest.writer import Writer
from tests.store.harvest import KEY, closed, day, page, post, visit
from tests.store.mongod import Mongod

MESSAGES = [
    page(visit(day(10)), day(10), posts=[post("1", day(10), day(9), likes=1)]),
    closed(visit(day(10)), day(10), seen=["1"]),
]


def test_a_killed_writers_transaction_is_ended(db: Store) -> None:
    writer = Writer(db, patience=timedelta(milliseconds=50))
    with db.client.start_session() as left_open:
        left_open.start_transaction()
        db["turns"].insert_one({"_id": KEY, "n": 1}, session=left_open)
        assert writer.write(MESSAGES).posts == 1
        with pytest.raises(OperationFailure, match="aborted"):
            left_open.commit_transaction()
    assert db["posts"].count_documents({}) == 1


def test_a_transaction_that_goes_on_is_waited_for(db: Store) -> None:
    with db.client.start_session() as busy, busy.start_transaction():
        db["turns"].insert_one({"_id": KEY, "n": 1}, session=busy)
        assert end_abandoned(db, timedelta(minutes=1)) == 0
    assert Writer(db).write(MESSAGES).posts == 1


def test_what_is_not_ours_is_left_alone(mongod: Mongod, db: Store) -> None:
    with (
        MongoClient[Document](mongod.uri, appname="somebody else") as client,
        client.start_session() as theirs,
        theirs.start_transaction(),
    ):
        client[db.name]["notes"].insert_one({"_id": 1}, session=theirs)
        assert end_abandoned(db, timedelta()) == 0
    assert db["notes"].count_documents({}) == 1

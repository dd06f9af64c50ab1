"""The primary of a replica set of three dies while the harvest is being stored."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from pymongo import MongoClient

from bus import keys
from bus.connection import connect_redis
from bus.harvest import HarvestOut
from model.messages import encode
from store.database import connect_mongo, ensure_indexes
from store.ingest.loop import LoopTiming, run
from store.ingest.transaction import Written
from store.ingest.writer import Writer
from tests.long.month import tell
from tests.long.replica_set import replica_set
from tests.servers import valkey
from tests.store.dump import dump
from tests.store.harvest import Message, account, closed, day, page, post, visit

pytestmark = pytest.mark.long
ACCOUNTS = 300


def _messages() -> list[Message]:
    """Of each account one page of 20 posts, and the end of its visit."""
    found: list[Message] = []
    for number in range(ACCOUNTS):
        of = visit(day(10), account_id=str(number))
        items = [
            post(f"{number}_{one}", day(10), day(9), account=str(number), likes=one)
            for one in range(20)
        ]
        shown = [account(day(10), account_id=str(number), followers=number)]
        found.append(page(of, day(10), posts=items, accounts=shown))
        found.append(closed(of, day(10), seen=[item.id for item in items]))
    return found


def test_the_primary_is_killed_during_writing(tmp_path: Path) -> None:
    messages = _messages()
    (tmp_path / "mongo").mkdir()
    (tmp_path / "redis").mkdir()
    with replica_set(tmp_path / "mongo") as members, valkey(tmp_path / "redis") as (uri, _):
        clean = connect_mongo(members.uri, "clean")
        ensure_indexes(clean)
        Writer(clean).write(messages)
        expected = dump(clean)
        clean.client.close()
        redis = connect_redis(uri)
        for message, raw in messages:
            fields = {"m": encode(message)} | ({"raw": raw} if raw is not None else {})
            redis.xadd(keys.HARVEST, fields)  # type: ignore[arg-type]
        db = connect_mongo(members.uri, "killed")
        ensure_indexes(db)
        harvest, stop = HarvestOut(redis, "writer-1", idle_ms=0), threading.Event()
        moments, killed = [time.monotonic()], threading.Event()

        def report(written: Written) -> None:
            moments.append(time.monotonic())
            if len(moments) == 10:
                threading.Thread(target=kill).start()
            if not harvest.waiting():
                stop.set()

        def kill() -> None:
            members.kill_primary()
            killed.set()

        run(harvest, Writer(db), stop, LoopTiming(count=10, block=0.1), report)
        assert killed.is_set()
        stall = max(later - earlier for earlier, later in pairwise(moments))
        tell(f"{len(messages)} messages; longest stall {stall:.1f} s")
        assert redis.xlen(keys.DEAD) == 0
        db.client.close()
        # A new client sees what a majority has, whoever the primary is now.
        with MongoClient(members.uri, tz_aware=True) as again:
            assert again.killed.post_readings.count_documents({}) == 20 * ACCOUNTS
        left = connect_mongo(members.uri, "killed")
        assert dump(left) == expected
        left.client.close()
        redis.close()

"""The writer's loop on a real Valkey and a real mongod, with everything that may happen to it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import OperationFailure
from redis import Redis

from bus import keys
from bus.harvest import HarvestOut
from model.backoff import Backoff
from model.messages import encode
from store.database import Store, connect_mongo, ensure_indexes
from store.ingest.loop import LoopTiming, run
from store.ingest.transaction import Written
from store.ingest.writer import Writer
from tests.shared import ROOT
from tests.store.dump import clear, dump
from tests.store.harvest import Message, account, closed, day, page, post, visit
from tests.store.mongod import Mongod
from tests.waiting import LIMIT

QUICK = LoopTiming(count=4, block=0.05, backoff=Backoff(first=0.05, most=0.2))


def _batch(accounts: int = 6, posts: int = 40) -> list[Message]:
    """Timelines of some accounts, two slots each; the second misses a post."""
    messages: list[Message] = []
    for number in range(accounts):
        for slot, hidden in ((day(10), 0), (day(12), 1)):
            of = visit(slot, account_id=str(number))
            items = [
                post(f"{number}_{one}", slot, day(9), account=str(number), likes=one + slot.day)
                for one in range(hidden, posts)
            ]
            shown = [account(slot, account_id=str(number), followers=slot.day)]
            messages.append(page(of, slot, posts=items[: posts // 2], accounts=shown))
            messages.append(page(of, slot, posts=items[posts // 2 :]))
            messages.append(closed(of, slot, seen=[item.id for item in items]))
    return messages


def _send(redis: Redis, messages: Sequence[Message]) -> None:
    for message, raw in messages:
        fields = {"m": encode(message)} | ({"raw": raw} if raw is not None else {})
        redis.xadd(keys.HARVEST, fields)  # type: ignore[arg-type]


def _until_empty(redis: Redis, db: Store) -> None:
    """Runs the loop until the harvest is empty."""
    harvest, stop = HarvestOut(redis, "writer-1", idle_ms=0), threading.Event()

    def report(written: Written) -> None:
        if not harvest.waiting():
            stop.set()

    run(harvest, Writer(db), stop, QUICK, report)


def _expected(db: Store, messages: Sequence[Message]) -> dict[str, object]:
    Writer(db).write(messages)
    expected = dump(db)
    clear(db)
    return dict(expected)


def test_what_comes_is_stored_and_leaves_the_stream(redis: Redis, db: Store) -> None:
    expected = _expected(db, _batch())
    _send(redis, _batch())
    _until_empty(redis, db)
    assert dump(db) == expected
    assert redis.xlen(keys.HARVEST) == 0
    assert redis.xlen(keys.DEAD) == 0


def test_poison_is_set_aside_and_the_rest_goes_on(redis: Redis, db: Store) -> None:
    good = _batch(accounts=2)
    expected = _expected(db, good)
    _send(redis, good[:3])
    redis.xadd(keys.HARVEST, {"m": b'{"type":"page/99"}'})
    message, raw = page(visit(day(10)), day(10), posts=[post("7", day(10), day(9), likes=1)])
    redis.xadd(keys.HARVEST, {"m": encode(message).replace(b'"7"', b'"no id"'), "raw": raw or b""})
    _send(redis, good[3:])
    _until_empty(redis, db)
    (lost,) = db["visits"].find({"outcome": "gave_up"})
    assert lost["_id"] == visit(day(10)).id
    db["visits"].delete_one(lost)
    assert dump(db) == expected
    entries: Any = redis.xrange(keys.DEAD)
    dead = [fields for _, fields in entries]
    assert len(dead) == 2
    assert b"schema 1" in dead[0][b"why"]
    assert b"post 'no id' is not 1 to 200 characters without spaces" in dead[1][b"why"]
    assert redis.xlen(keys.HARVEST) == 0


@pytest.mark.parametrize("lines", [1, 3, 5])
def test_a_writer_killed_half_way(
    redis: Redis, redis_uri: str, mongod: Mongod, db: Store, lines: int
) -> None:
    messages = _batch()
    expected = _expected(db, messages)
    _send(redis, messages)
    command = [
        sys.executable,
        "-m",
        "tests.store.ingest.write_process",
        redis_uri,
        mongod.uri,
        db.name,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        for _ in range(lines):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert redis.xlen(keys.HARVEST) > 0, "it was not killed half-way"
    assert dump(db) != expected
    _until_empty(redis, db)
    assert dump(db) == expected


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_mongod_goes_away_and_comes_back(redis: Redis, tmp_path: Path, how: signal.Signals) -> None:
    server = Mongod(tmp_path / "mongod")
    server.start()
    db = connect_mongo(server.uri, "away", timeout=0.5)
    ensure_indexes(db)
    messages = _batch(accounts=4)
    expected = _expected(db, messages)
    try:
        _send(redis, messages[:12])
        _until_empty(redis, db)
        half = dump(db)
        loop = threading.Thread(target=_until_empty, args=(redis, db))
        server.stop(how)
        _send(redis, messages[12:])
        loop.start()
        server.start()
        loop.join(timeout=LIMIT)
        assert not loop.is_alive()
        assert half != expected
        assert dump(db) == expected
    finally:
        db.client.close()
        server.stop()


def test_a_stopped_loop_waits_no_longer_for_mongod(redis: Redis, tmp_path: Path) -> None:
    server = Mongod(tmp_path / "mongod")
    server.start()
    db = connect_mongo(server.uri, "away", timeout=0.2)
    writer, stop = Writer(db), threading.Event()
    _send(redis, _batch(accounts=1))
    harvest = HarvestOut(redis, "writer-1", idle_ms=0)
    server.stop()
    loop = threading.Thread(target=run, args=(harvest, writer, stop, QUICK))
    loop.start()
    stop.set()
    loop.join(timeout=LIMIT)
    db.client.close()
    assert not loop.is_alive()
    assert harvest.waiting() == 6, "nothing was acknowledged that is not stored"


def _fail(db: Store, **how: Any) -> None:
    times = {"times": how.pop("times")} if "times" in how else "alwaysOn"
    db.client.admin.command({"configureFailPoint": "failCommand", "mode": times, "data": how})


@pytest.fixture
def failing(db: Store) -> Iterator[Store]:
    yield db
    db.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


def test_what_waiting_does_not_mend_is_raised(redis: Redis, failing: Store) -> None:
    _send(redis, _batch(accounts=1))
    writer = Writer(failing)
    _fail(failing, failCommands=["update"], errorCode=13)
    harvest = HarvestOut(redis, "writer-1", idle_ms=0)
    with pytest.raises(OperationFailure):
        run(harvest, writer, threading.Event(), QUICK)
    assert harvest.waiting() == 6


@pytest.mark.parametrize("command", ["insert", "update", "find", "commitTransaction"])
def test_interrupted_commands_are_tried_again(redis: Redis, failing: Store, command: str) -> None:
    messages = _batch(accounts=2)
    expected = _expected(failing, messages)
    _send(redis, messages)
    _fail(failing, times=3, failCommands=[command], closeConnection=True)
    _until_empty(redis, failing)
    assert dump(failing) == expected

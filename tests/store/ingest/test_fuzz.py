"""Spoilt messages of every kind with good ones between them, into the writer as it really runs."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from redis import Redis

from bus import keys
from bus.dead import read_dead_letters
from model.items import Mapped
from model.platform import PlatformName
from store.database import Store
from store.ingest.writer import Writer
from store.month.kept import verify_month
from store.replay.run import Replay, Scope
from tests.operations.mappers import VERSIONS
from tests.store.dump import clear, dump
from tests.store.harvest import MAY, day
from tests.store.ingest import fuzz
from tests.store.mongod import Mongod
from tests.waiting import Process, end, wait_until

_AT_ONCE = 1000


@contextmanager
def writing(redis_uri: str, mongo_uri: str, name: str, folder: Path) -> Iterator[Process]:
    """`cityreach write`; its log is `write.log` in the folder."""
    environment = {
        **os.environ,
        "CITYREACH_MONGO_URI": mongo_uri,
        "CITYREACH_MONGO_DATABASE": name,
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_DATA_DIR": str(folder),
    }
    command = [sys.executable, "-m", "cityreach", "write"]
    with (folder / "write.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            end(process)


def _no_rows(platform: PlatformName, body: bytes, observed_at: datetime) -> Mapped:
    return Mapped(shape="tests.nothing")


@pytest.mark.parametrize("number", [500, pytest.param(20_000, marks=pytest.mark.long)])
def test_every_good_message_is_stored_and_the_writer_goes_on(
    redis: Redis, redis_uri: str, mongod: Mongod, db: Store, tmp_path: Path, number: int
) -> None:
    good = [message for one in range(0, number, fuzz.EVERY) for message in fuzz.good(one)]
    Writer(db).write(good)
    expected = dump(db)
    clear(db)
    draw = random.Random(number)
    with writing(redis_uri, mongod.uri, db.name, tmp_path) as process:
        for start in range(0, number, _AT_ONCE):
            for place in range(start, min(start + _AT_ONCE, number)):
                if place % fuzz.EVERY == 0:
                    for message in fuzz.good(place):
                        redis.xadd(keys.HARVEST, fuzz.fields_of(message))  # type: ignore[arg-type]
                else:
                    redis.xadd(keys.HARVEST, fuzz.spoilt(place, draw))  # type: ignore[arg-type]
            wait_until(lambda: redis.xlen(keys.HARVEST) == 0, "all was taken", process)
        assert process.poll() is None
        assert end(process) == 0
    stored = dump(db)
    for name, documents in expected.items():
        for key, document in documents.items():
            assert stored[name].get(key) == document, (name, key)
    letters = read_dead_letters(redis)
    assert len(letters) > number // 4
    assert all(letter.reason for letter in letters)
    assert list(verify_month(db, MAY)) == []
    batches = list(Replay(db, _no_rows, VERSIONS).compared(Scope(day(1, 1))))
    assert sum(batch.answers for batch in batches) > 0

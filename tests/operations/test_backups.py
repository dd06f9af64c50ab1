"""Backup and restore as commands: what they keep, when they refuse, what the queue forgets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bus import keys
from bus.dispatch import Dispatcher
from model.messages import Visit, VisitKind
from operations.running.clock import set_file_clock
from store.database import Store
from tests.cityreach.in_process import Done, command
from tests.store.mongod import Mongod

VISIT = Visit(
    platform="x",
    account="1",
    handle="a",
    kind=VisitKind.PROFILE,
    slot=datetime(2025, 5, 1, tzinfo=UTC),
)


@pytest.fixture
def run(db: Store, mongod: Mongod, redis: Redis, redis_uri: str, tmp_path: Path) -> Any:
    """A command on the test's servers, on some day of June."""
    db["accounts"].insert_one({"_id": "x:1"})

    def on(day: int, *args: str) -> Done:
        set_file_clock(tmp_path / "clock", datetime(2025, 6, day, tzinfo=UTC))
        more = {
            "CITYREACH_MONGO_URI": mongod.uri,
            "CITYREACH_MONGO_DATABASE": db.name,
            "CITYREACH_REDIS_URI": redis_uri,
            "CITYREACH_CLOCK_FILE": str(tmp_path / "clock"),
        }
        return command(*args, data=tmp_path, **more)

    return on


def test_old_backups_go_and_the_last_one_comes_back(
    run: Any, db: Store, redis: Redis, tmp_path: Path
) -> None:
    (tmp_path / "b" / "mine").mkdir(parents=True)
    made = [run(day, "backup", "b", "--keep", "2") for day in (1, 2, 3)]
    assert [done.returncode for done in made] == [0, 0, 0], made[0].stderr
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == [
        "20250602T000000Z",
        "20250603T000000Z",
        "mine",
    ]
    folder = made[-1].stdout.strip()
    assert run(3, "restore", folder, "--check").returncode == 0
    assert "--replace" in run(3, "restore", folder).stderr
    db["accounts"].delete_many({})
    Dispatcher(redis).dispatch([VISIT])
    redis.set(keys.ledger("x", VISIT.slot.date()), "5")
    done = run(3, "restore", folder, "--replace")
    assert done.returncode == 0, done.stderr
    assert db["accounts"].find_one({}) == {"_id": "x:1"}
    assert Dispatcher(redis).dispatch([VISIT]) == 1
    assert redis.exists(keys.ledger("x", VISIT.slot.date()))


def test_nothing_is_restored_under_parts_at_work(run: Any, db: Store, redis: Redis) -> None:
    folder = run(1, "backup", "b").stdout.strip()
    db["accounts"].delete_many({})
    for part in ("write", "schedule", "crawl-x-api"):
        key = keys.alive(part, f"host-of-{part}")
        redis.set(key, "1")
        done = run(1, "restore", folder, "--replace")
        assert (done.returncode, f"host-of-{part}" in done.stderr) == (1, True)
        redis.delete(key)
    assert db["accounts"].find_one({}) is None


def test_what_is_no_backup_is_named(run: Any, tmp_path: Path) -> None:
    assert run(1, "restore", "none").returncode == 2
    (tmp_path / "empty").mkdir()
    done = run(1, "restore", "empty")
    assert (done.returncode, "empty is no backup" in done.stderr) == (1, True)

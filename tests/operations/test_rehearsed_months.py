"""Which months of a world are lived through, and when what is kept may be emptied."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from redis import Redis

from bus import keys
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from model.months import Months
from model.route import Route
from model.servers import Servers
from operations.errors import UsageError
from operations.rehearsal.duties import Lead
from operations.rehearsal.keeping import _MARK, Life, begin, finish
from operations.rehearsal.months import months_asked
from operations.rehearsal.world_run import put_world_accounts
from operations.runtime import Runtime
from sandbox.world.file import load_world
from sandbox.world.model import World
from store.accounts import accounts, put_accounts
from store.database import ACCOUNTS, Store
from tests.sandbox.running import SMALL
from tests.store.mongod import Mongod

LIFE = Life("small", "1f", ("2025-04", "2025-05"), "api")


def world(start: str, end: str) -> World:
    first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (start, end))
    return World(name="w", start=first, end=last, note="")


@pytest.mark.parametrize(
    ("start", "end", "last", "count", "found"),
    [
        ("2025-02-26", "2025-06-08", None, None, ["2025-03", "2025-04", "2025-05"]),
        ("2024-12-26", "2025-06-08", None, None, ["2025-03", "2025-04", "2025-05"]),
        ("2024-12-26", "2025-06-08", None, 5, [f"2025-0{n}" for n in range(1, 6)]),
        ("2025-02-26", "2025-06-08", "2025-04", None, ["2025-04"]),
        ("2025-02-26", "2025-06-08", "2025-04", 2, ["2025-03", "2025-04"]),
        ("2025-04-28", "2025-06-05", None, None, ["2025-05"]),
        # No month is whole: the first that begins within.
        ("2025-04-28", "2025-05-20", None, None, ["2025-05"]),
    ],
)
def test_months_of_a_world(
    start: str, end: str, last: str | None, count: int | None, found: list[str]
) -> None:
    periods = months_asked(world(start, end), Months(), last, count)
    assert [period.name for period in periods] == found


@pytest.mark.parametrize(("last", "count"), [("2025-07", None), (None, 4), ("2025-01", 1)])
def test_months_that_a_world_does_not_know(last: str | None, count: int | None) -> None:
    with pytest.raises(UsageError, match=r"knows 2025-02-28 to 2025-06-08 alone"):
        months_asked(world("2025-02-28", "2025-06-08"), Months(), last, count or 5)


def never(_question: str) -> bool:
    raise AssertionError("asked")


@pytest.fixture
def opened(
    mongod: Mongod, redis_uri: str, db: Store, redis: Redis, tmp_path: Path
) -> Callable[..., Runtime]:
    def make(**more: str) -> Runtime:
        settings = load_settings(None, data_dir=tmp_path, mongo_database=db.name, **more)
        return open_runtime(settings, Servers(mongod.uri, redis_uri))

    assert not redis.dbsize()
    return make


def test_what_is_kept_is_emptied_only_if_somebody_agrees(opened: Callable[..., Runtime]) -> None:
    runtime = opened()
    assert not begin(runtime, LIFE, keep=True, fresh=never)
    runtime.db.posts.insert_one({"_id": "x:1"})
    assert not begin(runtime, LIFE, keep=True, fresh=never), "begun, and not lived to its end"
    finish(runtime)
    assert begin(runtime, LIFE, keep=False, fresh=never)
    other, asked = Life("another", "2e", LIFE.months, "api"), list[str]()
    with pytest.raises(UsageError, match="say --fresh"):
        begin(runtime, other, keep=False, fresh=lambda question: bool(asked.append(question)))
    assert "keeps 2025-04 to 2025-05 of world small" in asked[0]
    assert runtime.db.posts.count_documents({}) == 1
    assert not begin(runtime, other, keep=False, fresh=lambda _: True)
    assert runtime.db.posts.count_documents({}) == 0
    assert not begin(runtime, LIFE, keep=False, fresh=never), "the other was not kept"
    runtime.close()


def test_what_came_to_its_end_without_being_kept_is_kept_from_then_on(
    opened: Callable[..., Runtime],
) -> None:
    runtime = opened()
    assert not begin(runtime, LIFE, keep=False, fresh=never)
    assert not begin(runtime, LIFE, keep=True, fresh=never), "not lived to its end"
    runtime.db[_MARK].update_one({}, {"$set": {"kept": False}})
    runtime.db.posts.insert_one({"_id": "x:1"})
    finish(runtime)
    assert not begin(runtime, LIFE, keep=True, fresh=never, anew=True), "asked for anew"
    runtime.db.posts.insert_one({"_id": "x:1"})
    runtime.db[_MARK].update_one({}, {"$set": {"kept": False, "finished": True}})
    assert begin(runtime, LIFE, keep=True, fresh=never)
    assert runtime.db.posts.count_documents({}) == 1
    other = Life("another", "2e", LIFE.months, "api")
    with pytest.raises(UsageError, match="say --fresh"):
        begin(runtime, other, keep=True, fresh=lambda _: False)
    runtime.db[_MARK].update_one({}, {"$set": {"kept": False}})
    assert not begin(runtime, other, keep=True, fresh=never), "another, that was not kept"
    assert runtime.db.posts.count_documents({}) == 0
    runtime.close()


def test_a_demo_that_is_not_kept_collects_each_time(opened: Callable[..., Runtime]) -> None:
    runtime = opened()
    begin(runtime, LIFE, keep=False, fresh=never)
    finish(runtime)
    assert not begin(runtime, LIFE, keep=False, fresh=never)
    runtime.close()


def test_the_same_is_collected_anew_where_that_is_asked_for(opened: Callable[..., Runtime]) -> None:
    runtime = opened()
    begin(runtime, LIFE, keep=True, fresh=never)
    runtime.db.posts.insert_one({"_id": "x:1"})
    finish(runtime)
    assert not begin(runtime, LIFE, keep=True, fresh=never, anew=True)
    assert runtime.db.posts.count_documents({}) == 0
    finish(runtime)
    assert begin(runtime, LIFE, keep=True, fresh=never), "kept again"
    runtime.close()


def test_a_rehearsal_leads_while_it_plans(opened: Callable[..., Runtime], redis: Redis) -> None:
    """So that `status` and the alerts do not say that nobody plans."""
    runtime = opened()
    lead = Lead(runtime)
    lead.keep()
    assert redis.exists(keys.LEADER)
    lead.release()
    assert not redis.exists(keys.LEADER)
    lead.keep()
    assert not redis.exists(keys.LEADER), "renewed now and then alone"
    runtime.close()


def test_a_queue_of_somebody_else_is_left_alone(
    opened: Callable[..., Runtime], redis: Redis, redis_uri: str
) -> None:
    runtime = opened(redis_uri=redis_uri)
    redis.set("orders", "1")
    with pytest.raises(UsageError, match="CITYREACH_REDIS_URI holds keys"):
        begin(runtime, LIFE, keep=False, fresh=never)
    assert redis.get("orders") == b"1"
    redis.delete("orders")
    begin(runtime, LIFE, keep=False, fresh=never)
    redis.set("of the demo", "1")
    begin(runtime, LIFE, keep=False, fresh=never)
    assert not redis.exists("of the demo")
    runtime.close()


def test_a_life_is_known_by_its_content(tmp_path: Path) -> None:
    file, periods = (
        tmp_path / "w",
        months_asked(world("2025-02-26", "2025-06-08"), Months(), None, 1),
    )
    file.write_bytes(b"1")
    one = Life.of("w", file, periods, Route.API)
    assert one == Life.of("w", file, periods, Route.API)
    assert str(one) == "2025-05 of world w"
    file.write_bytes(b"2")
    assert one != Life.of("w", file, periods, Route.API)


def test_accounts_of_a_world_stay_as_somebody_has_changed_them(db: Store) -> None:
    """What is kept is taken up again; its accounts are not those of the world's file alone."""
    world = load_world(SMALL)
    put_world_accounts(db, world)
    first, *others = accounts(db)
    changed = msgspec.structs.replace(first, city="elsewhere", primary=not first.primary)
    put_accounts(db, [changed])
    db[ACCOUNTS].delete_one({"_id": others[0].key})
    put_world_accounts(db, world)
    assert accounts(db) == [changed, *others]

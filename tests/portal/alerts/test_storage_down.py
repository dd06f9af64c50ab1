"""The alarm that nothing can be stored leaves without anything being stored: once, and once more
when it is over. On real servers, and on a file system that is really full.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import PyMongoError
from redis import Redis

from bus import keys
from embedded import Stack
from embedded.notes import load_notes
from model.servers import Servers
from portal.alerts import checks
from portal.alerts.memory import ALERTS
from portal.alerts.reserve import Reserve
from portal.alerts.watch import Watch
from store.database import Store, connect_mongo
from tests.portal.alerts.receivers import Web, web
from tests.portal.alerts.scenes import HOUR, scene
from tests.portal.alerts.test_watch import NOW, Team
from tests.servers import free_port
from tests.waiting import LIMIT

BOTH = ("/all", "/night")


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as receiver:
        yield receiver


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own; skips the test where none may be mounted."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "cityreach-test", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount(8) to make a small file system with")
    if done.returncode != 0:
        pytest.skip(f"no small file system may be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


class Watched:
    """A watch as a process has it that was just started; it shares the file of the others."""

    def __init__(self, receiver: Web, folder: Path, reserve: Path | None) -> None:
        self.team = Team(receiver, folder)
        self.reserve = reserve
        self.restart()

    def restart(self) -> None:
        self.team.watch = Watch(self.team.settings, self.reserve)

    def look(self, db: Store, redis: Redis, at: datetime) -> list[Any]:
        self.team.watch.run(scene(db, redis, at))
        return self.team.told()


def to_both(*news: tuple[str, str]) -> list[Any]:
    return [(path, list(news)) for path in BOTH]


@contextmanager
def database(uri: str, timeout: float = 5.0) -> Iterator[Store]:
    db = connect_mongo(uri, "alerts", timeout=timeout)
    with closing(db.client):
        yield db


def until_written(db: Store) -> None:
    """The server takes a moment to find out that there is room again."""
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            db["probe"].insert_one({"body": bytes(100_000)})
            return
        except PyMongoError:
            assert time.monotonic() < deadline, "MongoDB never stored anything again"
            time.sleep(0.1)


def test_a_full_disk_is_told_though_nothing_can_be_stored(receiver: Web, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 700) as disk, Stack(disk / "var") as stack:
        servers = stack.start()
        watched = Watched(receiver, tmp_path, disk / "var" / "alerts.json")
        Reserve(watched.reserve).write([], pending=False)
        with database(servers.mongo_uri) as db, Redis.from_url(servers.redis_uri) as redis:
            filler = fill(disk)
            report = watched.team.watch.run(scene(db, redis, NOW))
            assert watched.team.told() == to_both(("new", "MongoDB"))
            (problem,) = report.problems
            assert "disk is full" in problem.rule.text["en"]
            assert "No space left on device" in problem.facts["reason"]
            assert watched.look(db, redis, NOW + HOUR) == []
            watched.restart()
            assert watched.look(db, redis, NOW + 2 * HOUR) == [], "a restart sends nothing twice"
            filler.unlink()
            until_written(db)
            assert watched.look(db, redis, NOW + 3 * HOUR) == to_both(("over", "MongoDB"))
            assert watched.look(db, redis, NOW + 4 * HOUR) == []
            assert db[ALERTS].count_documents({"live": True}) == 0


@contextmanager
def refused(db: Store, code: int) -> Iterator[None]:
    """The server refuses everything that is to be stored, with this error's code."""
    writing = ["insert", "update", "delete", "findAndModify", "commitTransaction"]
    data = {"failCommands": writing, "errorCode": code}
    fault = {"configureFailPoint": "failCommand", "data": data}
    db.client.admin.command({**fault, "mode": "alwaysOn"})
    try:
        yield
    finally:
        db.client.admin.command({**fault, "mode": "off"})


@pytest.mark.parametrize("code", [14031, 8])
def test_so_it_is_where_no_disk_can_be_made_for_the_test(
    receiver: Web, db: Store, redis: Redis, tmp_path: Path, code: int
) -> None:
    """By the errors that MongoDB has for a full disk: the machine may allow no mount."""
    watched = Watched(receiver, tmp_path, tmp_path / "alerts.json")
    with refused(db, code):
        assert watched.look(db, redis, NOW) == to_both(("new", "MongoDB"))
        watched.restart()
        assert watched.look(db, redis, NOW + HOUR) == [], "a restart sends nothing twice"
    assert watched.look(db, redis, NOW + 2 * HOUR) == to_both(("over", "MongoDB"))
    assert watched.look(db, redis, NOW + 3 * HOUR) == []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("alarmed")) as stack:
        yield stack


@pytest.fixture
def servers(stack: Stack) -> Servers:
    servers = stack.start()
    with database(servers.mongo_uri) as db, Redis.from_url(servers.redis_uri) as redis:
        redis.flushdb()
        db.client.drop_database("alerts")
    return servers


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "DATABASE_WITHIN", 2.0)


def test_a_database_that_has_ended_is_told_and_comes_back(
    receiver: Web, tmp_path: Path, stack: Stack, servers: Servers
) -> None:
    mongod = stack.processes[0]
    watched = Watched(receiver, tmp_path, tmp_path / "alerts.json")
    with database(servers.mongo_uri, 0.5) as db, Redis.from_url(servers.redis_uri) as redis:
        redis.xadd(keys.DEAD, {"m": "?"})
        assert watched.look(db, redis, NOW) == to_both(("new", "dead"))
        mongod.kill()
        mongod.wait()
        try:
            away = watched.look(db, redis, NOW + HOUR)
            assert away == to_both(("new", "MongoDB")), "and what is known is not told again"
            watched.restart()
            assert watched.look(db, redis, NOW + 2 * HOUR) == []
        finally:
            mongod.start()
    with database(servers.mongo_uri, 60) as db, Redis.from_url(servers.redis_uri) as redis:
        until_written(db)
        assert watched.look(db, redis, NOW + 3 * HOUR) == to_both(("over", "MongoDB"))
        assert watched.look(db, redis, NOW + 4 * HOUR) == []


def test_a_database_that_hangs_is_told(
    receiver: Web,
    tmp_path: Path,
    stack: Stack,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "DATABASE_WITHIN", 2.0)
    pid = stack.processes[0].pid
    assert pid is not None
    watched = Watched(receiver, tmp_path, None)
    with database(servers.mongo_uri) as db, Redis.from_url(servers.redis_uri) as redis:
        assert watched.look(db, redis, NOW) == []
        os.kill(pid, signal.SIGSTOP)
        try:
            assert watched.look(db, redis, NOW + HOUR) == to_both(("new", "MongoDB"))
        finally:
            os.kill(pid, signal.SIGCONT)
        monkeypatch.setattr(checks, "DATABASE_WITHIN", 30.0)
        until_written(db)
        assert watched.look(db, redis, NOW + 2 * HOUR) == to_both(("over", "MongoDB"))


def test_a_database_that_may_only_be_read_is_told(
    receiver: Web, tmp_path: Path, stack: Stack, servers: Servers
) -> None:
    reader = _with_reader(stack, servers)
    watched = Watched(receiver, tmp_path, tmp_path / "alerts.json")
    with database(servers.mongo_uri) as db, Redis.from_url(servers.redis_uri) as redis:
        redis.xadd(keys.DEAD, {"m": "?"})
        with database(reader) as read_only:
            news = watched.look(read_only, redis, NOW)
            assert news == to_both(("new", "MongoDB"), ("new", "dead"))
            assert watched.look(read_only, redis, NOW + HOUR) == []
        redis.delete(keys.DEAD)
        assert watched.look(db, redis, NOW + 2 * HOUR) == to_both(("over", "MongoDB"))
        assert watched.look(db, redis, NOW + 3 * HOUR) == to_both(("over", "dead"))
        assert watched.look(db, redis, NOW + 4 * HOUR) == []


def test_a_database_that_refuses_its_user_is_told_with_its_words(
    receiver: Web, tmp_path: Path, servers: Servers
) -> None:
    wrong = servers.mongo_uri.replace("cityreach:", "cityreach:x", 1)
    watched = Watched(receiver, tmp_path, tmp_path / "alerts.json")
    with database(wrong) as db, Redis.from_url(servers.redis_uri) as redis:
        report = watched.team.watch.run(scene(db, redis, NOW))
        assert watched.team.told() == to_both(("new", "MongoDB"))
        (problem,) = report.problems
        assert "Authentication failed" in problem.facts["reason"]
        assert watched.look(db, redis, NOW + HOUR) == []


def _with_reader(stack: Stack, servers: Servers) -> str:
    """The URI of a user who may read and nothing else."""
    notes = load_notes(stack.home)
    assert notes is not None
    ours = f"cityreach:{notes.mongo.password}"
    admin = servers.mongo_uri.replace(ours, f"cityreach-admin:{notes.mongo_admin_password}")
    with database(admin) as db:
        roles = ["readAnyDatabase"]
        db.client.admin.command("createUser", "reader", pwd="reader", roles=roles)
    return servers.mongo_uri.replace(ours, "reader:reader")


@pytest.mark.usefixtures("impatient")
def test_a_channel_that_fails_while_storage_is_down_is_told_later(
    receiver: Web, tmp_path: Path, servers: Servers
) -> None:
    watched = Watched(receiver, tmp_path, tmp_path / "alerts.json")
    receiver.answers = [(503, b""), (200, b"")]
    nowhere = f"mongodb://127.0.0.1:{free_port()}/"
    with database(nowhere, 0.2) as db, Redis.from_url(servers.redis_uri) as redis:
        watched.look(db, redis, NOW)
        watched.restart()
        assert watched.look(db, redis, NOW + HOUR) == [("/all", [("new", "MongoDB")])]


def test_the_reserve_needs_no_room_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        reserve = Reserve(disk / "alerts.json")
        reserve.write([], pending=False)
        fill(disk)
        reserve.write([], pending=True)
        assert Reserve(disk / "alerts.json").read().pending


def test_a_reserve_that_cannot_be_written_is_kept_by_the_process(tmp_path: Path) -> None:
    (tmp_path / "alerts.json").mkdir()
    reserve = Reserve(tmp_path / "alerts.json")
    reserve.write([], pending=True)
    assert reserve.read().pending


def test_a_reserve_that_is_no_json_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "alerts.json").write_text("rubbish")
    reserve = Reserve(tmp_path / "alerts.json")
    assert not reserve.read().pending
    reserve.write([], pending=True)
    assert reserve.read().pending

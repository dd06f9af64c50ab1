"""What another user of the same machine can do to the servers that we start: nothing."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from embedded import Stack, StackError, server_findings
from embedded.binaries import MONGOD
from embedded.home import home_of
from embedded.mongo_users import READY_MARK
from embedded.notes import Notes, load_notes
from tests.security import intruder
from tests.servers import free_port
from tests.waiting import LIMIT, wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


@contextmanager
def intrusion(mongo_port: int, redis_port: int) -> Iterator[dict[str, Any]]:
    """An unprivileged user tries to enter during the block; what came of it is known after it."""
    command = [sys.executable, "-I", "-S", intruder.__file__, str(mongo_port), str(redis_port)]
    result: dict[str, Any] = {}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, **pipes, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield result
        output, _ = process.communicate(timeout=LIMIT)
        result.update(json.loads(output))
    finally:
        process.kill()
        process.communicate()


def first_start(folder: Path) -> dict[str, Any]:
    """A first start on ports that the intruder knows beforehand; what the intruder achieved."""
    notes = Notes.fresh()
    notes.mongo.port, notes.redis.port = free_port(), free_port()
    home = home_of(folder)
    home.mkdir(mode=0o700, parents=True)
    notes.save(home)
    with intrusion(notes.mongo.port, notes.redis.port) as result, Stack(folder) as stack:
        servers = stack.start()
        assert f":{notes.mongo.port}/" in servers.mongo_uri, "the intruder knew the port"
        assert f":{notes.redis.port}/" in servers.redis_uri
    return result


def starts(tmp_path: Path, times: int) -> None:
    reached = {"mongo": 0, "redis": 0, "sockets seen": 0}
    for number in range(times):
        folder = tmp_path / f"{number}"
        folder.mkdir(mode=0o700)
        result = first_start(folder)
        assert result["entered"] == [], f"start {number}"
        for name, count in result["reached"].items():
            reached[name] += count
        shutil.rmtree(folder)
    assert reached["mongo"] >= times, "the intruder did reach MongoDB while it started"
    assert reached["redis"] >= times
    assert reached["sockets seen"] > 0


@as_root
def test_nobody_else_enters_servers_at_their_first_start(tmp_path: Path) -> None:
    starts(tmp_path, 3)


@as_root
@pytest.mark.long
def test_nobody_else_enters_in_200_first_starts(tmp_path: Path) -> None:
    starts(tmp_path, 200)


@as_root
def test_the_intruder_would_enter_a_server_without_users(tmp_path: Path) -> None:
    """Otherwise that it enters none would prove nothing."""
    port, log = free_port(), tmp_path / "log"
    program = MONGOD.in_wheel()
    command = [str(program), "--auth", "--dbpath", str(tmp_path), "--port", str(port)]
    command += ["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]
    with intrusion(port, free_port()) as result, log.open("w") as output:
        process = subprocess.Popen(command, stdout=output)
        try:
            wait_until(lambda: READY_MARK in log.read_text(), "mongod listens")
            user = {"username": intruder.USER, "password": intruder.USER}
            client: MongoClient[dict[str, Any]]
            with MongoClient("127.0.0.1", port, **user, serverSelectionTimeoutMS=20_000) as client:
                wait_until(lambda: _is_in(client), "the intruder is in")
        finally:
            process.kill()
            process.wait()
    assert result["entered"] == ["mongo"]


def _is_in(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        client.list_database_names()
    except OperationFailure:
        return False
    return True


def test_a_server_with_a_user_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        servers = stack.start()
        admin = servers.mongo_uri.replace(
            f"cityreach:{password(servers.mongo_uri)}",
            f"cityreach-admin:{notes_of(tmp_path).mongo_admin_password}",
        )
        client: MongoClient[dict[str, Any]]
        with MongoClient(admin) as client:
            client.admin.command("createUser", "guest", pwd="guest", roles=["root"])
    stack = Stack(tmp_path)
    with pytest.raises(StackError, match=r"user admin\.guest\): somebody else may have entered"):
        stack.start()
    assert stack.processes == ()


def password(uri: str) -> str:
    return uri.partition("@")[0].rpartition(":")[2]


def notes_of(data_dir: Path) -> Notes:
    notes = load_notes(home_of(data_dir))
    assert notes is not None
    return notes


def test_mongodb_offers_no_zlib(tmp_path: Path) -> None:
    """Decompressing it reads memory that nobody may see before 6.0.27 (CVE-2025-14847)."""
    with Stack(tmp_path, redis_uri="redis://elsewhere/") as stack:
        client: MongoClient[dict[str, Any]]
        with MongoClient(stack.start().mongo_uri) as client:
            hello = client.admin.command("hello", compression=["zlib", "snappy", "zstd"])
    assert hello["compression"] == ["snappy", "zstd"]


def test_what_the_servers_write_is_their_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Stack(tmp_path / "var"):
            pass
    finally:
        os.umask(before)
    paths = [tmp_path / "var", *(tmp_path / "var").rglob("*")]
    assert len(paths) > 20
    open_to_others = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


def test_a_link_in_place_of_the_servers_is_not_followed(tmp_path: Path) -> None:
    elsewhere, var = tmp_path / "elsewhere", tmp_path / "var"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "lock").write_text("precious")
    var.mkdir(mode=0o700)
    (var / "servers").symlink_to(elsewhere)
    refused(var, "is a symbolic link, which is not followed")
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755
    assert [path.name for path in elsewhere.iterdir()] == ["lock"]
    assert (elsewhere / "lock").read_text() == "precious"


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    home = home_of(tmp_path)
    home.mkdir(mode=0o700)
    (home / "lock").symlink_to(precious)
    with pytest.raises(StackError, match="lock cannot be used: it is a symbolic link"):
        Stack(tmp_path).start()
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
@pytest.mark.parametrize("inside", [False, True])
def test_what_others_can_write_is_refused(tmp_path: Path, mode: int, inside: bool) -> None:
    home = home_of(tmp_path)
    home.mkdir(mode=0o700)
    target = home if inside else tmp_path
    target.chmod(mode)
    refused(tmp_path, rf"other users of this machine may write to {target}: .*chmod go-w")
    tmp_path.chmod(0o700)


def test_a_shared_directory_with_the_sticky_bit_may_hold_ours(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (finding,) = [one for one in server_findings(tmp_path) if one.name == "data directory"]
    assert finding.ok


@as_root
@pytest.mark.parametrize("inside", [False, True])
def test_what_belongs_to_others_is_refused(tmp_path: Path, inside: bool) -> None:
    home = home_of(tmp_path)
    home.mkdir(mode=0o700)
    os.chown(home if inside else tmp_path, intruder.NOBODY, intruder.NOBODY)
    refused(tmp_path, r"belongs to another user \(uid 65534\)")


def refused(data_dir: Path, words: str) -> None:
    """By the start and by `doctor`, in the same words."""
    with pytest.raises(StackError, match=words):
        Stack(data_dir).start()
    (finding,) = [one for one in server_findings(data_dir) if one.name == "data directory"]
    assert not finding.ok
    assert finding.text

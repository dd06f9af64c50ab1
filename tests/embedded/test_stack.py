"""Both servers, started, stopped, killed and moved, with real data in them."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from redis import Redis
from redis.exceptions import AuthenticationError

from embedded import Stack, StackError, running_servers
from embedded import stack as stack_module
from embedded.notes import NOTES
from model.servers import Servers
from tests.embedded.processes import next_line, python, strangers
from tests.waiting import gone, wait_until

PARENT = """
import sys, time
from pathlib import Path
from embedded import Stack
stack = Stack(Path(sys.argv[1]))
servers = stack.start()
print(servers.mongo_uri, flush=True)
print(servers.redis_uri, flush=True)
print(*[process.pid for process in stack.processes], flush=True)
time.sleep(600)
"""


def mongo(servers: Servers) -> MongoClient[dict[str, Any]]:
    return MongoClient(servers.mongo_uri, serverSelectionTimeoutMS=20_000)


def put(servers: Servers, value: str) -> None:
    with mongo(servers) as client, Redis.from_url(servers.redis_uri) as redis:
        client.probe.things.insert_one({"_id": value})
        redis.rpush("things", value)


def things(servers: Servers) -> list[tuple[str, str]]:
    """What was put, as both servers tell it."""
    with mongo(servers) as client, Redis.from_url(servers.redis_uri) as redis:
        stored = [str(document["_id"]) for document in client.probe.things.find()]
        queued = redis.lrange("things", 0, -1)
    assert isinstance(queued, list)
    return list(zip(stored, [each.decode() for each in queued], strict=True))


def port_of(uri: str) -> int:
    return int(uri.rpartition("@127.0.0.1:")[2].partition("/")[0])


def password_of(uri: str) -> str:
    return uri.partition("@")[0].rpartition(":")[2]


def test_what_is_stored_is_found_after_a_restart_at_the_same_address(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        first = stack.start()
        assert stack.start() is first, "a second call changes nothing"
        put(first, "one")
    assert not [process for process in stack.processes if process.running]
    with Stack(tmp_path) as stack:
        assert stack.start() == first
        assert things(first) == [("one", "one")]


def test_what_was_acknowledged_survives_a_kill_of_both_servers(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        servers = stack.start()
        put(servers, "one")
        with Redis.from_url(servers.redis_uri) as redis:
            redis.execute_command("WAITAOF", 1, 0, 0)
        processes = stack.processes
        for process in processes:
            process.kill()
            process.wait()
            assert process.ending().startswith("signal 9 (SIGKILL)")
        for process in processes:
            process.start()
        wait_until(lambda: "Waiting for connections" in processes[0].said(), "mongod is up again")
        wait_until(lambda: "Ready to accept" in processes[1].said(), "valkey is up again")
        assert things(servers) == [("one", "one")]


def test_when_the_ports_are_taken_the_data_move_with_the_servers(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        first = stack.start()
        put(first, "one")
    with strangers(port_of(first.mongo_uri), port_of(first.redis_uri)), Stack(tmp_path) as stack:
        second = stack.start()
        assert second.mongo_uri != first.mongo_uri
        assert second.redis_uri != first.redis_uri
        assert things(second) == [("one", "one")]
        put(second, "two")


def test_a_port_that_is_taken_at_the_last_moment_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = stack_module.free_port
    with strangers(0) as (taken,):
        answers = iter([taken, taken])
        monkeypatch.setattr(stack_module, "free_port", lambda port: next(answers, None) or really())
        with Stack(tmp_path) as stack:
            servers = stack.start()
            assert str(taken) not in f"{servers.mongo_uri} {servers.redis_uri}"
            put(servers, "one")


def test_a_first_start_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        servers = stack.start()
    notes = tmp_path / "servers" / NOTES
    text = notes.read_text()
    assert '"written_by": "mongod 6.0"' in text
    notes.write_text(text.replace('"mongod 6.0"', '""'))
    with Stack(tmp_path) as stack:
        assert stack.start() == servers
        put(servers, "one")


def test_passwords_are_asked_for(shared_stack: tuple[Path, Servers]) -> None:
    servers = shared_stack[1]
    where = servers.mongo_uri.partition("@")[2].partition("/")[0]
    bare: MongoClient[dict[str, Any]]
    with MongoClient(f"mongodb://{where}/") as bare, pytest.raises(OperationFailure) as refused:
        bare.probe.things.find_one()
    assert refused.value.code == 13
    with Redis(port=port_of(servers.redis_uri)) as redis, pytest.raises(AuthenticationError):
        redis.get("things")


def test_the_project_may_write_but_not_administer(shared_stack: tuple[Path, Servers]) -> None:
    with mongo(shared_stack[1]) as client:
        client.probe.items.insert_one({"a": 1})
        client.drop_database("probe")
        with pytest.raises(OperationFailure) as refused:
            client.admin.command("createUser", "guest", pwd="guest", roles=["root"])
    assert refused.value.code == 13


def test_majority_writes_work_on_one_member(shared_stack: tuple[Path, Servers]) -> None:
    with mongo(shared_stack[1]) as client:
        hello = client.admin.command("hello")
        assert hello["setName"] == "cityreach"
        assert hello["isWritablePrimary"]


def test_the_queue_keeps_what_it_is_given(shared_stack: tuple[Path, Servers]) -> None:
    with Redis.from_url(shared_stack[1].redis_uri, decode_responses=True) as redis:
        kept = {
            name: redis.config_get(name)[name]
            for name in ("appendonly", "appendfsync", "maxmemory-policy", "save", "bind")
        }
    assert kept == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "bind": "127.0.0.1",
    }


def test_no_password_and_no_token_shows_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYREACH_X__TOKENS", "a-token")
    with Stack(tmp_path) as stack:
        servers = stack.start()
        passwords = [password_of(servers.mongo_uri), password_of(servers.redis_uri)]
        for process in stack.processes:
            seen = b"".join(
                Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ")
            )
            assert b"a-token" not in seen
            assert not [password for password in passwords if password.encode() in seen]
    home = tmp_path / "servers"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    secret = [path for path in home.iterdir() if path.suffix in (".json", ".key", ".conf")]
    assert len(secret) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


def test_configured_servers_are_used_as_they_are(tmp_path: Path) -> None:
    with Stack(tmp_path, "mongodb://elsewhere/", "redis://elsewhere/") as stack:
        assert stack.start() == Servers("mongodb://elsewhere/", "redis://elsewhere/")
        assert stack.processes == ()
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_not_configured_is_started(tmp_path: Path) -> None:
    with Stack(tmp_path, mongo_uri="mongodb://elsewhere/") as stack:
        assert [process.name for process in stack.processes] == ["valkey"]
        assert stack.start().mongo_uri == "mongodb://elsewhere/"
        assert running_servers(tmp_path) == Servers("", stack.start().redis_uri)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_servers_end_with_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    with python(PARENT, tmp_path) as parent:
        servers = Servers(next_line(parent), next_line(parent))
        pids = [int(pid) for pid in next_line(parent).split()]
        assert running_servers(tmp_path) == servers
        assert len(pids) == 2
        put(servers, "one")
        parent.send_signal(number)
        parent.wait()
        # The next stack waits until the last of them has let go of the data directory.
        with Stack(tmp_path) as stack:
            assert all(gone(pid) for pid in pids)
            assert stack.start() == servers
            assert things(servers) == [("one", "one")]


def test_two_stacks_never_share_a_directory(shared_stack: tuple[Path, Servers]) -> None:
    folder, servers = shared_stack
    with pytest.raises(StackError, match=rf"in use by process {os.getpid()}"):
        Stack(folder).start()
    assert running_servers(folder) == servers, "the refused one has not harmed the first"


def test_without_a_stack_there_are_no_running_servers(tmp_path: Path) -> None:
    assert running_servers(tmp_path) is None
    with Stack(tmp_path) as stack:
        assert running_servers(tmp_path) == stack.start()
    assert running_servers(tmp_path) is None


def test_a_server_that_ends_at_its_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    with Stack(tmp_path):
        pass
    (tmp_path / "servers" / "mongo" / "WiredTiger.turtle").write_text("not a turtle\n")
    stack = Stack(tmp_path)
    with pytest.raises(StackError, match=r"mongod 6\.0\.5 .* ended at its start, .*: .*") as error:
        stack.start()
    assert str(tmp_path / "servers" / "log" / "mongod.log") in str(error.value)
    assert stack.processes == ()
    assert running_servers(tmp_path) is None


def test_a_broken_queue_file_is_named(tmp_path: Path) -> None:
    stack = Stack(tmp_path, mongo_uri="mongodb://elsewhere/")
    with stack, Redis.from_url(stack.start().redis_uri) as redis:
        redis.set("a", "b")
    (log,) = (tmp_path / "servers" / "redis").rglob("*.incr.aof")
    log.write_bytes(b"*1\r\nrubbish\r\n" + log.read_bytes())
    with pytest.raises(StackError, match=r"valkey-server .* ended at its start, .*: .*[Bb]ad file"):
        Stack(tmp_path, mongo_uri="mongodb://elsewhere/").start()


def test_notes_of_other_data_are_refused(tmp_path: Path) -> None:
    with Stack(tmp_path / "a") as a, Stack(tmp_path / "b") as b:
        assert a.start() != b.start()
    strange = (tmp_path / "b" / "servers" / NOTES).read_text()
    (tmp_path / "a" / "servers" / NOTES).write_text(strange)
    with pytest.raises(StackError, match=r"mongod refuses the password in .*stack\.json"):
        Stack(tmp_path / "a").start()


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(StackError, match=r"var/servers cannot be used: a part of the path is a fi"):
        Stack(tmp_path / "var").start()


def test_a_directory_with_blanks_and_quotes_in_its_name(tmp_path: Path) -> None:
    with Stack(tmp_path / 'a "b" 城市\\c') as stack:
        put(stack.start(), "one")

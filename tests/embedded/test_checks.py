from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from redis import Redis

from embedded import StackError, server_findings
from embedded.checks import check_space
from embedded.errors import cannot_use
from embedded.reasons import wrong_address
from model.servers import Finding, Servers


def named(found: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in found}


def test_on_a_machine_with_the_wheels_all_is_well(tmp_path: Path) -> None:
    found = named(server_findings(tmp_path / "var"))
    assert list(found) == ["MongoDB", "Valkey or Redis", "data directory"]
    assert all(finding.ok and not finding.remedy for finding in found.values())
    assert "6.0.5" in found["MongoDB"].text
    assert "can be written" in found["data directory"].text
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


def test_where_no_server_can_be_had_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongod = tmp_path / "mongod"
    mongod.write_text("#!/bin/sh\nexit 1\n")
    mongod.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = named(server_findings(tmp_path))
    assert not found["MongoDB"].ok
    assert "CITYREACH_MONGO_URI" in found["MongoDB"].remedy
    assert not found["Valkey or Redis"].ok
    assert "apt install redis-server" in found["Valkey or Redis"].remedy


def test_a_running_stack_is_told(shared_stack: tuple[Path, Servers]) -> None:
    finding = named(server_findings(shared_stack[0]))["data directory"]
    assert finding.ok
    assert f"run by process {os.getpid()}" in finding.text


def test_configured_servers_are_asked(shared_stack: tuple[Path, Servers], tmp_path: Path) -> None:
    servers = shared_stack[1]
    found = named(server_findings(tmp_path, servers.mongo_uri, servers.redis_uri))
    assert list(found) == ["MongoDB", "Valkey or Redis"]
    assert all(finding.ok for finding in found.values())
    assert found["MongoDB"].text.endswith("6.0.5, replica set cityreach")
    assert "maxmemory-policy noeviction" in found["Valkey or Redis"].text
    assert not [f for f in found.values() if "***" not in f.text], "passwords are masked"


@pytest.mark.parametrize(
    ("server", "uri", "told"),
    [
        ("MongoDB", "mongo://h", "begins with none of mongodb://, mongodb+srv://"),
        ("MongoDB", "", "begins with none of"),
        ("Redis", "foo", "begins with none of redis://, rediss://, redis+sentinel://, unix://"),
        ("Redis", "http://:a/b@h", "begins with none of"),
        ("Redis", "redis://:a/b@h", "@ is written %40"),
        ("MongoDB", "mongodb://u:a@b@h", "@ is written %40"),
        ("MongoDB", "MONGODB+SRV://h", ""),
        ("Redis", "rediss+sentinel://h/queue", ""),
        ("Redis", "redis+cluster://h", ""),
        ("Redis", "unix:///run/redis", ""),
    ],
)
def test_an_address_names_a_scheme_of_its_server(server: str, uri: str, told: str) -> None:
    wrong = wrong_address(server, uri)
    assert told in wrong
    assert bool(told) == bool(wrong)


def test_a_queue_that_throws_keys_away_is_no_queue(
    shared_stack: tuple[Path, Servers], tmp_path: Path
) -> None:
    uri = shared_stack[1].redis_uri
    with Redis.from_url(uri) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        finding = named(server_findings(tmp_path, redis_uri=uri))["Valkey or Redis"]
        client.config_set("maxmemory-policy", "noeviction")
    assert not finding.ok
    assert "allkeys-lru" in finding.text
    assert "set `maxmemory-policy noeviction`" in finding.remedy


@pytest.mark.parametrize("change", ["password", "port", "nonsense"])
def test_servers_that_cannot_be_used_are_named(
    shared_stack: tuple[Path, Servers], tmp_path: Path, change: str
) -> None:
    servers = shared_stack[1]

    def broken(uri: str) -> str:
        scheme, _, rest = uri.partition("://")
        password = rest.partition(":")[2].partition("@")[0]
        return {
            "password": uri.replace(password, "wrong-secret"),
            "port": f"{scheme}://user:wrong-secret@127.0.0.1:1/",
            "nonsense": f"no such scheme://user:wrong-secret@{password[:3]}",
        }[change]

    found = server_findings(tmp_path, broken(servers.mongo_uri), broken(servers.redis_uri))
    assert [finding.ok for finding in found] == [False, False]
    assert "wrong-secret" not in str(found)
    assert "CITYREACH_MONGO_URI" in found[0].remedy
    assert "CITYREACH_REDIS_URI" in found[1].remedy


def test_a_directory_that_cannot_be_used_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = named(server_findings(tmp_path / "file" / "var"))["data directory"]
    assert not finding.ok
    assert "a part of the path is a file" in finding.text
    assert "CITYREACH_DATA_DIR" in finding.remedy


def test_too_little_room_is_named(tmp_path: Path) -> None:
    check_space(tmp_path, least=1)
    with pytest.raises(StackError, match=r"MB free, the servers need 1000000000000 MB: make room"):
        check_space(tmp_path, least=10**18)


def test_a_place_that_takes_no_file_is_named() -> None:
    with pytest.raises(StackError, match=r"/proc cannot be used"):
        check_space(Path("/proc"), least=1)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "permission denied; choose a directory that you may write to"),
        (errno.EROFS, "the file system is read-only"),
        (errno.ENOSPC, "the disk is full; make room"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.ENAMETOOLONG, "the path is too long"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(number: int, words: str) -> None:
    error = cannot_use(Path("data"), OSError(number, os.strerror(number)))
    assert str(error).startswith(f"data cannot be used: {words}")

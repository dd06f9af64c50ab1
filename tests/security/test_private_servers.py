"""The servers that we start: for their owner alone, whoever else is on the machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from redis import Redis
from redis.exceptions import AuthenticationError, ResponseError

from embedded import Stack
from model.servers import Servers

_LOOPBACK = "0100007F"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Servers]]:
    """Servers of a data directory that was not there before, started with a lax umask."""
    data = tmp_path_factory.mktemp("private") / "var"
    before = os.umask(0)
    try:
        with Stack(data) as stack:
            yield data, stack.start()
    finally:
        os.umask(before)


def port_of(uri: str) -> int:
    port = urlsplit(uri).port
    assert port is not None
    return port


def test_the_data_directory_is_its_owners_alone(running: tuple[Path, Servers]) -> None:
    data, _ = running
    for folder in (data, data / "servers"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_passwords_are_in_files_that_their_owner_alone_can_read(
    running: tuple[Path, Servers],
) -> None:
    data, servers = running
    secrets = [urlsplit(uri).password for uri in (servers.mongo_uri, servers.redis_uri)]
    holding = [
        path
        for path in data.rglob("*")
        if path.is_file() and any(s and s.encode() in path.read_bytes() for s in secrets)
    ]
    assert holding
    for path in holding:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.parametrize("password", [None, "wrong"])
def test_redis_wants_its_password(running: tuple[Path, Servers], password: str | None) -> None:
    _, servers = running
    with (
        Redis(port=port_of(servers.redis_uri), password=password) as client,
        pytest.raises((AuthenticationError, ResponseError)),
    ):
        client.keys()


@pytest.mark.parametrize("password", [None, "wrong"])
def test_mongo_wants_its_password(running: tuple[Path, Servers], password: str | None) -> None:
    _, servers = running
    user: dict[str, Any] = {"username": "cityreach", "password": password} if password else {}
    with (
        MongoClient[dict[str, Any]](
            "127.0.0.1", port_of(servers.mongo_uri), directConnection=True, **user
        ) as client,
        pytest.raises(OperationFailure, match=r"requires authentication|Authentication failed"),
    ):
        client["cityreach"].list_collection_names()


def test_nobody_beyond_this_machine_can_reach_them(running: tuple[Path, Servers]) -> None:
    _, servers = running
    ours = {f"{port_of(uri):04X}" for uri in (servers.mongo_uri, servers.redis_uri)}
    listening = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        address, _, port = local.partition(":")
        if state == "0A" and port in ours:
            listening.add((address, port))
    assert listening == {(_LOOPBACK, port) for port in ours}
    elsewhere = Path("/proc/net/tcp6").read_text().splitlines()[1:]
    assert not any(
        line.split()[1].rpartition(":")[2] in ours for line in elsewhere if line.split()[3] == "0A"
    )


def test_no_command_line_shows_a_password(running: tuple[Path, Servers]) -> None:
    _, servers = running
    secrets = [urlsplit(uri).password or "?" for uri in (servers.mongo_uri, servers.redis_uri)]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            assert not any(secret.encode() in command for secret in secrets)

"""What must be true before the servers can be started, for the start itself and for `doctor`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from embedded.binaries import MONGOD, VALKEY, Kind, choose, remedy
from embedded.errors import StackError, cannot_use
from embedded.home import LOCK, home_of, require_trusted
from embedded.lock import owner_of
from model.servers import Finding, masked

LEAST_FREE = 500_000_000
"""Bytes; an empty MongoDB takes 100 MB, and a month of 138 cities a few hundred."""
_ANSWER_WITHIN_MS = 3000


def server_findings(
    data_dir: Path, mongo_uri: str | None = None, redis_uri: str | None = None
) -> list[Finding]:
    """All that concerns the servers; texts hold no password."""
    found = [
        _mongo(mongo_uri) if mongo_uri else _program(MONGOD),
        _redis(redis_uri) if redis_uri else _program(VALKEY),
    ]
    if not (mongo_uri and redis_uri):
        found.append(_data_directory(data_dir))
    return found


def _program(kind: Kind) -> Finding:
    try:
        binary = choose(kind)
    except StackError as error:
        return Finding(kind.title, False, str(error), remedy(kind))
    return Finding(kind.title, True, f"{binary} can be started")


def _data_directory(data_dir: Path) -> Finding:
    name, home = "data directory", home_of(data_dir)
    owner = owner_of(home / LOCK)
    if owner is not None:
        return Finding(name, True, f"{home}: its servers are run by process {owner.pid}")
    place = _nearest_existing(home)
    try:
        require_trusted(home)
        check_space(place)
    except StackError as error:
        return Finding(name, False, str(error), "Set CITYREACH_DATA_DIR to another directory.")
    free = shutil.disk_usage(place).free
    return Finding(name, True, f"{home} can be written, {free / 1e9:.1f} GB free")


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def check_space(folder: Path, least: int = LEAST_FREE) -> None:
    """Raises StackError if the folder cannot be written, or has fewer than `least` bytes free."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
            probe.flush()
            os.fsync(probe.fileno())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise cannot_use(folder, error) from error
    if free < least:
        raise StackError(
            f"{folder} has {free / 1e6:.0f} MB free, the servers need {least / 1e6:.0f} MB: "
            "make room, or choose another data directory"
        )


def _mongo(uri: str) -> Finding:
    def ask() -> tuple[bool, str]:
        client: MongoClient[dict[str, Any]]
        with MongoClient(uri, serverSelectionTimeoutMS=_ANSWER_WITHIN_MS) as client:
            hello = client.admin.command("hello")
            version = client.server_info()["version"]
            client.admin.command("listDatabases", nameOnly=True)
        name = hello.get("setName")
        return bool(name), f"{version}, {f'replica set {name}' if name else 'not a replica set'}"

    advice = "Check CITYREACH_MONGO_URI: a replica set (of one member if need be) is needed."
    return _asked(MONGOD, uri, ask, advice)


def _redis(uri: str) -> Finding:
    def ask() -> tuple[bool, str]:
        wait = _ANSWER_WITHIN_MS / 1000
        options = {"socket_timeout": wait, "socket_connect_timeout": wait}
        with Redis.from_url(uri, retry=Retry(NoBackoff(), 0), **options) as client:
            version = client.info("server")["redis_version"]
            policy = client.info("memory")["maxmemory_policy"]
        return policy == "noeviction", f"{version}, maxmemory-policy {policy}"

    advice = (
        "Check CITYREACH_REDIS_URI; the server must not throw keys away: "
        "set `maxmemory-policy noeviction`."
    )
    return _asked(VALKEY, uri, ask, advice)


def _asked(kind: Kind, uri: str, ask: Callable[[], tuple[bool, str]], advice: str) -> Finding:
    where = masked(uri)
    try:
        ok, text = ask()
    except (PyMongoError, RedisError, OSError, ValueError) as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return Finding(kind.title, False, f"{where} cannot be used: {said}", advice)
    return Finding(kind.title, ok, f"{where}: {text}", "" if ok else advice)

"""What must be true before the servers can be started, for the start itself and for `doctor`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from embedded.reasons import (
    READ_ONLY,
    REPLICA,
    STANDALONE,
    TOO_SLOW,
    why_unusable,
    wrong_address,
)
from embedded.sentinels import NoPrimaryError, find_primary
from model.network.sentinels import CLUSTER, SentinelAddressError, sentinel_address
from model.servers import Finding, masked

LEAST_FREE = 500_000_000
"""Bytes; an empty MongoDB takes 100 MB, and a month of 138 cities a few hundred."""
_ANSWER_WITHIN_MS = 3000
_PATIENCE_MS = 10_000
"""A server that is only slow, as on a busy machine, is asked once more and given so long."""


def server_findings(
    data_dir: Path, mongo_uri: str | None = None, redis_uri: str | None = None
) -> list[Finding]:
    """All that concerns the servers; texts hold no password."""
    found = [
        _finding(MONGOD, ask_mongo(mongo_uri)) if mongo_uri else _program(MONGOD),
        _finding(VALKEY, ask_redis(redis_uri)) if redis_uri else _program(VALKEY),
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


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What a configured server said."""

    usable: bool
    """Whether CityReach can work with it."""
    text: str
    advice: str = ""
    """What should be done; also of a server that can be used."""

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do about it."""
        return f"{self.text}; {self.advice}" if self.advice else self.text


def ask_mongo(uri: str) -> ServerAnswer:
    """Whether a MongoDB is there, lets us in, and is the writable member of a replica set."""
    answer = _mongo_answer(uri, _ANSWER_WITHIN_MS)
    return _mongo_answer(uri, _PATIENCE_MS) if TOO_SLOW in answer.text else answer


def _mongo_answer(uri: str, within_ms: int) -> ServerAnswer:
    where = f"MongoDB at {masked(uri)}"
    if wrong := wrong_address("MongoDB", uri):
        return ServerAnswer(False, f"{where} {wrong}", "correct CITYREACH_MONGO_URI")
    try:
        client: MongoClient[dict[str, Any]]
        with MongoClient(uri, serverSelectionTimeoutMS=within_ms) as client:
            hello = client.admin.command("hello")
            client.admin.command("listDatabases", nameOnly=True)
            version = client.server_info()["version"]
    except (PyMongoError, OSError, ValueError) as error:
        return ServerAnswer(False, f"{where} {why_unusable(error)}", _MONGO_ADVICE)
    name = hello.get("setName")
    if not name and hello.get("msg") != "isdbgrid":
        return ServerAnswer(False, f"{where} {STANDALONE}", _SET_ADVICE)
    if not hello.get("isWritablePrimary"):
        return ServerAnswer(
            False, f"{where} {READ_ONLY}", "name all members in CITYREACH_MONGO_URI"
        )
    return ServerAnswer(True, f"{masked(uri)}: {version}, replica set {name or 'behind mongos'}")


def ask_redis(uri: str) -> ServerAnswer:
    """Whether a Redis or Valkey is there, lets us in, and takes what is written."""
    answer = _redis_answer(uri, _ANSWER_WITHIN_MS)
    return _redis_answer(uri, _PATIENCE_MS) if TOO_SLOW in answer.text else answer


def _redis_answer(uri: str, within_ms: int) -> ServerAnswer:
    where, wait = f"Redis at {masked(uri)}", within_ms / 1000
    if wrong := wrong_address("Redis", uri):
        return ServerAnswer(False, f"{where} {wrong}", _CORRECT_REDIS)
    try:
        with _redis_client(uri, wait) as (client, watched):
            version = client.info("server")["redis_version"]
            role = client.info("replication")["role"]
            policy = client.info("memory")["maxmemory_policy"]
            clustered = client.info("cluster").get("cluster_enabled")
    except SentinelAddressError as error:
        return ServerAnswer(False, f"{where} cannot be read: {error}", _CORRECT_REDIS)
    except NoPrimaryError as error:
        return ServerAnswer(False, f"{where} {error}", _SENTINEL_ADVICE)
    except (RedisError, OSError, ValueError) as error:
        return ServerAnswer(False, f"{where} {why_unusable(error)}", _REDIS_ADVICE)
    if clustered:
        return ServerAnswer(False, f"{where} {CLUSTER}", _REDIS_ADVICE)
    if role != "master":
        return ServerAnswer(False, f"{where} {REPLICA}", _PRIMARY_ADVICE)
    advice = "" if policy == "noeviction" else _POLICY_ADVICE
    found = f"{masked(uri)}: {version}, {watched}maxmemory-policy {policy}"
    return ServerAnswer(True, found, advice)


@contextmanager
def _redis_client(uri: str, wait: float) -> Iterator[tuple[Redis, str]]:
    """The server, and who watches it. Raises SentinelAddressError, NoPrimaryError."""
    options: dict[str, Any] = {"socket_timeout": wait, "socket_connect_timeout": wait}
    options["retry"] = Retry(NoBackoff(), 0)
    address = sentinel_address(uri)
    if address is None:
        with Redis.from_url(uri, **options) as client:
            yield client, ""
        return
    found = find_primary(address, wait)
    if address.tls:
        options |= {"ssl": True, "ssl_ca_certs": address.ca_certs}
    own: dict[str, Any] = {
        "username": address.username,
        "password": address.password,
        "db": address.database,
    }
    with Redis(host=found.host, port=found.port, **own, **options) as client:
        yield client, f"{found}, "


_MONGO_ADVICE = "is it running, and is CITYREACH_MONGO_URI right?"
_SET_ADVICE = (
    "CityReach needs a replica set (of one member if need be): start mongod with --replSet and run "
    "rs.initiate()"
)
_REDIS_ADVICE = "is it running, and is CITYREACH_REDIS_URI right?"
_CORRECT_REDIS = "correct CITYREACH_REDIS_URI"
_PRIMARY_ADVICE = (
    "set CITYREACH_REDIS_URI to the primary server, or to the Sentinels that watch it: "
    "redis+sentinel://HOST,HOST,HOST/NAME"
)
_SENTINEL_ADVICE = (
    "are the Sentinels running, and is CITYREACH_REDIS_URI right? When a primary server is lost, "
    "they choose another within seconds"
)
_POLICY_ADVICE = "The server must not throw keys away: set `maxmemory-policy noeviction`."


def _finding(kind: Kind, answer: ServerAnswer) -> Finding:
    return Finding(kind.title, answer.usable and not answer.advice, answer.text, answer.advice)

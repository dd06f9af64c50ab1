"""Clients find the primary server that a real Sentinel names, also when it becomes another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bus.connection import TROUBLE, connect_async, connect_redis
from embedded import ask_redis
from operations.errors import Failed
from operations.health.servers import readable_address, require_redis
from tests.sentinel import WatchingSentinel, watching_sentinel
from tests.servers import free_port, valkey


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchingSentinel]:
    with watching_sentinel(tmp_path_factory.mktemp("sentinel")) as one:
        yield one


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with valkey(tmp_path_factory.mktemp("second")) as (uri, _):
        yield uri


def test_a_server_that_became_a_replica_is_left(
    sentinel: WatchingSentinel, redis: Redis, redis_uri: str, second: str
) -> None:
    sentinel.watch(redis_uri)
    with connect_redis(sentinel.uri) as client, Redis.from_url(second) as other:
        client.set("where", "first")
        assert redis.get("where") == b"first"
        sentinel.watch(second)
        redis.replicaof("127.0.0.1", 9)
        try:
            client.set("where", "second")
        finally:
            redis.replicaof("NO", "ONE")
        assert other.get("where") == b"second"
        assert redis.get("where") == b"first"


async def test_so_does_the_crawlers_client(
    sentinel: WatchingSentinel, redis: Redis, redis_uri: str, second: str
) -> None:
    sentinel.watch(redis_uri)
    script = "return redis.call('SET', KEYS[1], ARGV[1])"
    async with connect_async(sentinel.uri) as client:
        await client.eval(script, 1, "who", "first")  # type: ignore[misc]
        assert redis.get("who") == b"first"
        sentinel.watch(second)
        redis.replicaof("127.0.0.1", 9)
        try:
            # The crawler's own loops try again as often as it takes; here once is enough.
            with suppress(*TROUBLE):
                await client.eval(script, 1, "who", "second")  # type: ignore[misc]
            await client.eval(script, 1, "who", "second")  # type: ignore[misc]
        finally:
            redis.replicaof("NO", "ONE")
    with Redis.from_url(second) as other:
        assert other.get("who") == b"second"


def test_doctor_names_the_server_and_who_watches_it(
    sentinel: WatchingSentinel, redis_uri: str
) -> None:
    sentinel.watch(redis_uri)
    answer = ask_redis(sentinel.uri)
    host = redis_uri.removeprefix("redis://").removesuffix("/0")
    assert answer.usable
    assert f", primary {host}, replicas 0, Sentinels 1, maxmemory-policy noeviction" in answer.text
    require_redis(sentinel.uri)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("{0}-other", "names 'queue-other', and its Sentinels watch no server of that name"),
        ("redis+sentinel://127.0.0.1:1,127.0.0.1:2/queue", "has no Sentinel that answers: 127.0."),
        ("redis+sentinel://127.0.0.1", "cannot be read: the name is missing"),
        ("redis+cluster://127.0.0.1", "cannot be read: redis+cluster:// names a server that is"),
    ],
)
def test_what_is_wrong_is_told(sentinel: WatchingSentinel, uri: str, words: str) -> None:
    answer = ask_redis(uri.format(sentinel.uri))
    assert not answer.usable
    assert words in answer.text
    assert "CITYREACH_REDIS_URI" in answer.advice


def test_a_server_of_a_cluster_is_refused(tmp_path: Path) -> None:
    clustered = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    with valkey(tmp_path, None, *clustered) as (uri, _):
        answer = ask_redis(uri)
    assert not answer.usable
    assert "is one of a cluster" in answer.text
    assert "redis+sentinel://" in answer.text


def test_without_a_sentinel_there_is_trouble_and_no_hanging() -> None:
    nobody = "redis+sentinel://127.0.0.1:1/queue"
    with (
        connect_redis(nobody) as client,
        pytest.raises(RedisConnectionError, match="No master found"),
    ):
        client.ping()


def test_an_address_that_cannot_be_read_is_refused_before_anything_is_begun() -> None:
    with pytest.raises(Failed, match="cannot be read: the name is missing"):
        readable_address("Redis", "redis+sentinel://h1,h2")

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from bus.connection import connect_redis
from tests.servers import valkey


@pytest.fixture(scope="session")
def redis_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with valkey(tmp_path_factory.mktemp("valkey")) as (uri, _):
        yield uri


@pytest.fixture
def redis(redis_uri: str) -> Iterator[Redis]:
    with connect_redis(redis_uri) as client:
        client.flushall()
        yield client

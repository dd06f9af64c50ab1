"""Connections to Redis or Valkey, and the version of the command set that is relied on (6.2)."""

from __future__ import annotations

from typing import Any

from redis import Redis
from redis import asyncio as redis_asyncio
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from bus.watched import watched_pool, watched_primary
from model.network.sentinels import sentinel_address

TROUBLE = (RedisError, OSError)
"""What to catch when the server may be away for a while."""
_CONNECTIONS = 16
_LOST = [RedisConnectionError, RedisTimeoutError]


def connect_redis(uri: str) -> Redis:
    """A blocking client; retries a lost connection for about a second. Of `redis+sentinel://`
    addresses, of the primary server, whichever that is.
    """
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.05), 4)
    watched = sentinel_address(uri)
    if watched is not None:
        return watched_primary(watched, retry=retry, retry_on_error=_LOST, health_check_interval=30)
    return Redis.from_url(uri, retry=retry, retry_on_error=_LOST, health_check_interval=30)


def connect_async(uri: str) -> redis_asyncio.Redis:
    """The client of the crawler, for its asyncio loop. Its caller retries.

    Hundreds of visits share a few connections and wait for their turn.
    """
    shared: dict[str, Any] = {
        "max_connections": _CONNECTIONS,
        "timeout": None,
        "health_check_interval": 30,
    }
    watched = sentinel_address(uri)
    if watched is not None:
        return redis_asyncio.Redis.from_pool(watched_pool(watched, **shared))
    pool = redis_asyncio.BlockingConnectionPool.from_url(uri, **shared)
    return redis_asyncio.Redis.from_pool(pool)


def ensure_group(client: Redis, stream: str, group: str) -> None:
    """Creates stream and consumer group unless they are there."""
    try:
        client.xgroup_create(stream, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


async def ensure_group_async(client: redis_asyncio.Redis, stream: str, group: str) -> None:
    """As `ensure_group`, for the crawler."""
    try:
        await client.xgroup_create(stream, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise

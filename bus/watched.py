"""Clients of a primary server that Sentinels watch: each new connection asks them where it is.

Replicas follow their primary a moment behind. What a client was told is done may be undone when a
replica takes over, so nothing counts as done before MongoDB holds it: the plan sends visits out
again whose end is not there.
"""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import Any

from redis import Connection, ConnectionPool, Redis, SSLConnection
from redis import asyncio as redis_asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError
from redis.retry import Retry
from redis.sentinel import Sentinel

from model.network.sentinels import SentinelAddress

_ASK_WITHIN = 1.5
"""Seconds in which a Sentinel has to answer, else the next one is asked."""
_REPLACED = "the primary server has become a replica"


class _Primary:
    """Where the primary server is. The Sentinel that answered last is asked first; no connection
    to it is kept."""

    def __init__(self, address: SentinelAddress) -> None:
        self._name = address.name
        options = {**_asking(address), "retry": Retry(NoBackoff(), 0)}
        self._sentinels = Sentinel(address.hosts, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        self._lock = Lock()

    def place(self) -> tuple[str, int]:
        """Host and port. Raises ConnectionError where no Sentinel knows a primary server."""
        with self._lock, self._sentinels:
            host, port = self._sentinels.discover_master(self._name)  # type: ignore[no-untyped-call]
        return str(host), int(port)


class _AsyncPrimary:
    """The same for an asyncio loop."""

    def __init__(self, address: SentinelAddress) -> None:
        self._name = address.name
        options = {**_asking(address), "retry": AsyncRetry(NoBackoff(), 0)}
        self._sentinels = AsyncSentinel(address.hosts, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        self._lock = asyncio.Lock()

    async def place(self) -> tuple[str, int]:
        """Host and port. Raises ConnectionError where no Sentinel knows a primary server."""
        async with self._lock, self._sentinels:
            host, port = await self._sentinels.discover_master(self._name)
        return str(host), int(port)


class _ToPrimary(Connection):
    """A connection that goes to the primary server of the moment in which it is made. (Those of
    redis-py go back to the server that they have lost, within the retries of a command.)"""

    def __init__(self, *, primary: _Primary, **options: Any) -> None:
        self._primary = primary
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def _connect(self) -> Any:
        self.host, self.port = self._primary.place()
        return super()._connect()  # type: ignore[no-untyped-call]

    def read_response(self, *args: Any, **options: Any) -> Any:
        """As of any connection; a server that became a replica is a lost connection."""
        try:
            return super().read_response(*args, **options)
        except ReadOnlyError:
            self.disconnect()  # type: ignore[no-untyped-call]
            raise RedisConnectionError(_REPLACED) from None


class _SecuredToPrimary(_ToPrimary, SSLConnection):
    """The same by TLS."""


class _AsyncToPrimary(redis_asyncio.Connection):
    """As `_ToPrimary`, for an asyncio loop."""

    def __init__(self, *, primary: _AsyncPrimary, **options: Any) -> None:
        self._primary = primary
        super().__init__(**options)

    async def _connect(self) -> None:
        self.host, self.port = await self._primary.place()
        await super()._connect()  # type: ignore[no-untyped-call]

    async def read_response(self, *args: Any, **options: Any) -> Any:
        """As of any connection; a server that became a replica is a lost connection."""
        try:
            return await super().read_response(*args, **options)
        except ReadOnlyError:
            await self.disconnect()
            raise RedisConnectionError(_REPLACED) from None


class _AsyncSecuredToPrimary(_AsyncToPrimary, redis_asyncio.SSLConnection):
    """The same by TLS."""


def watched_primary(address: SentinelAddress, **options: Any) -> Redis:
    """A blocking client of whichever server is the primary one."""
    kind = _SecuredToPrimary if address.tls else _ToPrimary
    entering = _entering(address)
    pool = ConnectionPool(kind, primary=_Primary(address), **entering, **options)
    return Redis.from_pool(pool)


def watched_pool(address: SentinelAddress, **options: Any) -> redis_asyncio.BlockingConnectionPool:
    """Connections to whichever server is the primary one, for an asyncio loop."""
    return redis_asyncio.BlockingConnectionPool(
        connection_class=_AsyncSecuredToPrimary if address.tls else _AsyncToPrimary,
        primary=_AsyncPrimary(address),
        **_entering(address),
        **options,
    )


def _entering(address: SentinelAddress) -> dict[str, Any]:
    """How the servers let us in."""
    return {
        "db": address.database,
        "username": address.username,
        "password": address.password,
        **_certified(address),
    }


def _asking(address: SentinelAddress) -> dict[str, Any]:
    """How the Sentinels let us in, and how long they are waited for."""
    return {
        "username": address.sentinel_username,
        "password": address.sentinel_password,
        "socket_timeout": _ASK_WITHIN,
        "socket_connect_timeout": _ASK_WITHIN,
        **({"ssl": True} if address.tls else {}),
        **_certified(address),
    }


def _certified(address: SentinelAddress) -> dict[str, Any]:
    return {"ssl_ca_certs": address.ca_certs} if address.tls and address.ca_certs else {}

"""Which server the Sentinels of an address call the primary one, for the start and for `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from embedded.reasons import why_unusable
from model.network.sentinels import SentinelAddress

_DOWN = frozenset({"s_down", "o_down"})


class NoPrimaryError(Exception):
    """The Sentinels name no server; the text is the end of a sentence about the address."""


@dataclass(frozen=True, slots=True)
class WatchedServer:
    """The primary server, and what the first Sentinel that answered says of it."""

    host: str
    port: int
    replicas: int
    sentinels: int

    def __str__(self) -> str:
        return (
            f"primary {self.host}:{self.port}, replicas {self.replicas}, Sentinels {self.sentinels}"
        )


def find_primary(address: SentinelAddress, within: float) -> WatchedServer:
    """Asks one Sentinel after the other, each for so many seconds. Raises NoPrimaryError."""
    silent: list[str] = []
    away = ""
    for host, port in address.hosts:
        try:
            state = _state(address, host, port, within)
        except ResponseError as error:
            away = _refusal(address.name, error)
        except (RedisError, OSError) as error:
            silent.append(f"{host}:{port} {why_unusable(error)}")
        else:
            if not _DOWN & set(str(state["flags"]).split(",")):
                return _server(state)
            away = f"has no primary server now: Sentinel {host}:{port} sees {state['ip']} down"
    raise NoPrimaryError(away or f"has no Sentinel that answers: {'; '.join(silent)}")


def _state(address: SentinelAddress, host: str, port: int, within: float) -> dict[str, Any]:
    tls: dict[str, Any] = {"ssl": True, "ssl_ca_certs": address.ca_certs} if address.tls else {}
    with Redis(
        host=host,
        port=port,
        username=address.sentinel_username,
        password=address.sentinel_password,
        socket_timeout=within,
        socket_connect_timeout=within,
        retry=Retry(NoBackoff(), 0),
        **tls,
    ) as client:
        return dict(client.sentinel_master(address.name))


def _refusal(name: str, error: ResponseError) -> str:
    if "no such master" in str(error).lower():
        return f"names {name!r}, and its Sentinels watch no server of that name"
    return f"has a Sentinel that {why_unusable(error)}"


def _server(state: dict[str, Any]) -> WatchedServer:
    return WatchedServer(
        host=str(state["ip"]),
        port=int(state["port"]),
        replicas=int(state["num-slaves"]),
        sentinels=int(state["num-other-sentinels"]) + 1,
    )

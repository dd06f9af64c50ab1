"""Addresses of a queue server that Sentinels watch: `redis+sentinel://h1,h2,h3/NAME`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

_FORM = re.compile(r"(?i)(rediss?)\+sentinel://(?:(.*)@)?([^@/?#]*)(?:/([^?#]*))?(?:\?(.*))?")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_PORT = 26379
_OPTIONS = ("sentinel_username", "sentinel_password", "ssl_ca_certs")
_EXPECTED = "expected redis+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]/NAME[/DATABASE]"
CLUSTER = (
    "is one of a cluster, over which what one step changes would be spread: CityReach works with "
    "one primary server, whose replicas Sentinels may watch (redis+sentinel://)"
)


class SentinelAddressError(ValueError):
    """An address that is none; the text says what was expected, and holds no password."""


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """Where the Sentinels are, which of the servers they watch is ours, and how we are let in."""

    hosts: tuple[tuple[str, int], ...]
    name: str
    """Under which the Sentinels watch the primary server and its replicas."""
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_certs: str | None = None
    """A file of certificates; with it or not, all are spoken with by TLS where `tls` says so."""


def sentinel_address(uri: str) -> SentinelAddress | None:
    """The address in such a URI; None for every other scheme. Raises SentinelAddressError."""
    scheme = uri.partition("://")[0].lower()
    if scheme.endswith("+cluster"):
        raise SentinelAddressError(f"{scheme}:// names a server that {CLUSTER}")
    if not scheme.endswith("+sentinel"):
        return None
    found = _FORM.fullmatch(uri)
    if found is None:
        raise SentinelAddressError(_EXPECTED)
    kind, user_info, hosts, path, query = found.groups()
    name, database = _service(path or "")
    options = _options(query or "")
    username, password = _user(user_info or "")
    return SentinelAddress(
        hosts=tuple(map(_host, hosts.split(","))),
        name=name,
        database=database,
        username=username,
        password=password,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
        tls=kind.lower() == "rediss",
        ca_certs=options.get("ssl_ca_certs"),
    )


def _user(user_info: str) -> tuple[str | None, str | None]:
    user, _, password = user_info.partition(":")
    return unquote(user) or None, unquote(password) or None


def _host(text: str) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    if found is None:
        raise SentinelAddressError(f"host {text!r} of a Sentinel cannot be read; {_EXPECTED}")
    port = int(found[2]) if found[2] else _PORT
    if not 0 < port < 65_536:
        raise SentinelAddressError(f"port {port} of Sentinel {found[1]}: expected 1 to 65535")
    return found[1].strip("[]"), port


def _service(path: str) -> tuple[str, int]:
    name, _, database = path.partition("/")
    if not _NAME.fullmatch(name):
        what = f"{name!r} is no name" if name else "the name is missing"
        raise SentinelAddressError(
            f"{what} under which the Sentinels watch the server; {_EXPECTED}"
        )
    if database and not (database.isascii() and database.isdigit()):
        raise SentinelAddressError(f"database {database!r}: expected a number; {_EXPECTED}")
    return name, int(database) if database else 0


def _options(query: str) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(set(options) - set(_OPTIONS)):
        raise SentinelAddressError(
            f"option {unknown[0]!r} is not known; there are {', '.join(_OPTIONS)}"
        )
    return options

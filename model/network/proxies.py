"""Which proxy leads to a host, as the settings say. This machine is never behind one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, SecretStr

DIRECT = "none"
"""In place of a proxy: directly, whatever the setting for all says."""
_SCHEMES = ("http", "https", "socks5", "socks5h")
_EXPECTED = (
    f"expected {'://, '.join(_SCHEMES)}:// with HOST:PORT, or USER:PASSWORD@HOST:PORT (their "
    f"signs other than letters and digits as %XX), or {DIRECT}"
)


@dataclass(frozen=True, slots=True)
class Proxies:
    """One way out: a proxy, and the hosts that are reached without it."""

    url: str = field(default="", repr=False)
    """With user and password, if it asks for them; empty: none."""
    exempt: str = ""
    """Hosts, domains, addresses or networks, separated by commas; `*`: all."""

    def to(self, host: str) -> str:
        """The proxy for a host; empty where it is reached directly."""
        wanted = host.strip("[]").rstrip(".").lower()
        if not self.url or is_loopback(wanted):
            return ""
        exempt = any(_covers(part, wanted) for part in self.exempt.split(","))
        return "" if exempt else self.url

    def to_url(self, address: str) -> str:
        """The proxy for the host of an address."""
        return self.to(urlsplit(address).hostname or "")

    @property
    def shown(self) -> str:
        """The proxy without user and password; empty where there is none."""
        return without_user(self.url)


DIRECTLY = Proxies()


def proxies_of(given: SecretStr | None, exempt: str = "") -> Proxies:
    """By a setting and the hosts that are exempt."""
    url = given.get_secret_value() if given is not None else ""
    return Proxies("" if url == DIRECT else url, exempt)


def without_user(proxy: str) -> str:
    """A proxy's address without user and password."""
    scheme, mark, rest = proxy.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}{mark}{'***@' if user or at else ''}{place}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    inner = getattr(address, "ipv4_mapped", None) or address
    return inner.is_loopback or inner.is_unspecified


def _covers(part: str, host: str) -> bool:
    """Whether an entry of the exempt ones stands for a host."""
    entry = part.strip().lower().removeprefix("*.").removeprefix(".")
    if entry in ("", "*"):
        return entry == "*" or part.strip() == "*."
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return host == entry or host.endswith(f".{entry}")


def checked(given: SecretStr) -> SecretStr:
    """Raises ValueError, without what was given, for what is no proxy."""
    url = given.get_secret_value().strip()
    if url not in ("", DIRECT) and not _is_proxy(url):
        raise ValueError(_EXPECTED)
    return SecretStr(url)


def _is_proxy(url: str) -> bool:
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    printable = re.fullmatch(r"[\x21-\x7e]+", url) is not None
    return parts.scheme in _SCHEMES and bool(parts.hostname and port) and bare and printable


ProxyUrl = Annotated[SecretStr, AfterValidator(checked)]
"""Of a setting: what it holds is secret, for it may hold a password."""

"""Which addresses belong together: origins and sites. Pure."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def origin_of(url: str) -> tuple[str, str]:
    """Scheme and host: a token that may go to https://host may not go to http://host."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site: the last two labels of their hosts, and the port."""
    return _site(one) == _site(other) is not None


def _site(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in ("http", "https"):
        return None
    return host if _is_address(host) else ".".join(host.split(".")[-2:]), port


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

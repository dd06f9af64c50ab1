"""The browser's only way out: a proxy (SOCKS 5, RFC 1928) that leads to public addresses alone.

Where a proxy is set, connections go on by it (HTTP CONNECT or SOCKS 5). Names are resolved here, or
by the proxy, so that no name, redirect, window, worker or web socket of a page reaches a
service of this machine or of the network around it. The platform's own address is let through
wherever it is: the sandbox is on the loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import struct
from collections.abc import Iterable
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from model.network.proxies import DIRECTLY, Proxies

_HANDSHAKE, _CONNECTING = 10.0, 20.0
"""Seconds until a browser has said where it wants to go, and until that place answers."""
_PIECE = 256 * 1024
_NO_LOGIN, _CONNECT, _NAME, _V4, _V6 = 0, 1, 3, 1, 4
_DONE, _NOT_ALLOWED, _REFUSED = 0, 2, 5
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MOST_REASONS = 1000

_PRIVATE = (".local", ".internal", ".lan", ".home.arpa", ".localhost")
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Place = tuple[str, int]
"""A host as it was asked for, and a port."""


class Forbidden(OSError):
    """The place is on this machine or in a private network."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        found = inner or found
    return found.is_global and not found.is_multicast


def places(addresses: Iterable[str]) -> frozenset[Place]:
    """The places of a platform's addresses (`http://127.0.0.1:8000`)."""
    parts = [urlsplit(address) for address in addresses]
    return frozenset(
        (part.hostname, part.port or _DEFAULT_PORTS.get(part.scheme, 443))
        for part in parts
        if part.hostname
    )


class Gate:
    """The proxy of one process; `url` is what the browser is told."""

    def __init__(self, own: frozenset[Place]) -> None:
        self._own = own
        self._servers: dict[Proxies, asyncio.Server] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._reasons: dict[Place, str] = {}
        self._by_proxy: set[Place] = set()

    async def start(self, proxies: Proxies = DIRECTLY) -> str:
        """Listens on a port of the loopback for what goes on by these; gives its address."""
        if proxies not in self._servers:
            serve = partial(self._serve, proxies)
            self._servers[proxies] = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = self._servers[proxies].sockets[0].getsockname()[1]
        return f"socks5://127.0.0.1:{port}"

    async def close(self) -> None:
        """Ends it and all connections."""
        servers, self._servers = list(self._servers.values()), {}
        for server in servers:
            server.close()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def reason(self, url: str) -> str:
        """Why an address was not reached last; empty if it was, or was not asked for."""
        return next((self._reasons.get(place, "") for place in places([url])), "")

    def proxy_failed(self, url: str) -> bool:
        """Whether an address was not reached last for its proxy's sake."""
        return any(place in self._by_proxy for place in places([url]))

    async def _serve(
        self, proxies: Proxies, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        try:
            if _is_ours(writer):
                await self._lead(proxies, reader, writer)
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.CancelledError):
            return  # Either side has gone, or the gate is closed.
        finally:
            writer.close()

    async def _lead(
        self, proxies: Proxies, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        place = await asyncio.wait_for(_wanted(reader, writer), _HANDSHAKE)
        try:
            there = await asyncio.wait_for(self._connect(place, proxies), _CONNECTING)
        except (OSError, TimeoutError, ValueError) as error:
            by_proxy = not isinstance(error, Forbidden) and proxies.to(place[0])
            said = f"by the proxy {proxies.shown}: " if by_proxy else ""
            self._note(place, f"{said}{_in_words(error)}")
            if by_proxy:
                self._by_proxy.add(place)
            writer.write(_reply(_NOT_ALLOWED if isinstance(error, Forbidden) else _REFUSED))
            await writer.drain()
            return
        self._reasons.pop(place, None)
        self._by_proxy.discard(place)
        writer.write(_reply(_DONE))
        try:
            await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
        finally:
            there[1].close()

    async def _connect(self, place: Place, proxies: Proxies) -> _Streams:
        """Raises Forbidden, or OSError for what cannot be reached."""
        host, port = place
        if proxy := proxies.to(host):
            if place not in self._own and not _may_be_public(host):
                raise Forbidden(f"{host}:{port} is no public address")
            return await _by_proxy(proxy, place)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if place not in self._own:
            addresses = [address for address in addresses if is_public(address)]
        if not addresses:
            raise Forbidden(f"{host}:{port} is no public address")
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(address, port, limit=_PIECE)
        return await asyncio.open_connection(addresses[-1], port, limit=_PIECE)

    def _note(self, place: Place, why: str) -> None:
        if len(self._reasons) >= _MOST_REASONS:
            self._reasons.clear()
            self._by_proxy.clear()
        self._reasons[place] = why


def _may_be_public(host: str) -> bool:
    """As far as a name tells that is resolved beyond the proxy."""
    try:
        return is_public(host)
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE)


async def _by_proxy(proxy: str, place: Place) -> _Streams:
    """A connection through a proxy, which resolves the name. Raises OSError."""
    from python_socks import ProxyError, ProxyTimeoutError
    from python_socks.async_.asyncio.v2 import Proxy

    scheme, _, rest = proxy.partition("://")
    secured = ssl.create_default_context() if scheme == "https" else None
    plain = {"https": "http", "socks5h": "socks5"}.get(scheme, scheme)
    way = Proxy.from_url(f"{plain}://{rest}", rdns=True, proxy_ssl=secured)
    try:
        stream = await way.connect(*place, timeout=_CONNECTING)
    except (ProxyError, ProxyTimeoutError) as error:
        raise ConnectionError(str(error) or type(error).__name__) from None
    return stream.reader, stream.writer


async def _wanted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Place:
    """The handshake: without a login, and for connections alone. Raises ValueError."""
    version, methods = await reader.readexactly(2)
    offered = await reader.readexactly(methods)
    if version != 5 or _NO_LOGIN not in offered:
        raise ValueError("no SOCKS 5 without a login")
    writer.write(b"\x05\x00")
    version, command, _, kind = await reader.readexactly(4)
    if version != 5 or command != _CONNECT:
        raise ValueError("no connection is wanted")
    if kind == _NAME:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode("ascii")
    elif kind in (_V4, _V6):
        family, length = (socket.AF_INET, 4) if kind == _V4 else (socket.AF_INET6, 16)
        host = socket.inet_ntop(family, await reader.readexactly(length))
    else:
        raise ValueError("no address that is known here")
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    return host.lower(), port


def _reply(code: int) -> bytes:
    return bytes([5, code, 0, _V4]) + bytes(6)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the end; never more of it in memory than one piece on either side."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_PIECE):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no connection in time"
    return getattr(error, "strerror", None) or str(error)


def _is_ours(writer: asyncio.StreamWriter) -> bool:
    """Whether a connection comes from a process of our own user; True where that is not told."""
    host, port = writer.get_extra_info("peername")[:2]
    packed = struct.unpack("=I", socket.inet_aton(host))[0]
    wanted = f"{packed:08X}:{port:04X}"
    try:
        lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    except OSError:
        return True
    owners = [fields[7] for line in lines if (fields := line.split())[1] == wanted]
    return not owners or str(os.geteuid()) in owners

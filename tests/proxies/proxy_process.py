"""A real proxy (pproxy: HTTP, SOCKS 4 and 5 on one port) that alone knows where `*.test` is.

`python -m tests.proxies.proxy_process USER:PASSWORD CERTIFICATE` prints its port and that of the
same behind TLS, then each place that it was asked to connect to.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from contextlib import suppress
from typing import Any

import pproxy


async def main(login: str, certificate: str) -> None:
    """Serves until it is ended."""
    loop = asyncio.get_running_loop()
    resolve: Any = loop.getaddrinfo

    async def of_tests(host: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        known = name and name.endswith(".test")
        return await resolve("127.0.0.1" if known else host, *args, **more)

    loop.getaddrinfo = of_tests  # type: ignore[method-assign]
    server = pproxy.Server(f"http+socks5://127.0.0.1:0{'/#' if login else ''}{login}")
    running = await server.start_server({"rserver": [], "verbose": _told, "authtime": -1})
    port = running.sockets[0].getsockname()[1]
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(certificate)

    async def unwrapped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_passed(reader, outer), _passed(inner, writer))

    behind = await asyncio.start_server(unwrapped, "127.0.0.1", 0, ssl=secured)
    sys.stdout.write(f"{port} {behind.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All bytes of one direction."""
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _told(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

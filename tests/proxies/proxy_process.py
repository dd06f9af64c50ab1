"""A real proxy (pproxy: HTTP, SOCKS 4 and 5 on one port) that alone knows where `*.test` is.

`python -m tests.proxies.proxy_process [USER:PASSWORD]` prints its port, then each place that it was
asked to connect to.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pproxy


async def main(login: str) -> None:
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
    sys.stdout.write(f"{running.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def _told(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))

#!/opt/cityreach/bin/python
"""Whether a part in this container is alive, for health checks: exit 0, else 1 with a sentence.

    cityreach-probe write | schedule | crawl
    cityreach-probe portal

Writers, schedulers and crawlers say so in Redis every few seconds, under the name of their host.
The portal is asked whether both servers answer it.
"""

from __future__ import annotations

import os
import socket
import sys
import urllib.request
from pathlib import Path

_WITHIN = 5.0


def setting(name: str) -> str:
    """A setting by the environment, else by its file in the secrets directory; else empty."""
    value = os.environ.get(name)
    folder = os.environ.get("CITYREACH_SECRETS_DIR")
    file = Path(folder, name) if folder else None
    if value is None and file is not None and file.is_file():
        value = file.read_text("utf-8").strip()
    return value or ""


def beats(part: str) -> bool:
    """Whether a process of the part on this host has said within seconds that it lives."""
    from bus.connection import connect_redis
    from bus.keys import alive

    pattern = alive(f"{part}*", f"{socket.gethostname()}-*")
    with connect_redis(setting("CITYREACH_REDIS_URI")) as client:
        return next(client.scan_iter(match=pattern, count=1000), None) is not None


def ready() -> bool:
    """Whether the portal of this container answers that both servers answer."""
    port = setting("CITYREACH_PORTAL__PORT") or "8950"
    address = f"http://127.0.0.1:{port}/readyz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=_WITHIN) as answer:
        return bool(answer.status == 200)


def main(part: str) -> str:
    """Empty when all is well, else what is wrong."""
    try:
        well = ready() if part == "portal" else beats(part)
    except Exception as error:  # noqa: BLE001 - whatever it is, the part cannot be seen to live
        return f"{part}: {type(error).__name__}"
    return "" if well else f"{part}: no sign of life"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) or None)

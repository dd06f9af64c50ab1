"""Small processes and listeners for tests, and what they print."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer


def lines_of(path: Path) -> list[str]:
    """Complete lines of a file that another process may be writing."""
    text = path.read_text() if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


@contextmanager
def python(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python process of its own, ended at the latest with the block."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_line(process: subprocess.Popen[str]) -> str:
    """The next line that it prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def strangers(*ports: int) -> Iterator[list[int]]:
    """Somebody else listens on these ports of the loopback (0: any), and hangs up at once."""
    with ExitStack() as closing:
        servers = [_HangsUp(("127.0.0.1", port), BaseRequestHandler) for port in ports]
        for server in servers:
            closing.enter_context(server)
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            closing.callback(server.shutdown)
        yield [int(server.server_address[1]) for server in servers]


class _HangsUp(TCPServer):
    allow_reuse_address = True

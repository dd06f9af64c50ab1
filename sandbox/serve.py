"""Serves a world on loopback until it is told to stop, or its parent has ended."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette

from sandbox.app import create_app
from sandbox.world.file import WorldError, load_world
from sandbox.world.model import World

CONTROL_TOKEN_VARIABLE = "SANDBOX_CONTROL_TOKEN"  # noqa: S105  (its name)
LIMITS_VARIABLE = "SANDBOX_LIMITS"
"""The name of the environment variable with limits as `/_sandbox/limits` takes them, in JSON."""
HOST = "127.0.0.1"
_BACKLOG = 512
_WATCH_SECONDS = 0.5


def serve(
    world: Path,
    port: int,
    *,
    now: datetime | None = None,
    control: bool = False,
    rate: float = 0.0,
    limits: Mapping[str, Any] | None = None,
) -> None:
    """Serves the world file on 127.0.0.1; blocks until SIGTERM, SIGINT, or the parent's end.

    Port 0 takes any free one. When requests are taken, one line on stdout says where:
    `sandbox ready on http://127.0.0.1:PORT`; with `control`, a second line `sandbox control token
    TOKEN` follows, and `/_sandbox/…` takes requests with that token in the header X-Sandbox-Token.
    The environment variable SANDBOX_CONTROL_TOKEN chooses it.

    The clock starts at `now`, by default the start of the world, and stands still unless `rate`
    makes it run. Without `limits`, those of the environment variable SANDBOX_LIMITS hold. Raises
    WorldError for a bad world file or for limits that are none, and OSError for a port that is
    taken.
    """
    parent = os.getppid()
    token = _control_token() if control else None
    app = _application(load_world(world), now, token, rate, limits)
    with _listen(port) as listener:
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        threading.Thread(target=_follow, args=(parent, server), daemon=True).start()
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        sys.stdout.write(f"sandbox ready on {address}\n")
        if token:
            sys.stdout.write(f"sandbox control token {token}\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


def _control_token() -> str:
    return os.environ.get(CONTROL_TOKEN_VARIABLE) or secrets.token_urlsafe(16)


def _application(
    world: World,
    now: datetime | None,
    token: str | None,
    rate: float,
    limits: Mapping[str, Any] | None,
) -> Starlette:
    try:
        if limits is None:
            written = os.environ.get(LIMITS_VARIABLE, "{}")
            limits = msgspec.json.decode(written, type=dict[str, Any])
        start = now or world.start
        return create_app(world, now=start, control_token=token, rate=rate, limits=limits)
    except msgspec.MsgspecError as error:
        raise WorldError(LIMITS_VARIABLE, 0, "", str(error)) from error


def _listen(port: int) -> socket.socket:
    # Only with its protocol named does asyncio switch Nagle off (40 ms an answer).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """Ends at the first signal, without waiting for answers that a fault holds back."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.force_exit = True


def _follow(parent: int, server: _Server) -> None:
    """Stops the server when the process that started it has ended."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    server.handle_exit(signal.SIGTERM, None)

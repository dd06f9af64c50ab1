"""The sandbox as an ASGI application: all platforms on one port, at their own paths."""

from __future__ import annotations

import time
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import Monotonic, SandboxClock
from sandbox.control import Control
from sandbox.directory import Directory
from sandbox.limits import Limits
from sandbox.platforms.graph import Graph
from sandbox.platforms.tiktok import TikTok
from sandbox.platforms.x import X
from sandbox.platforms.youtube import YouTube
from sandbox.service import Platform, Service, Stage
from sandbox.world import World

_FIRST: tuple[type[Platform], ...] = (X, YouTube, TikTok)
_LAST: tuple[type[Platform], ...] = (Graph,)
"""Graph paths begin with any version, so they are tried after all others."""


def create_app(
    world: World,
    *,
    now: datetime,
    control: bool,
    rate: float = 0.0,
    limits: Limits | None = None,
    monotonic: Monotonic = time.monotonic,
) -> Starlette:
    """The application. Its clock starts at `now` and moves `rate` times as fast as `monotonic`.

    `control` adds `/_sandbox/…`; without it nothing can be changed from outside.
    """
    stage = Stage(
        directory=Directory(world),
        clock=SandboxClock(now, rate=rate, monotonic=monotonic),
        limits=limits or Limits(),
    )
    routes = Control(stage).routes() if control else []
    routes.append(Route("/_sandbox/{rest:path}", _nothing_here))
    routes.extend(route for kind in (*_FIRST, *_LAST) for route in _routes(kind(stage)))
    return Starlette(routes=routes)


def _routes(platform: Platform) -> list[Route]:
    return [
        Route(endpoint.path, Service(platform, endpoint), methods=[endpoint.method])
        for endpoint in platform.endpoints()
    ]


async def _nothing_here(_: Request) -> Response:
    return Response(status_code=404)

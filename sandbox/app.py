"""The sandbox as an ASGI application: all platforms on one port, at their own paths."""

from __future__ import annotations

import time
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sandbox.clock import Monotonic, SandboxClock
from sandbox.control import Control
from sandbox.directory import Directory
from sandbox.limits import Limits
from sandbox.platforms.graph import Graph
from sandbox.platforms.tiktok import TikTok
from sandbox.platforms.x import X
from sandbox.platforms.youtube import YouTube
from sandbox.service import Platform, Service, Stage
from sandbox.web.facebook import FacebookSite
from sandbox.web.instagram import InstagramSite
from sandbox.web.robots import Robots
from sandbox.web.site import Site
from sandbox.web.tiktok import TikTokSite
from sandbox.web.x import XSite
from sandbox.web.youtube import YouTubeSite
from sandbox.world import World

_FIRST: tuple[type[Platform], ...] = (X, YouTube, TikTok)
_SITES: tuple[type[Site], ...] = (FacebookSite, XSite, InstagramSite, YouTubeSite, TikTokSite)
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
    robots = Robots()
    routes = [*Control(stage).routes(), robots.control()] if control else []
    routes.append(Route("/_sandbox/{rest:path}", _nothing_here))
    for api in _FIRST:
        routes.extend(_routes(api(stage), "api"))
    pages = [route for site in _SITES for route in _routes(site(stage), "web")]
    web = Mount("/web", routes=pages)
    graph = [route for api in _LAST for route in _routes(api(stage), "api")]
    return Starlette(routes=[*routes, *robots.routes(), web, *graph])


def _routes(platform: Platform, route: str) -> list[Route]:
    return [
        Route(
            endpoint.path.removeprefix("/web"),
            Service(platform, endpoint, route),
            methods=[endpoint.method],
        )
        for endpoint in platform.endpoints()
    ]


async def _nothing_here(_: Request) -> Response:
    return Response(status_code=404)

"""The sandbox as an ASGI application: all platforms on one port, at their own paths."""

from __future__ import annotations

import time
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sandbox.facebook.pages import FacebookSite
from sandbox.graph.calls import Graph
from sandbox.instagram.pages import InstagramSite
from sandbox.service.clock import Monotonic, SandboxClock
from sandbox.service.control import Control
from sandbox.service.limits import Limits
from sandbox.service.pages import Site
from sandbox.service.robots import Robots
from sandbox.service.services import Platform, Service, Services
from sandbox.tiktok.api import TikTok
from sandbox.tiktok.pages import TikTokSite
from sandbox.world.directory import Directory
from sandbox.world.model import World
from sandbox.x.api import X
from sandbox.x.pages import XSite
from sandbox.youtube.api import YouTube
from sandbox.youtube.pages import YouTubeSite

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
    stage = Services(
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

"""The sandbox as an ASGI application: all platforms on one port, at their own paths."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from model.platform import PLATFORMS, PlatformName
from sandbox.gdelt.doc_api import SandboxDocApi
from sandbox.gdelt.page_views import SandboxPageViews
from sandbox.gdelt.serving import SandboxGdelt
from sandbox.service.access import behind_token
from sandbox.service.clock import Monotonic, SandboxClock
from sandbox.service.control import Control
from sandbox.service.delivery import EndpointApp
from sandbox.service.limits import LimitSet
from sandbox.service.platform import PlatformEntry, PlatformService, Services
from sandbox.service.robots import RobotsFile
from sandbox.world.directory import Directory
from sandbox.world.model import World


def create_app(
    world: World,
    *,
    now: datetime,
    control_token: str | None,
    rate: float = 0.0,
    limits: Mapping[str, Any] | None = None,
    monotonic: Monotonic = time.monotonic,
) -> Starlette:
    """The application. Its clock starts at `now` and moves `rate` times as fast as `monotonic`.

    `limits` are changes to the platforms' own, as `/_sandbox/limits` takes them. `control_token`
    opens `/_sandbox/…` to those who send it; without one nothing can be changed from outside.
    """
    entries = platform_entries()
    services = Services(
        directory=Directory(world),
        clock=SandboxClock(now, rate=rate, monotonic=monotonic),
        limits=LimitSet(kind for entry in entries.values() for kind in entry.limits),
    )
    services.limits.change(dict(limits or {}))
    robots = RobotsFile(entries)
    control = [*Control(services).routes(), robots.control()]
    control_routes = [behind_token(route, control_token) for route in control if control_token]
    pages = [r for entry in entries.values() for r in _routes(entry.pages(services), "web")]
    return Starlette(
        routes=[
            *control_routes,
            Route("/_sandbox/{rest:path}", _nothing_here),
            *robots.routes(),
            *SandboxGdelt(services).routes(),
            *SandboxDocApi(services).routes(),
            *SandboxPageViews(services).routes(),
            Mount("/web", routes=pages),
            *_api_routes(entries, services),
        ]
    )


def platform_entries() -> dict[PlatformName, PlatformEntry]:
    """What is served of each platform: `PLATFORM` of the folder of its name."""
    return {name: import_module(f"sandbox.{name}").PLATFORM for name in PLATFORMS}


def _api_routes(entries: Mapping[PlatformName, PlatformEntry], services: Services) -> list[Route]:
    """The APIs; those whose paths begin with any version are tried after all others."""
    apis = [entry.api(services) for entry in entries.values() if entry.api is not None]
    apis.sort(key=lambda api: api.any_path)
    return [route for api in apis for route in _routes(api, "api")]


def _routes(platform: PlatformService, route: str) -> list[Route]:
    return [
        Route(
            endpoint.path.removeprefix("/web"),
            EndpointApp(platform, endpoint, route),
            methods=[endpoint.method],
        )
        for endpoint in platform.endpoints()
    ]


async def _nothing_here(_: Request) -> Response:
    return Response(status_code=404)

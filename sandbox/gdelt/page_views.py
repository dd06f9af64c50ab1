"""Views of encyclopedia articles about a world's cities, as Wikimedia's REST API tells them."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.gdelt.articles import written_cities
from sandbox.service.exchange import PlatformRequest
from sandbox.service.faults import MEDIA_PLATFORM, FaultKind
from sandbox.service.platform import Services

_PATH = (
    "/wikimedia/metrics/pageviews/per-article/{project}/all-access/user/{title}/monthly/"
    "{start}/{end}"
)


class SandboxPageViews:
    """Months of articles that have a city's name; of others there are no data."""

    def __init__(self, services: Services) -> None:
        self._services = services
        world = services.directory.world
        self._world = world.name
        self._names = {city.name for city in written_cities(world)}

    def routes(self) -> list[Route]:
        """The one path."""
        return [Route(_PATH, self.views)]

    async def views(self, request: Request) -> Response:
        """Views by people in one month that is over."""
        asked = PlatformRequest("GET", request.url.path, {}, {}, {})
        now = self._services.clock.now()
        fault = self._services.faults.pick(MEDIA_PLATFORM, "page-views", "api", asked, now)
        if fault is not None:
            limited = fault.kind is FaultKind.RATE_LIMITED
            return PlainTextResponse("too many requests", 429 if limited else fault.status)
        given = request.path_params
        name = given["title"].replace("_", " ").partition(",")[0]
        month = _month(given["start"])
        if name not in self._names or month is None or month >= now.replace(day=1, hour=0):
            return JSONResponse({"type": "about:blank", "title": "Not found."}, 404)
        return JSONResponse({"items": [self._item(given, name)]})

    def _item(self, given: dict[str, str], name: str) -> dict[str, object]:
        rng = random.Random(f"{self._world} {name} {given['start'][:6]}")
        return {
            "project": given["project"],
            "article": given["title"],
            "granularity": "monthly",
            "timestamp": f"{given['start'][:6]}0100",
            "access": "all-access",
            "agent": "user",
            "views": int(2_000 * 40 ** rng.random()),
        }


def _month(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp[:6], "%Y%m").replace(tzinfo=UTC)
    except ValueError:
        return None

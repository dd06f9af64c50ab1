"""`robots.txt`, of the host and below each platform's prefix; with control it can be changed."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from model.platform import PlatformName
from sandbox.service.platform import PlatformEntry


class RobotsFile:
    """What robots may fetch: pages, but not the calls of their scripts."""

    def __init__(self, entries: Mapping[PlatformName, PlatformEntry]) -> None:
        paths = [
            f"/web/{name}{path}" for name, entry in entries.items() for path in entry.disallowed
        ]
        lines = [f"Disallow: {path}" for path in (*paths, "/_sandbox/")]
        self._first = "\n".join(["User-agent: *", *lines, ""])
        self._text = self._first
        self._places = ["/robots.txt", *(f"/web/{name}/robots.txt" for name in entries)]

    def routes(self) -> list[Route]:
        """The file, where robots look for it."""
        return [Route(place, self.show) for place in self._places]

    def control(self) -> Route:
        """Lets the text be changed: POST the new one, DELETE to have the first one back."""
        return Route("/_sandbox/robots", self.change, methods=["POST", "DELETE"])

    async def show(self, _: Request) -> Response:
        """GET robots.txt"""
        return PlainTextResponse(self._text)

    async def change(self, request: Request) -> Response:
        """POST or DELETE /_sandbox/robots"""
        body = await request.body()
        self._text = body.decode("utf-8", "replace") if request.method == "POST" else self._first
        return PlainTextResponse(self._text)

"""`robots.txt`, of the host and below each platform's prefix; with control it can be changed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from model.platform import PLATFORMS

_FREE = """User-agent: *
Disallow: /web/facebook/login/
Disallow: /web/facebook/api/
Disallow: /web/instagram/graphql/
Disallow: /web/youtube/youtubei/
Disallow: /_sandbox/
"""


class Robots:
    """What robots may fetch: pages, but not the calls of their scripts."""

    def __init__(self) -> None:
        self._text = _FREE

    def routes(self) -> list[Route]:
        """The file, where robots look for it."""
        places = ["/robots.txt", *(f"/web/{name}/robots.txt" for name in PLATFORMS)]
        return [Route(place, self.show) for place in places]

    def control(self) -> Route:
        """Lets the text be changed: POST the new one, DELETE to have the first one back."""
        return Route("/_sandbox/robots", self.change, methods=["POST", "DELETE"])

    async def show(self, _: Request) -> Response:
        """GET robots.txt"""
        return PlainTextResponse(self._text)

    async def change(self, request: Request) -> Response:
        """POST or DELETE /_sandbox/robots"""
        body = await request.body()
        self._text = body.decode("utf-8", "replace") if request.method == "POST" else _FREE
        return PlainTextResponse(self._text)

"""Who may use `/_sandbox/…`: whoever knows the token, by the server's own address.

A page in a browser on this machine can send requests to any port of it. It knows no token, may not
send the header that carries it without being asked first (CORS), and names another host where it
has rebound a name of its own to the loopback.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

TOKEN_HEADER = "X-Sandbox-Token"  # noqa: S105  (its name)
_NAMES = ("127.0.0.1", "localhost")
_Endpoint = Callable[[Request], Awaitable[Response]]


def behind_token(route: Route, token: str) -> Route:
    """The route, for requests with this token and a Host of this server alone; else HTTP 403."""
    endpoint: _Endpoint = route.endpoint

    async def check(request: Request) -> Response:
        if not _is_own_host(request):
            return PlainTextResponse("the Host is not this server's\n", 403)
        given = request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return PlainTextResponse(
                f"{TOKEN_HEADER} must hold the token that was printed at the start\n", 403
            )
        return await endpoint(request)

    return Route(route.path, check, methods=list(route.methods or ()))


def _is_own_host(request: Request) -> bool:
    _, port = request.scope["server"]
    return request.headers.get("host") in {f"{name}:{port}" for name in _NAMES}

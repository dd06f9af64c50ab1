"""What every answer carries: the policy of its content, a request id, bounds on what is taken."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
MOST_BODY = 8 * 2**20
"""Bytes of a form with a file."""
_ALWAYS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"interest-cohort=()"),
)
_TLS = (b"strict-transport-security", b"max-age=31536000")
_NOT_KEPT = (b"cache-control", b"private, no-store")
_Measured = Callable[[str, int, float], None]
"""Gets the route's path, the status and the seconds of every answer."""


class TooLarge(Exception):
    """A body is larger than anything we ask for."""


class Headers:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, secure: bool, measured: _Measured) -> None:
        self._app, self._secure, self._measured = app, secure, measured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, request_id = time.perf_counter(), secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(scope, send, self._secure, request_id)
        await self._app(scope, _bounded(receive), answer.send)
        path = getattr(scope.get("route"), "path", "other")
        self._measured(path, answer.status, time.perf_counter() - began)


class _Answer:
    def __init__(self, scope: Scope, send: Send, secure: bool, request_id: str) -> None:
        self._scope, self._send, self._secure, self._id = scope, send, secure, request_id
        self.status = 500

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"] = list(message.get("headers", ()))
            there = {name.lower() for name, _ in headers}
            wanted = [*_ALWAYS, (b"x-request-id", self._id.encode())]
            if self._secure:
                wanted.append(_TLS)
            if not self._scope["path"].startswith("/static/"):
                wanted.append(_NOT_KEPT)
            headers += [(name, value) for name, value in wanted if name not in there]
        await self._send(message)


def _bounded(receive: Receive) -> Receive:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BODY:
            raise TooLarge
        return message

    return bounded

"""How an answer is delivered: at once, or disturbed by a fault."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sandbox.service.answering import answer_call
from sandbox.service.exchange import (
    AsgiReceive,
    AsgiScope,
    AsgiSend,
    JsonObject,
    Reply,
    pairs,
    read_request,
)
from sandbox.service.faults import Fault, FaultKind
from sandbox.service.platform import Endpoint, PlatformService

_SLICES = 10


class EndpointApp:
    """An endpoint as an ASGI application."""

    def __init__(self, platform: PlatformService, endpoint: Endpoint, route: str = "api") -> None:
        self._platform = platform
        self._endpoint = endpoint
        self._route = route

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """Answers one request."""
        request = await read_request(scope, receive)
        answered = answer_call(self._platform, self._endpoint, request, self._route)
        if answered.fault is None:
            await _deliver(answered.reply, answered.body, send)
        else:
            await _disturb(answered.reply, answered.body, answered.fault, receive, send)


async def _deliver(reply: Reply, body: bytes, send: AsgiSend) -> None:
    await send(_head(reply, len(body)))
    await send({"type": "http.response.body", "body": body})


def _head(reply: Reply, length: int) -> JsonObject:
    headers = [("content-type", reply.content_type), ("content-length", str(length))]
    return {
        "type": "http.response.start",
        "status": reply.status,
        "headers": pairs([*headers, *reply.headers.items()]),
    }


async def _disturb(
    reply: Reply, body: bytes, fault: Fault, receive: AsgiReceive, send: AsgiSend
) -> None:
    """Delivers an answer as the fault wants it. Returning early makes the server hang up."""
    if fault.kind is FaultKind.TIMEOUT:
        with suppress(TimeoutError):
            await asyncio.wait_for(_hung_up(receive), fault.seconds)
        return
    if fault.kind is FaultKind.CUT:
        await send(_head(reply, len(body)))
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        return
    if fault.kind is FaultKind.SLOW:
        await _drip(reply, body, fault.seconds, send)
        return
    await _deliver(reply, body, send)


async def _hung_up(receive: AsgiReceive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(reply: Reply, body: bytes, seconds: float, send: AsgiSend) -> None:
    await send(_head(reply, len(body)))
    size = len(body) // _SLICES + 1
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / _SLICES)
        piece = body[start : start + size]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})

"""From a request to its answer: token, faults, limits, usage, and how the answer is delivered."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec

from model.platform import PlatformName
from sandbox.service.exchange import (
    AsgiReceive,
    AsgiScope,
    AsgiSend,
    JsonObject,
    PlatformRequest,
    Refused,
    Reply,
    pairs,
    read_request,
)
from sandbox.service.faults import REPLACING, Fault, FaultKind, change
from sandbox.service.platform import Endpoint, PlatformService, ServedCall
from sandbox.service.usage import short_hash

_SLICES = 10
_encode = msgspec.json.Encoder().encode


class EndpointApp:
    """An endpoint as an ASGI application."""

    def __init__(self, platform: PlatformService, endpoint: Endpoint, route: str = "api") -> None:
        self._platform = platform
        self._endpoint = endpoint
        self._route = route

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """Answers one request."""
        request = await read_request(scope, receive)
        resolve = self._endpoint.resolve
        name, endpoint = resolve(request) if resolve else (self._platform.name, self._endpoint.name)
        faults = self._platform.services.faults
        fault = faults.pick(name, endpoint, self._route, request) if faults.states else None
        reply = self._answer(name, endpoint, request, fault)
        body = reply.payload if isinstance(reply.payload, bytes) else _encode(reply.payload)
        if faults.remembers and fault is None and reply.rows:
            faults.remember(request, body)
        if fault is None:
            await _deliver(reply, body, send)
        else:
            await _disturb(reply, self._spoil(request, body, fault), fault, receive, send)

    def _answer(
        self, name: PlatformName, endpoint: str, request: PlatformRequest, fault: Fault | None
    ) -> Reply:
        platform, services = self._platform, self._platform.services
        call = ServedCall(endpoint, request, services.clock.instant())
        try:
            if not self._endpoint.open:
                call.token = platform.token(request)
                call.credential = short_hash(platform.principal(call.token))
            if fault is not None and fault.kind in REPLACING:
                replacement = platform.replacement(fault, request)
                if replacement is not None:
                    raise Refused(replacement)
            platform.check_limits(call)
            reply = self._endpoint.handler(call)
            if fault is not None:
                change(reply, fault)
        except Refused as refused:
            reply = refused.reply
        reply.headers.update(platform.charge(call, reply))
        shown = f"web.{endpoint}" if self._route == "web" else endpoint
        services.usage.add(name, shown, call.credential, reply.units, reply.count)
        return reply

    def _spoil(self, request: PlatformRequest, body: bytes, fault: Fault) -> bytes:
        if fault.kind is FaultKind.TRUNCATED:
            return body[: len(body) // 2]
        if fault.kind is FaultKind.MALFORMED:
            return body[:-1] + b",,}"
        if fault.kind is FaultKind.EMPTY_BODY:
            return b""
        if fault.kind is FaultKind.DUPLICATE_PAGE:
            return self._platform.services.faults.remembered(request)
        return body


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

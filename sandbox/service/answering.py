"""From a request to its answer: token, faults, limits, usage."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from sandbox.service.exchange import PlatformRequest, Refused, Reply
from sandbox.service.faults import REPLACING, Fault, FaultKind, change
from sandbox.service.platform import Endpoint, PlatformService, ServedCall
from sandbox.service.usage import short_hash

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Answered:
    """An answer, its body as it is sent, and the fault that hit it."""

    reply: Reply
    body: bytes
    fault: Fault | None


def answer(
    platform: PlatformService, endpoint: Endpoint, request: PlatformRequest, route: str
) -> Answered:
    """Answers one call, or one part of a batch, and counts it."""
    resolve = endpoint.resolve
    name, shown = resolve(request) if resolve else (platform.name, endpoint.name)
    faults = platform.services.faults
    fault = faults.pick(name, shown, route, request) if faults.states else None
    call = ServedCall(shown, request, platform.services.clock.instant())
    reply = _handled(platform, endpoint, call, fault)
    reply.headers.update(platform.charge(call, reply))
    counted = f"web.{shown}" if route == "web" else shown
    platform.services.usage.add(name, counted, call.credential, reply.units, reply.count)
    body = reply.payload if isinstance(reply.payload, bytes) else _encode(reply.payload)
    if faults.remembers and fault is None and reply.rows:
        faults.remember(request, body)
    if fault is not None:
        body = _spoiled(platform, request, body, fault)
    return Answered(reply, body, fault)


def _handled(
    platform: PlatformService, endpoint: Endpoint, call: ServedCall, fault: Fault | None
) -> Reply:
    try:
        if not endpoint.open:
            call.token = platform.token(call.request)
            call.credential = short_hash(platform.principal(call.token))
        _replace(platform, call.request, fault)
        platform.check_limits(call)
        reply = endpoint.handler(call)
        if fault is not None:
            change(reply, fault)
    except Refused as refused:
        reply = refused.reply
    return reply


def _replace(platform: PlatformService, request: PlatformRequest, fault: Fault | None) -> None:
    """Raises Refused where a fault stands in place of the answer."""
    if fault is None or fault.kind not in REPLACING:
        return
    replacement = platform.replacement(fault, request)
    if replacement is not None:
        raise Refused(replacement)


def _spoiled(
    platform: PlatformService, request: PlatformRequest, body: bytes, fault: Fault
) -> bytes:
    if fault.kind is FaultKind.TRUNCATED:
        return body[: len(body) // 2]
    if fault.kind is FaultKind.MALFORMED:
        return body[:-1] + b",,}"
    if fault.kind is FaultKind.EMPTY_BODY:
        return b""
    if fault.kind is FaultKind.DUPLICATE_PAGE:
        return platform.services.faults.remembered(request)
    return body

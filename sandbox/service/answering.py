"""From a request to its answer: token, faults, limits, usage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from model.platform import PlatformName
from sandbox.service.changes import change
from sandbox.service.exchange import JsonDocument, PlatformRequest, Refused, Reply
from sandbox.service.faults import CHANGING, FROM_BEFORE, REPLACING, Fault, FaultKind
from sandbox.service.platform import Endpoint, PlatformService, ServedCall, Services
from sandbox.service.usage import short_hash
from sandbox.world.model import SECOND

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Answered:
    """An answer, its body as it is sent, and the fault that hit it."""

    reply: Reply
    body: bytes
    fault: Fault | None


def answer_call(
    platform: PlatformService, endpoint: Endpoint, request: PlatformRequest, route: str
) -> Answered:
    """Answers one call, or one part of a batch, and counts it."""
    services, resolve = platform.services, endpoint.resolve
    name, shown = resolve(request) if resolve else (platform.name, endpoint.name)
    fault, shift = _disturbed(services, name, shown, route, request)
    call = ServedCall(shown, request, services.clock.instant() + shift * SECOND)
    reply = _handled(platform, endpoint, call, fault)
    reply.headers.update(platform.charge(call, reply))
    counted = f"web.{shown}" if route == "web" else shown
    services.usage.add(name, counted, call.credential, reply.units, reply.count)
    body = _written(reply)
    if services.faults.remembers and fault is None and reply.rows:
        services.faults.remember(request, body, reply)
    if fault is not None:
        body = _spoiled(platform, request, body, fault)
    return Answered(reply, body, fault)


def _disturbed(
    services: Services, name: PlatformName, endpoint: str, route: str, request: PlatformRequest
) -> tuple[Fault | None, int]:
    """The fault that hits a call, and by how many seconds the platform's clock is off."""
    faults = services.faults
    if not faults.states:
        return None, 0
    now = services.clock.now()
    services.change_accounts(now)
    return faults.pick(name, endpoint, route, request, now), faults.shift(name, now)


def _written(reply: Reply) -> bytes:
    payload = reply.payload
    if isinstance(payload, bytes):
        return payload
    return payload.encode() if isinstance(payload, JsonDocument) else _encode(payload)


def _handled(
    platform: PlatformService, endpoint: Endpoint, call: ServedCall, fault: Fault | None
) -> Reply:
    try:
        if not endpoint.open:
            call.token = platform.token(call.request)
            call.credential = short_hash(platform.principal(call.token))
        _replace(platform, call.request, fault)
        platform.check_limits(call)
        before = _before(platform, call.request)
        if before is not None and fault is not None and fault.kind in FROM_BEFORE:
            reply = replace(before, headers={})
        else:
            reply = endpoint.handler(call)
        if fault is not None and fault.kind in CHANGING:
            change(reply, fault, call.request, before)
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
        page = platform.services.faults.remembered(request)
        return page[0] if page is not None else body
    return body


def _before(platform: PlatformService, request: PlatformRequest) -> Reply | None:
    page = platform.services.faults.remembered(request)
    return page[1] if page is not None else None

"""From a request to a platform's answer: token, limits, faults, usage, and how it is delivered."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from model.platform import PlatformName
from sandbox.service.clock import SandboxClock
from sandbox.service.exchange import (
    Json,
    Receive,
    Refused,
    Reply,
    Request,
    Scope,
    Send,
    pairs,
    read_ask,
)
from sandbox.service.faults import REPLACING, Fault, FaultKind, Faults, change
from sandbox.service.limits import Limits
from sandbox.service.usage import Usage, short_hash
from sandbox.world.directory import Directory

_SLICES = 10
HTML = "text/html; charset=utf-8"
_encode = msgspec.json.Encoder().encode
LOGIN_PAGE = b"<!doctype html><title>Log in</title><form method=post><input name=password></form>"
CHALLENGE_PAGE = b"<!doctype html><title>Security check</title><div id=captcha>Are you human?</div>"


@dataclass(slots=True)
class Services:
    """What all platforms share."""

    directory: Directory
    clock: SandboxClock
    limits: Limits
    usage: Usage = field(default_factory=Usage)
    faults: Faults = field(default_factory=Faults)


@dataclass(slots=True)
class Call:
    """One call being answered."""

    endpoint: str
    ask: Request
    now: int
    """The sandbox's present, in microseconds since 1970."""
    token: str = ""
    credential: str = "-"
    """Short hash of what the limits are counted by."""


class Platform(ABC):
    """One platform's official API. Handlers raise Refused for errors."""

    name: PlatformName

    def __init__(self, stage: Services) -> None:
        self.stage = stage

    @abstractmethod
    def endpoints(self) -> list[Endpoint]:
        """Every call that is served; more special paths first."""

    @abstractmethod
    def token(self, ask: Request) -> str:
        """The credential of the request. Raises Refused if it is missing or refused."""

    @abstractmethod
    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """The platform's own error body for a limit, a spent quota, a bad token, a breakdown."""

    @abstractmethod
    def check_limits(self, turn: Call) -> None:
        """Counts a call before it is answered. Raises Refused where a limit is passed."""

    @abstractmethod
    def charge(self, turn: Call, reply: Reply) -> dict[str, str]:
        """Counts what was answered; gives the headers that tell of limits."""

    def replacement(self, fault: Fault, ask: Request) -> Reply | None:
        """What is answered in place of what was asked for; None: that, after all."""
        if fault.kind in (FaultKind.LOGIN_WALL, FaultKind.CONSENT):
            return Reply(LOGIN_PAGE, content_type=HTML)
        if fault.kind is FaultKind.CHALLENGE:
            return Reply(CHALLENGE_PAGE, status=403, content_type=HTML)
        return self.error(fault.kind, fault.status)

    def principal(self, token: str) -> str:
        """What limits are counted by: the token, unless it stands for something longer-lived."""
        return token


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of a platform."""

    name: str
    path: str
    handler: Callable[[Call], Reply]
    method: str = "GET"
    open: bool = False
    """Whether it is asked without a token."""
    resolve: Callable[[Request], tuple[PlatformName, str]] | None = None
    """For a path that stands for several endpoints: which platform and endpoint this call is."""


class Service:
    """An endpoint as an ASGI application."""

    def __init__(self, platform: Platform, endpoint: Endpoint, route: str = "api") -> None:
        self._platform = platform
        self._endpoint = endpoint
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        ask = await read_ask(scope, receive)
        resolve = self._endpoint.resolve
        name, endpoint = resolve(ask) if resolve else (self._platform.name, self._endpoint.name)
        faults = self._platform.stage.faults
        fault = faults.pick(name, endpoint, self._route, ask) if faults.states else None
        reply = self._answer(name, endpoint, ask, fault)
        body = reply.payload if isinstance(reply.payload, bytes) else _encode(reply.payload)
        if faults.remembers and fault is None and reply.rows:
            faults.remember(ask, body)
        if fault is None:
            await _deliver(reply, body, send)
        else:
            await _disturb(reply, self._spoil(ask, body, fault), fault, receive, send)

    def _answer(
        self, name: PlatformName, endpoint: str, ask: Request, fault: Fault | None
    ) -> Reply:
        platform, stage = self._platform, self._platform.stage
        turn = Call(endpoint, ask, stage.clock.instant())
        try:
            if not self._endpoint.open:
                turn.token = platform.token(ask)
                turn.credential = short_hash(platform.principal(turn.token))
            if fault is not None and fault.kind in REPLACING:
                replacement = platform.replacement(fault, ask)
                if replacement is not None:
                    raise Refused(replacement)
            platform.check_limits(turn)
            reply = self._endpoint.handler(turn)
            if fault is not None:
                change(reply, fault)
        except Refused as refused:
            reply = refused.reply
        reply.headers.update(platform.charge(turn, reply))
        shown = f"web.{endpoint}" if self._route == "web" else endpoint
        stage.usage.add(name, shown, turn.credential, reply.units, reply.count)
        return reply

    def _spoil(self, ask: Request, body: bytes, fault: Fault) -> bytes:
        if fault.kind is FaultKind.TRUNCATED:
            return body[: len(body) // 2]
        if fault.kind is FaultKind.MALFORMED:
            return body[:-1] + b",,}"
        if fault.kind is FaultKind.EMPTY_BODY:
            return b""
        if fault.kind is FaultKind.DUPLICATE_PAGE:
            return self._platform.stage.faults.remembered(ask)
        return body


async def _deliver(reply: Reply, body: bytes, send: Send) -> None:
    await send(_head(reply, len(body)))
    await send({"type": "http.response.body", "body": body})


def _head(reply: Reply, length: int) -> Json:
    headers = [("content-type", reply.content_type), ("content-length", str(length))]
    return {
        "type": "http.response.start",
        "status": reply.status,
        "headers": pairs([*headers, *reply.headers.items()]),
    }


async def _disturb(reply: Reply, body: bytes, fault: Fault, receive: Receive, send: Send) -> None:
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


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(reply: Reply, body: bytes, seconds: float, send: Send) -> None:
    await send(_head(reply, len(body)))
    size = len(body) // _SLICES + 1
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / _SLICES)
        piece = body[start : start + size]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})

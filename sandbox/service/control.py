"""`/_sandbox/…`: the clock, the usage, the limits, the faults. Only where it was asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.service.accounts import check_fault
from sandbox.service.faults import Fault
from sandbox.service.platform import Services

_encode = msgspec.json.Encoder().encode
Handler = Callable[[Request], Awaitable[Response]]


class ClockSetting(msgspec.Struct, forbid_unknown_fields=True):
    """What the clock shall show; `rate` 0 stands still, 1 is as fast as real time."""

    now: Annotated[datetime, Meta(tz=True)] | None = None
    rate: Annotated[float, Meta(ge=0, le=1e6)] | None = None


class Control:
    """The control routes of one sandbox."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/_sandbox/clock", self.clock, methods=["GET", "POST"]),
            Route("/_sandbox/usage", self.usage, methods=["GET", "DELETE"]),
            Route("/_sandbox/limits", self.limits, methods=["GET", "POST"]),
            Route("/_sandbox/faults", self.faults, methods=["GET", "POST", "DELETE"]),
        ]

    async def clock(self, request: Request) -> Response:
        """Shows or sets the sandbox's time."""
        clock = self._services.clock
        if request.method == "POST":
            try:
                setting = msgspec.json.decode(await request.body(), type=ClockSetting)
            except msgspec.DecodeError as error:
                return _bad(error)
            clock.set(setting.now or clock.now(), setting.rate)
        return _json({"now": clock.now(), "rate": clock.rate})

    async def usage(self, request: Request) -> Response:
        """Shows what was called, or forgets it."""
        if request.method == "DELETE":
            self._services.usage.clear()
        return _json({"calls": self._services.usage.rows()})

    async def limits(self, request: Request) -> Response:
        """Shows or changes the platforms' limits; keys that are not named stay."""
        if request.method == "POST":
            try:
                changes = msgspec.json.decode(await request.body(), type=dict[str, Any])
                self._services.limits.change(changes)
            except msgspec.DecodeError as error:
                return _bad(error)
        return _json(self._services.limits.shown())

    async def faults(self, request: Request) -> Response:
        """Shows the faults in force, adds one or a list of them, or ends all."""
        services = self._services
        if request.method == "DELETE":
            services.faults.clear()
        elif request.method == "POST":
            try:
                added = msgspec.json.decode(await request.body(), type=Fault | list[Fault])
                faults = added if isinstance(added, list) else [added]
                for fault in faults:
                    check_fault(services.directory, fault)
            except (msgspec.DecodeError, ValueError) as error:
                return _bad(error)
            for fault in faults:
                services.faults.add(fault)
        services.change_accounts(services.clock.now())
        return _json({"faults": services.faults.states})


def _json(value: Any) -> Response:
    return Response(_encode(value), media_type="application/json")


def _bad(error: Exception) -> Response:
    body = _encode({"error": str(error)})
    return Response(body, status_code=400, media_type="application/json")

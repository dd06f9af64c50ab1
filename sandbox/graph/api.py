"""The Graph API: versions, tokens, errors, usage.

Sources: Meta's Graph API documentation (versions, field expansion, paging, rate limiting).
"""

from __future__ import annotations

import re

import msgspec

from sandbox.graph import errors
from sandbox.graph.fields import Field, FieldSyntaxError, parse_fields
from sandbox.graph.limits import GraphLimits
from sandbox.graph.versions import answering_version
from sandbox.service.exchange import (
    JsonObject,
    PlatformRequest,
    Refused,
    Reply,
    listed,
    refused_token,
)
from sandbox.service.faults import FaultKind
from sandbox.service.limits import DAY, HOUR, RollingTotals
from sandbox.service.platform import PlatformService, ServedCall, Services
from sandbox.world.model import SECOND

BATCH_ENDPOINT = "batch"
"""The endpoint of a batch, whose parts are calls; the batch itself is none."""
_CLOSED = {
    "ids": "Requesting multiple IDs",
    "date_format": "Date and time formatting",
    "method": "HTTP method override",
    "callback": "JSONP",
}
"""Closed features by the parameter that asks for them."""
_ALIAS = re.compile(r"\.as\s*\(")
_encode = msgspec.json.Encoder().encode


class GraphApi(PlatformService):
    """What all calls of the Graph API have in common; `facebook.api` answers them."""

    any_path = True

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._app_calls = RollingTotals(HOUR)
        self._page_calls = RollingTotals(DAY)

    def token(self, request: PlatformRequest) -> str:
        """The access token, from the query, the form or the header."""
        sent = request.params.get("access_token") or request.form.get("access_token")
        token = str(sent or request.bearer)
        if not token:
            raise Refused(errors.no_token())
        refusal = refused_token(token)
        if refusal == "invalid":
            raise Refused(errors.bad_token())
        if refusal == "expired":
            raise Refused(errors.expired_token())
        if refusal == "forbidden":
            raise Refused(errors.no_permission())
        return token

    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """Error bodies of the Graph API."""
        if kind is FaultKind.RATE_LIMITED:
            reply = errors.app_limit()
            reply.headers["x-app-usage"] = _usage(100)
            return reply
        if kind is FaultKind.QUOTA_SPENT:
            return errors.page_limit()
        if kind is FaultKind.EXPIRED_TOKEN:
            return errors.expired_token()
        return errors.service_down(status)

    def refuse_closed(self, request: PlatformRequest) -> None:
        """Raises Refused for what is closed to new apps since 2026-11-04, on all versions.

        Source: Meta for Developers, "Introducing Graph API v27.0".
        """
        if self._limits.legacy_app:
            return
        sent = {**request.form, **request.params}
        closed = next((what for name, what in _CLOSED.items() if name in sent), "")
        if "x-http-method-override" in request.headers:
            closed = _CLOSED["method"]
        if _ALIAS.search(str(sent.get("fields", ""))):
            closed = "Field aliasing"
        if closed:
            raise Refused(errors.closed_feature(closed))

    # --- limits

    @property
    def _limits(self) -> GraphLimits:
        return self.services.limits.of(GraphLimits)

    def check_limits(self, call: ServedCall) -> None:
        """An hour holds so many calls an app, a day so many a page; each id is a call."""
        if call.endpoint == BATCH_ENDPOINT:
            return
        weight = max(len(listed(call.request, "ids")), 1)
        used = self._app_calls.add(call.credential, call.now, weight)
        if used > self._limits.app_calls:
            raise Refused(errors.app_limit())
        page = _page_of(call)
        if page and self._page_calls.add(page, call.now, 1) > self._limits.page_calls:
            raise Refused(errors.page_limit())

    def charge(self, call: ServedCall, reply: Reply) -> dict[str, str]:
        """The version used, and how much of the limits is used up, in per cent."""
        batch = call.endpoint == BATCH_ENDPOINT
        reply.units = 0 if batch else max(len(listed(call.request, "ids")), 1)
        used = self._app_calls.of(call.credential, call.now)
        headers = {
            "facebook-api-version": self.version(call.request),
            "x-app-usage": _usage(100 * used // self._limits.app_calls),
        }
        page = _page_of(call)
        if page:
            headers["x-business-use-case-usage"] = self._page_usage(page, call.now)
        headers.update(reply.headers)
        return headers

    def version(self, request: PlatformRequest) -> str:
        """The version that answers this call, as `vN.0`."""
        asked, now = request.parts.get("version", ""), self.services.clock.now()
        return answering_version(asked, now, self._limits.oldest_version)

    def _page_usage(self, page: str, now: int) -> str:
        percent = min(100 * self._page_calls.of(page, now) // self._limits.page_calls, 100)
        wait = self._page_calls.until_free(page, now) // (60 * SECOND) if percent >= 100 else 0
        usage = {"type": "pages", **_percent(percent), "estimated_time_to_regain_access": wait}
        return _encode({page: [usage]}).decode()


def path_steps(request: PlatformRequest) -> list[str]:
    """The path after the version."""
    return [step for step in request.parts.get("rest", "").split("/") if step]


def _page_of(call: ServedCall) -> str:
    """The page that a call is about, as far as the path tells."""
    steps = path_steps(call.request)
    if not steps or call.endpoint == "business_discovery":
        return ""
    return steps[0].partition("_")[0]


def asked_fields(request: PlatformRequest) -> tuple[Field, ...]:
    """The `fields` of a request. Raises Refused."""
    try:
        return parse_fields(request.params.get("fields", ""))
    except FieldSyntaxError as error:
        raise Refused(errors.syntax(str(error))) from error


def _percent(percent: int) -> JsonObject:
    return {
        "call_count": percent,
        "total_time": percent * 3 // 5,
        "total_cputime": percent * 2 // 5,
    }


def _usage(percent: int) -> str:
    return _encode(_percent(min(percent, 100))).decode()

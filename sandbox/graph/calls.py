"""The Graph API: versions, tokens, usage, and which object or edge a call is about.

Sources: Meta's Graph API documentation (versions, field expansion, paging, rate limiting).
"""

from __future__ import annotations

import re

import msgspec

from model.platform import PlatformName
from sandbox.facebook.api import Facebook
from sandbox.graph import errors
from sandbox.graph.fields import Field, FieldSyntaxError, parse_fields
from sandbox.instagram.api import Instagram
from sandbox.service.exchange import Json, Refused, Reply, Request, listed, refused_token
from sandbox.service.faults import FaultKind
from sandbox.service.limits import DAY, HOUR, Rolling
from sandbox.service.services import Call, Endpoint, Platform, Services
from sandbox.world.model import SECOND

_VERSION = re.compile(r"v(\d+)\.(\d+)")
OLDEST, NEWEST = 19, 26
_MOST_IDS = 50
_encode = msgspec.json.Encoder().encode


class Graph(Platform):
    """Facebook pages and, by business discovery, Instagram accounts."""

    name = "facebook"

    def __init__(self, stage: Services) -> None:
        super().__init__(stage)
        self._facebook = Facebook(stage)
        self._instagram = Instagram(stage)
        self._app_calls = Rolling(HOUR)
        self._page_calls = Rolling(DAY)

    def endpoints(self) -> list[Endpoint]:
        """Everything below a version; the last paths to be tried, as they match much."""
        return [
            Endpoint("node", "/{version}", self.answer, resolve=self.which),
            Endpoint("node", "/{version}/{rest:path}", self.answer, resolve=self.which),
        ]

    def which(self, ask: Request) -> tuple[PlatformName, str]:
        """The platform and endpoint of a call, told by its path and fields."""
        steps = _steps(ask)
        if len(steps) >= 2:
            return "facebook", steps[1]
        if ask.params.get("fields", "").lstrip().startswith("business_discovery"):
            return "instagram", "business_discovery"
        return "facebook", "node" if steps else "ids"

    def token(self, ask: Request) -> str:
        """The access token, from the query or the header."""
        token = ask.params.get("access_token") or ask.bearer
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

    # --- limits

    def _app_limit(self) -> int:
        limits = self.stage.limits
        return max(limits.graph_calls_per_user_and_hour * limits.graph_daily_users, 1)

    def _page_limit(self) -> int:
        limits = self.stage.limits
        return max(limits.graph_page_calls_per_engaged_user * limits.graph_engaged_users, 1)

    def check_limits(self, turn: Call) -> None:
        """An hour holds so many calls an app, a day so many a page; each id is a call."""
        weight = max(len(listed(turn.ask, "ids")), 1)
        used = self._app_calls.add(turn.credential, turn.now, weight)
        if used > self._app_limit():
            raise Refused(errors.app_limit())
        page = _page_of(turn)
        if page and self._page_calls.add(page, turn.now, 1) > self._page_limit():
            raise Refused(errors.page_limit())

    def charge(self, turn: Call, reply: Reply) -> dict[str, str]:
        """The version used, and how much of the limits is used up, in per cent."""
        reply.units = max(len(listed(turn.ask, "ids")), 1)
        used = self._app_calls.of(turn.credential, turn.now)
        headers = {
            "facebook-api-version": _version(turn.ask),
            "x-app-usage": _usage(100 * used // self._app_limit()),
        }
        page = _page_of(turn)
        if page:
            headers["x-business-use-case-usage"] = self._page_usage(page, turn.now)
        headers.update(reply.headers)
        return headers

    def _page_usage(self, page: str, now: int) -> str:
        percent = min(100 * self._page_calls.of(page, now) // self._page_limit(), 100)
        wait = self._page_calls.until_free(page, now) // (60 * SECOND) if percent >= 100 else 0
        usage = {"type": "pages", **_percent(percent), "estimated_time_to_regain_access": wait}
        return _encode({page: [usage]}).decode()

    # --- answers

    def answer(self, turn: Call) -> Reply:
        """GET /vN.N/…: an object, an edge of it, or several objects by `ids`."""
        ask = turn.ask
        if not _served(ask.parts.get("version", "")):
            raise Refused(errors.no_path(ask.path))
        steps = _steps(ask)
        fields = _fields(ask)
        if len(steps) > 2 or (not steps and "ids" not in ask.params):
            raise Refused(errors.no_path(ask.path))
        if not steps:
            return self._many(turn, fields)
        if len(steps) == 2:
            return self._facebook.edge(turn, steps[0], steps[1], fields)
        if fields and fields[0].name == "business_discovery":
            return self._instagram.discover(turn, steps[0], fields)
        return self._facebook.node(turn, steps[0], fields)

    def _many(self, turn: Call, fields: tuple[Field, ...]) -> Reply:
        ids = listed(turn.ask, "ids")
        if not ids:
            raise Refused(errors.bad_value("The parameter ids is required"))
        if len(ids) > _MOST_IDS:
            message = f"Too many IDs. Maximum: {_MOST_IDS}. Provided: {len(ids)}"
            raise Refused(errors.bad_value(message))
        missing = [name for name in ids if self._facebook.find(name, turn.now) is None]
        if missing:
            raise Refused(errors.no_alias(*missing))
        payload: Json = {}
        for name in ids:
            payload[name] = self._facebook.node(turn, name, fields).payload
        return Reply(payload, rows=payload, content_type=errors.TYPE)


def _steps(ask: Request) -> list[str]:
    return [step for step in ask.parts.get("rest", "").split("/") if step]


def _page_of(turn: Call) -> str:
    """The page that a call is about, as far as the path tells."""
    steps = _steps(turn.ask)
    if not steps or turn.endpoint == "business_discovery":
        return ""
    return steps[0].partition("_")[0]


def _served(version: str) -> bool:
    match = _VERSION.fullmatch(version)
    return match is not None and int(match[1]) <= NEWEST


def _version(ask: Request) -> str:
    """The version that answers: a dead one is answered as the oldest live one."""
    match = _VERSION.fullmatch(ask.parts.get("version", ""))
    return f"v{min(max(int(match[1]), OLDEST), NEWEST)}.0" if match else f"v{OLDEST}.0"


def _fields(ask: Request) -> tuple[Field, ...]:
    try:
        return parse_fields(ask.params.get("fields", ""))
    except FieldSyntaxError as error:
        raise Refused(errors.syntax(str(error))) from error


def _percent(percent: int) -> Json:
    return {
        "call_count": percent,
        "total_time": percent * 3 // 5,
        "total_cputime": percent * 2 // 5,
    }


def _usage(percent: int) -> str:
    return _encode(_percent(min(percent, 100))).decode()

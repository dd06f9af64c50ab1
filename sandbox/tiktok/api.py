"""TikTok Research API v2: token, user info, video query.

Sources: TikTok for Developers, client access token management, Research API user info and query
videos; 1,000 requests and 100,000 rows a UTC day, windows of at most 30 days.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from sandbox.service.exchange import (
    JsonObject,
    PlatformRequest,
    Refused,
    Reply,
    listed,
    refused_token,
    word_set,
)
from sandbox.service.faults import FaultKind
from sandbox.service.limits import DAY, WindowTotals, utc_day
from sandbox.service.platform import Endpoint, PlatformService, ServedCall, Services
from sandbox.tiktok import errors, shapes
from sandbox.tiktok.limits import TikTokLimits
from sandbox.tiktok.query import InvalidQuery, Query
from sandbox.world.model import NEVER, SECOND, WorldPost, to_instant

_DATE = re.compile(r"\d{8}")
_MOST = 100
_DEFAULT = 20
_SEARCHES_KEPT = 2_000
_BODY_KEYS = word_set("query start_date end_date max_count cursor search_id is_random")


class TikTokApi(PlatformService):
    """The Research API of TikTok."""

    name = "tiktok"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._spent = WindowTotals()
        self._issued: dict[str, tuple[str, int]] = {}
        self._searches: OrderedDict[str, tuple[int, list[WorldPost]]] = OrderedDict()

    @property
    def _limits(self) -> TikTokLimits:
        return self.services.limits.of(TikTokLimits)

    def endpoints(self) -> list[Endpoint]:
        """The three calls."""
        return [
            Endpoint("token", "/v2/oauth/token/", self.issue, method="POST", open=True),
            Endpoint("user_info", "/v2/research/user/info/", self.user_info, method="POST"),
            Endpoint("video_query", "/v2/research/video/query/", self.video_query, method="POST"),
        ]

    # --- tokens

    def issue(self, call: ServedCall) -> Reply:
        """POST /v2/oauth/token/: a client access token for 7,200 seconds."""
        form = dict(parse_qsl(call.request.body.decode("latin-1")))
        if form.get("grant_type") != "client_credentials":
            return errors.oauth_error("unsupported_grant_type", "Expected client_credentials.")
        key, secret = form.get("client_key", ""), form.get("client_secret", "")
        refused = refused_token(key) or refused_token(secret)
        if not key or not secret or refused in ("invalid", "expired"):
            return errors.oauth_error("invalid_client", "Client key or secret is incorrect.")
        if refused == "forbidden":
            return errors.oauth_error("unauthorized_client", "The client has no research access.")
        lifetime = self._limits.token_seconds
        expiry = call.now + lifetime * SECOND
        digest = hashlib.sha256(f"{key}:{secret}:{expiry}:{len(self._issued)}".encode())
        token = f"clt.{digest.hexdigest()[:40]}"
        self._issued[token] = (key, expiry)
        return Reply(
            {"access_token": token, "expires_in": lifetime, "token_type": "Bearer"},
            units=0,
            content_type=errors.CONTENT_TYPE,
        )

    def token(self, request: PlatformRequest) -> str:
        """A bearer token: one issued here and not run out, or any other."""
        token = request.bearer
        refused = refused_token(token)
        if not token or refused in ("invalid", "expired"):
            raise Refused(self.error(FaultKind.EXPIRED_TOKEN))
        if refused == "forbidden":
            message = "The user did not authorize the scope required for completing this request."
            raise Refused(self._error(401, "scope_not_authorized", message))
        _, expiry = self._issued.get(token, ("", None))
        if expiry is not None and self.services.clock.instant() >= expiry:
            raise Refused(self.error(FaultKind.EXPIRED_TOKEN))
        return token

    def principal(self, token: str) -> str:
        """Quotas are counted by client, so that a fresh token does not bring fresh quota."""
        key, _ = self._issued.get(token, (token, 0))
        return key

    # --- limits and errors

    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """Error bodies of TikTok."""
        if kind is FaultKind.RATE_LIMITED:
            return self._error(429, "rate_limit_exceeded", "The API rate limit was exceeded.")
        if kind is FaultKind.QUOTA_SPENT:
            message = "The daily quota limit of the client is exceeded."
            return self._error(429, "daily_quota_limit_exceeded", message)
        if kind is FaultKind.EXPIRED_TOKEN:
            message = "The access token is invalid or not found in the request."
            return self._error(401, "access_token_invalid", message)
        return self._error(status, "internal_error", "Something is wrong. Please try again later.")

    def _error(self, status: int, code: str, message: str) -> Reply:
        return errors.api_error(self.services.clock.now(), status, code, message)

    def _status(self) -> JsonObject:
        return errors.status_line(self.services.clock.now())

    def _invalid(self, message: str) -> Refused:
        return Refused(self._error(400, "invalid_params", message))

    def check_limits(self, call: ServedCall) -> None:
        """A day holds so many requests and rows a client. Tokens are not counted."""
        if call.endpoint == "token":
            return
        limits, day = self._limits, utc_day(call.now)
        requests = self._spent.add(f"requests:{call.credential}", day, 1)
        rows = self._spent.of(f"rows:{call.credential}", day)
        if requests > limits.requests_a_day or rows >= limits.rows_a_day:
            raise Refused(self.error(FaultKind.QUOTA_SPENT))

    def charge(self, call: ServedCall, reply: Reply) -> dict[str, str]:
        """Counts the rows. TikTok's headers tell of no limits."""
        if call.endpoint != "token":
            self._spent.add(f"rows:{call.credential}", utc_day(call.now), reply.count)
        return {}

    # --- calls

    def user_info(self, call: ServedCall) -> Reply:
        """POST /v2/research/user/info/?fields=… {"username"}: one user a call."""
        fields = self._fields(call.request, shapes.USER_FIELDS)
        username = self._body(call.request, frozenset({"username"})).get("username")
        if not isinstance(username, str) or not username:
            raise self._invalid("The username is required.")
        account = self.by_handle(username)
        if account is None:
            raise self._invalid(f"Cannot find the user {username}.")
        user = shapes.user_body(account, fields, call.now)
        return Reply(
            {"data": user, "error": self._status()}, rows=[user], content_type=errors.CONTENT_TYPE
        )

    def video_query(self, call: ServedCall) -> Reply:
        """POST /v2/research/video/query/: newest first; a page may be shorter than asked for."""
        fields = self._fields(call.request, shapes.VIDEO_FIELDS)
        body = self._body(call.request, _BODY_KEYS)
        size = self._whole(body, "max_count", _DEFAULT, 1, _MOST)
        start = self._whole(body, "cursor", 0, 0, 10**9)
        search_id = body.get("search_id") or ""
        if search_id:
            found = self._found(str(search_id), call.now)
        else:
            found = self._find(body, call.now)
            search_id = self._keep(found, call)
        taken = shapes.page_length(start, size, len(found))
        page = [post for post in found[start : start + taken] if post.visible(call.now)]
        videos = shapes.video_bodies(page, self.directory, fields, call.now)
        data: JsonObject = {
            "videos": videos,
            "cursor": start + taken,
            "has_more": start + taken < len(found),
            "search_id": str(search_id),
        }
        return Reply(
            {"data": data, "error": self._status()}, rows=videos, content_type=errors.CONTENT_TYPE
        )

    def _found(self, search_id: str, now: int) -> list[WorldPost]:
        """A kept result. An id that was only just issued may not be known for a while."""
        issued, found = self._searches.get(search_id, (NEVER, []))
        if now < issued + self._limits.search_seconds * SECOND:
            raise self._invalid(f"Search Id {search_id} is invalid or expired")
        return found

    def _keep(self, found: list[WorldPost], call: ServedCall) -> str:
        """Keeps a result for the following pages."""
        number = 7_000_000_000_000_000_000 + call.now // SECOND * 100_000 + len(self._searches)
        while str(number) in self._searches:
            number += 1
        self._searches[str(number)] = (call.now, found)
        if len(self._searches) > _SEARCHES_KEPT:
            self._searches.popitem(last=False)
        return str(number)

    def _find(self, body: JsonObject, now: int) -> list[WorldPost]:
        start, end = self._window(body)
        try:
            query = Query.parse(body.get("query"))
            posts = query.select(self.directory, start, end, now)[: self._limits.posts_listed]
        except InvalidQuery as error:
            raise self._invalid(str(error)) from error
        if body.get("is_random"):
            posts.sort(key=lambda post: hashlib.blake2b(post.id.encode()).digest())
            return posts[:_MOST]
        return posts

    def _window(self, body: JsonObject) -> tuple[int, int]:
        """The dates as a half-open stretch of instants: both ends' days are within."""
        first, last = self._date(body, "start_date"), self._date(body, "end_date")
        most = self._limits.window_days
        if last < first:
            raise self._invalid("The end_date must not be before the start_date.")
        if last - first > timedelta(days=most):
            raise self._invalid(f"The end_date must be within {most} days of the start_date.")
        return to_instant(first), to_instant(last) + DAY

    def _date(self, body: JsonObject, name: str) -> datetime:
        text = body.get(name)
        if isinstance(text, str) and _DATE.fullmatch(text):
            try:
                return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
            except ValueError as error:
                raise self._invalid(f"{name} {text} is not a date.") from error
        raise self._invalid(f"{name} must be a UTC date of the form YYYYMMDD.")

    # --- parameters

    def _fields(self, request: PlatformRequest, known: frozenset[str]) -> frozenset[str]:
        fields = listed(request, "fields")
        if not fields:
            raise self._invalid("The fields are required.")
        unknown = [name for name in fields if name not in known]
        if unknown:
            raise self._invalid(f"Fields are invalid: {', '.join(unknown)}.")
        return frozenset(fields)

    def _body(self, request: PlatformRequest, known: frozenset[str]) -> JsonObject:
        try:
            body: Any = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._invalid("The request body is not JSON.") from error
        if not isinstance(body, dict):
            raise self._invalid("The request body is not a JSON object.")
        unknown = sorted(body.keys() - known)
        if unknown:
            raise self._invalid(f"Unknown parameters: {', '.join(unknown)}.")
        return body

    def _whole(self, body: JsonObject, name: str, default: int, low: int, high: int) -> int:
        value = body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._invalid(f"{name} must be between {low} and {high}.")
        return value

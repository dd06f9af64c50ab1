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
    Json,
    Refused,
    Reply,
    Request,
    listed,
    refused_token,
    words,
)
from sandbox.service.faults import FaultKind
from sandbox.service.limits import DAY, Spent, utc_day
from sandbox.service.services import Call, Endpoint, Platform, Services
from sandbox.tiktok import shapes
from sandbox.tiktok.query import InvalidQuery, Query
from sandbox.world.model import NEVER, SECOND, Post, instant

_TYPE = "application/json"
_DATE = re.compile(r"\d{8}")
_MOST = 100
_DEFAULT = 20
_SEARCHES_KEPT = 2_000
_BODY_KEYS = words("query start_date end_date max_count cursor search_id is_random")


class TikTok(Platform):
    """The Research API of TikTok."""

    name = "tiktok"

    def __init__(self, stage: Services) -> None:
        super().__init__(stage)
        self._spent = Spent()
        self._issued: dict[str, tuple[str, int]] = {}
        self._searches: OrderedDict[str, tuple[int, list[Post]]] = OrderedDict()

    def endpoints(self) -> list[Endpoint]:
        """The three calls."""
        return [
            Endpoint("token", "/v2/oauth/token/", self.issue, method="POST", open=True),
            Endpoint("user_info", "/v2/research/user/info/", self.user_info, method="POST"),
            Endpoint("video_query", "/v2/research/video/query/", self.video_query, method="POST"),
        ]

    # --- tokens

    def issue(self, turn: Call) -> Reply:
        """POST /v2/oauth/token/: a client access token for 7,200 seconds."""
        form = dict(parse_qsl(turn.ask.body.decode("latin-1")))
        if form.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "Expected client_credentials.")
        key, secret = form.get("client_key", ""), form.get("client_secret", "")
        refused = refused_token(key) or refused_token(secret)
        if not key or not secret or refused in ("invalid", "expired"):
            return _oauth_error("invalid_client", "Client key or secret is incorrect.")
        if refused == "forbidden":
            return _oauth_error("unauthorized_client", "The client has no research access.")
        lifetime = self.stage.limits.tiktok_token_seconds
        expiry = turn.now + lifetime * SECOND
        digest = hashlib.sha256(f"{key}:{secret}:{expiry}:{len(self._issued)}".encode())
        token = f"clt.{digest.hexdigest()[:40]}"
        self._issued[token] = (key, expiry)
        return Reply(
            {"access_token": token, "expires_in": lifetime, "token_type": "Bearer"},
            units=0,
            content_type=_TYPE,
        )

    def token(self, ask: Request) -> str:
        """A bearer token: one issued here and not run out, or any other."""
        token = ask.bearer
        refused = refused_token(token)
        if not token or refused in ("invalid", "expired"):
            raise Refused(self.error(FaultKind.EXPIRED_TOKEN))
        if refused == "forbidden":
            message = "The user did not authorize the scope required for completing this request."
            raise Refused(self._error(401, "scope_not_authorized", message))
        _, expiry = self._issued.get(token, ("", None))
        if expiry is not None and self.stage.clock.instant() >= expiry:
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
        payload = {"data": {}, "error": self._status(code, message)}
        return Reply(payload, status=status, units=1, content_type=_TYPE)

    def _status(self, code: str = "ok", message: str = "") -> Json:
        now = self.stage.clock.now()
        serial = hashlib.blake2b(f"{now}{code}{message}".encode(), digest_size=9).hexdigest()
        return {"code": code, "message": message, "log_id": f"{now:%Y%m%d%H%M%S}{serial.upper()}"}

    def _invalid(self, message: str) -> Refused:
        return Refused(self._error(400, "invalid_params", message))

    def check_limits(self, turn: Call) -> None:
        """A day holds so many requests and rows a client. Tokens are not counted."""
        if turn.endpoint == "token":
            return
        limits, day = self.stage.limits, utc_day(turn.now)
        requests = self._spent.add(f"requests:{turn.credential}", day, 1)
        rows = self._spent.of(f"rows:{turn.credential}", day)
        if requests > limits.tiktok_requests_a_day or rows >= limits.tiktok_rows_a_day:
            raise Refused(self.error(FaultKind.QUOTA_SPENT))

    def charge(self, turn: Call, reply: Reply) -> dict[str, str]:
        """Counts the rows. TikTok's headers tell of no limits."""
        if turn.endpoint != "token":
            self._spent.add(f"rows:{turn.credential}", utc_day(turn.now), reply.count)
        return {}

    # --- calls

    def user_info(self, turn: Call) -> Reply:
        """POST /v2/research/user/info/?fields=… {"username"}: one user a call."""
        fields = self._fields(turn.ask, shapes.USER_FIELDS)
        username = self._body(turn.ask, frozenset({"username"})).get("username")
        if not isinstance(username, str) or not username:
            raise self._invalid("The username is required.")
        account = self.stage.directory.by_handle("tiktok", username)
        if account is None:
            raise self._invalid(f"Cannot find the user {username}.")
        user = shapes.user(account, fields, turn.now)
        return Reply({"data": user, "error": self._status()}, rows=[user], content_type=_TYPE)

    def video_query(self, turn: Call) -> Reply:
        """POST /v2/research/video/query/: newest first; a page may be shorter than asked for."""
        fields = self._fields(turn.ask, shapes.VIDEO_FIELDS)
        body = self._body(turn.ask, _BODY_KEYS)
        size = self._whole(body, "max_count", _DEFAULT, 1, _MOST)
        start = self._whole(body, "cursor", 0, 0, 10**9)
        search_id = body.get("search_id") or ""
        if search_id:
            found = self._found(str(search_id), turn.now)
        else:
            found = self._find(body, turn.now)
            search_id = self._keep(found, turn)
        taken = shapes.page_length(start, size, len(found))
        page = [post for post in found[start : start + taken] if post.visible(turn.now)]
        videos = shapes.videos(page, self.stage.directory, fields, turn.now)
        data: Json = {
            "videos": videos,
            "cursor": start + taken,
            "has_more": start + taken < len(found),
            "search_id": str(search_id),
        }
        return Reply({"data": data, "error": self._status()}, rows=videos, content_type=_TYPE)

    def _found(self, search_id: str, now: int) -> list[Post]:
        """A kept result. An id that was only just issued may not be known for a while."""
        issued, found = self._searches.get(search_id, (NEVER, []))
        if now < issued + self.stage.limits.tiktok_search_seconds * SECOND:
            raise self._invalid(f"Search Id {search_id} is invalid or expired")
        return found

    def _keep(self, found: list[Post], turn: Call) -> str:
        """Keeps a result for the following pages."""
        number = 7_000_000_000_000_000_000 + turn.now // SECOND * 100_000 + len(self._searches)
        while str(number) in self._searches:
            number += 1
        self._searches[str(number)] = (turn.now, found)
        if len(self._searches) > _SEARCHES_KEPT:
            self._searches.popitem(last=False)
        return str(number)

    def _find(self, body: Json, now: int) -> list[Post]:
        start, end = self._window(body)
        try:
            query = Query.parse(body.get("query"))
            posts = query.select(self.stage.directory, start, end, now)
        except InvalidQuery as error:
            raise self._invalid(str(error)) from error
        if body.get("is_random"):
            posts.sort(key=lambda post: hashlib.blake2b(post.id.encode()).digest())
            return posts[:_MOST]
        return posts

    def _window(self, body: Json) -> tuple[int, int]:
        """The dates as a half-open stretch of instants: both ends' days are within."""
        first, last = self._date(body, "start_date"), self._date(body, "end_date")
        most = self.stage.limits.tiktok_window_days
        if last < first:
            raise self._invalid("The end_date must not be before the start_date.")
        if last - first > timedelta(days=most):
            raise self._invalid(f"The end_date must be within {most} days of the start_date.")
        return instant(first), instant(last) + DAY

    def _date(self, body: Json, name: str) -> datetime:
        text = body.get(name)
        if isinstance(text, str) and _DATE.fullmatch(text):
            try:
                return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
            except ValueError as error:
                raise self._invalid(f"{name} {text} is not a date.") from error
        raise self._invalid(f"{name} must be a UTC date of the form YYYYMMDD.")

    # --- parameters

    def _fields(self, ask: Request, known: frozenset[str]) -> frozenset[str]:
        fields = listed(ask, "fields")
        if not fields:
            raise self._invalid("The fields are required.")
        unknown = [name for name in fields if name not in known]
        if unknown:
            raise self._invalid(f"Fields are invalid: {', '.join(unknown)}.")
        return frozenset(fields)

    def _body(self, ask: Request, known: frozenset[str]) -> Json:
        try:
            body: Any = msgspec.json.decode(ask.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._invalid("The request body is not JSON.") from error
        if not isinstance(body, dict):
            raise self._invalid("The request body is not a JSON object.")
        unknown = sorted(body.keys() - known)
        if unknown:
            raise self._invalid(f"Unknown parameters: {', '.join(unknown)}.")
        return body

    def _whole(self, body: Json, name: str, default: int, low: int, high: int) -> int:
        value = body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._invalid(f"{name} must be between {low} and {high}.")
        return value


def _oauth_error(error: str, description: str) -> Reply:
    log = hashlib.blake2b(description.encode(), digest_size=12).hexdigest().upper()
    payload = {"error": error, "error_description": description, "log_id": log}
    return Reply(payload, status=401, units=0, content_type=_TYPE)

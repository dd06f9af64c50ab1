"""X API v2: users, timelines, posts by id, usage.

Both dialects are spoken: `tweet.fields` asks for the classic names (`retweet_count`, …, OpenAPI
2.159), `post.fields` for the new ones (`repost_count`, …, OpenAPI 2.167).
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.service.exchange import (
    BadParameter,
    JsonObject,
    PlatformRequest,
    Refused,
    Reply,
    refused_token,
    whole_number,
)
from sandbox.service.faults import FaultKind
from sandbox.service.limits import WindowTotals, quarter
from sandbox.service.platform import Endpoint, PlatformService, ServedCall, Services
from sandbox.world.model import NEVER, WorldAccount, WorldPost
from sandbox.x import errors
from sandbox.x.limits import BilledResources, XLimits
from sandbox.x.parameters import (
    EARLIEST_SEARCHED,
    ID,
    MOST_VALUES,
    USERNAME,
    Selection,
    batch,
    excluded,
    path_id,
    read_selection,
    time_bound,
)
from sandbox.x.shapes import Shapes

_CURSOR = re.compile(r"7140dibdnow9c7([0-9]{1,19})([np])")
_TIMELINE = (
    "max_results",
    "pagination_token",
    "start_time",
    "end_time",
    "since_id",
    "until_id",
    "exclude",
)


class XApi(PlatformService):
    """The official API of X."""

    name = "x"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._shapes = Shapes(services.directory)
        self._calls = WindowTotals()
        self._billed = BilledResources()

    @property
    def _limits(self) -> XLimits:
        return self.services.limits.of(XLimits)

    def endpoints(self) -> list[Endpoint]:
        """GET calls of X API v2."""
        return [
            Endpoint("users_by", "/2/users/by", self.users_by),
            Endpoint("user_by_username", "/2/users/by/username/{username}", self.user_by_username),
            Endpoint("users", "/2/users", self.users),
            Endpoint("timeline", "/2/users/{id}/tweets", self.timeline),
            Endpoint("user", "/2/users/{id}", self.user),
            Endpoint("tweets", "/2/tweets", self.tweets),
            Endpoint("tweet", "/2/tweets/{id}", self.tweet),
            Endpoint("usage", "/2/usage/tweets", self.usage),
        ]

    def token(self, request: PlatformRequest) -> str:
        """The app's bearer token."""
        token = request.bearer
        refusal = refused_token(token)
        if not token or refusal in ("invalid", "expired"):
            raise Refused(errors.unauthorized())
        if refusal == "forbidden":
            raise Refused(errors.client_forbidden())
        if token.startswith("suspended"):
            raise Refused(errors.owner_suspended())
        return token

    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """Error bodies of X."""
        if kind is FaultKind.RATE_LIMITED:
            return self._rate_limited(self.services.clock.instant())
        if kind is FaultKind.QUOTA_SPENT:
            return errors.usage_capped()
        if kind is FaultKind.EXPIRED_TOKEN:
            return errors.unauthorized()
        if kind is FaultKind.SUSPENDED_TOKEN:
            return errors.owner_suspended()
        if kind is FaultKind.VALIDATION_ERROR:
            return errors.invalid_request()
        return errors.unavailable(status)

    def _rate_limited(self, now: int) -> Reply:
        seconds = self._limits.window_seconds
        reset = (quarter(now, seconds) + 1) * seconds
        reply = errors.too_many()
        reply.headers["x-rate-limit-remaining"] = "0"
        reply.headers["x-rate-limit-reset"] = str(reset)
        return reply

    def check_limits(self, call: ServedCall) -> None:
        """A quarter of an hour holds so many calls an endpoint; a month so many posts."""
        limits = self._limits
        window = quarter(call.now, limits.window_seconds)
        limit = limits.calls.get(call.endpoint, 300)
        if self._calls.add(f"{call.endpoint}:{call.credential}", window, 1) > limit:
            raise Refused(self._rate_limited(call.now))
        if self._billed.month(call.credential, call.now) >= limits.posts_a_month:
            raise Refused(errors.usage_capped())

    def charge(self, call: ServedCall, reply: Reply) -> dict[str, str]:
        """The x-rate-limit headers, as far as the answer does not carry its own."""
        limits = self._limits
        seconds = limits.window_seconds
        window = quarter(call.now, seconds)
        limit = limits.calls.get(call.endpoint, 300)
        used = self._calls.of(f"{call.endpoint}:{call.credential}", window)
        headers = {
            "x-access-level": "read",
            "api-version": "2.167",
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(limit - used, 0)),
            "x-rate-limit-reset": str((window + 1) * seconds),
        }
        headers.update(reply.headers)
        return headers

    # --- users

    def users_by(self, call: ServedCall) -> Reply:
        """GET /2/users/by?usernames=…: up to 100, unknown ones as partial errors."""
        fields = read_selection(call.request, "usernames")
        names = batch(call.request, "usernames", USERNAME)
        found = [(name, self.by_handle(name)) for name in names]
        return self._users(call, fields, "usernames", found)

    def users(self, call: ServedCall) -> Reply:
        """GET /2/users?ids=…"""
        fields = read_selection(call.request, "ids")
        ids = batch(call.request, "ids", ID)
        found = [(user_id, self.account(user_id)) for user_id in ids]
        return self._users(call, fields, "ids", found)

    def user(self, call: ServedCall) -> Reply:
        """GET /2/users/{id}"""
        fields = read_selection(call.request)
        user_id = path_id(call.request)
        return self._one_user(call, fields, "id", user_id)

    def user_by_username(self, call: ServedCall) -> Reply:
        """GET /2/users/by/username/{username}"""
        fields = read_selection(call.request)
        return self._one_user(call, fields, "username", call.request.parts["username"])

    def _one_user(self, call: ServedCall, fields: Selection, key: str, value: str) -> Reply:
        account = self.account(value) if key == "id" else self.by_handle(value)
        if account is None:
            return Reply({"errors": [self._absent(key, value)]})
        user = self._shapes.user(account, fields, call.now)
        payload: JsonObject = {"data": user}
        return self._bill(call, Reply(payload, rows=[user]), [f"u{account.id}"])

    def _absent(self, key: str, value: str) -> JsonObject:
        """The partial error about a user who is not shown."""
        if self.directory.suspended("x", value):
            return errors.suspended(key, value)
        return errors.not_found("user", key, value)

    def _users(
        self,
        call: ServedCall,
        fields: Selection,
        key: str,
        found: list[tuple[str, WorldAccount | None]],
    ) -> Reply:
        users = [self._shapes.user(a, fields, call.now) for _, a in found if a is not None]
        missing = [self._absent(key, value) for value, account in found if account is None]
        payload: JsonObject = {}
        if users:
            payload["data"] = users
        if missing:
            payload["errors"] = missing
        billed = [f"u{account.id}" for _, account in found if account is not None]
        return self._bill(call, Reply(payload, rows=users), billed)

    # --- posts

    def tweets(self, call: ServedCall) -> Reply:
        """GET /2/tweets?ids=…: deleted and unknown posts as partial errors."""
        fields = read_selection(call.request, "ids")
        ids = batch(call.request, "ids", ID)
        found = [(i, self.find_post(i, call.now)) for i in ids]
        posts = [post for _, post in found if post is not None]
        payload: JsonObject = {}
        if posts:
            payload["data"] = self._shapes.posts(posts, fields, call.now)
            payload.update(self._shapes.includes(posts, fields, call.now))
        missing = [
            errors.not_found("tweet", "ids", post_id) for post_id, post in found if post is None
        ]
        if missing:
            payload.setdefault("errors", []).extend(missing)
        reply = Reply(payload, rows=payload.get("data", []))
        return self._bill(call, reply, [f"p{post.id}" for post in posts])

    def tweet(self, call: ServedCall) -> Reply:
        """GET /2/tweets/{id}"""
        fields = read_selection(call.request)
        post_id = path_id(call.request)
        post = self.find_post(post_id, call.now)
        if post is None:
            return Reply({"errors": [errors.not_found("tweet", "id", post_id)]})
        rows = self._shapes.posts([post], fields, call.now)
        payload: JsonObject = {"data": rows[0]}
        payload.update(self._shapes.includes([post], fields, call.now))
        return self._bill(call, Reply(payload, rows=rows), [f"p{post.id}"])

    def timeline(self, call: ServedCall) -> Reply:
        """GET /2/users/{id}/tweets: newest first, at most the newest 3,200, reposts included."""
        fields = read_selection(call.request, *_TIMELINE)
        user_id = path_id(call.request)
        account = self.account(user_id)
        if account is None:
            return Reply({"errors": [self._absent("id", user_id)]})
        try:
            page, meta = self._page(call, account)
        except BadParameter as bad:
            raise Refused(errors.invalid_parameter(bad)) from bad
        payload: JsonObject = {}
        rows: list[Any] = []
        if page:
            rows = payload["data"] = self._shapes.posts(page, fields, call.now)
            payload.update(self._shapes.includes(page, fields, call.now))
        payload["meta"] = meta
        return self._bill(call, Reply(payload, rows=rows), [f"p{post.id}" for post in page])

    def _page(self, call: ServedCall, account: WorldAccount) -> tuple[list[WorldPost], JsonObject]:
        request = call.request
        size = whole_number(request, "max_results", 10, 5, MOST_VALUES)
        posts = self._matching(call, account)
        start = self._position(request, posts, size)
        page = posts[start : start + size]
        if not page:
            return [], {"result_count": 0}
        meta: JsonObject = {
            "result_count": len(page),
            "newest_id": page[0].id,
            "oldest_id": page[-1].id,
        }
        if start + size < len(posts):
            meta["next_token"] = _cursor("n", page[-1].id)
        if start > 0:
            meta["previous_token"] = _cursor("p", page[0].id)
        return page, meta

    def _position(self, request: PlatformRequest, posts: list[WorldPost], size: int) -> int:
        """Where a page starts: after (or, going back, before) the post that the token names."""
        token = request.params.get("pagination_token")
        if token is None:
            return 0
        match = _CURSOR.fullmatch(token)
        boundary = self.directory.known_post("x", match[1]) if match else None
        if match is None or boundary is None:
            raise BadParameter("pagination_token", token, "a token of an earlier answer")
        edge = (boundary.published, boundary.id)
        passed = sum((post.published, post.id) >= edge for post in posts)
        return passed if match[2] == "n" else max(passed - 1 - size, 0)

    def _matching(self, call: ServedCall, account: WorldAccount) -> list[WorldPost]:
        """The posts that the timeline's parameters leave, newest first."""
        request = call.request
        start = time_bound(request, "start_time", EARLIEST_SEARCHED)
        end = time_bound(request, "end_time", NEVER)
        if start >= end:
            raise BadParameter("start_time", request.params["start_time"], "before 'end_time'")
        posts = account.visible(call.now)[-self._limits.timeline_ceiling :]
        since, until = (
            whole_number(request, "since_id", 0, 0, NEVER),
            whole_number(request, "until_id", NEVER, 0, NEVER),
        )
        left_out = "repost" if "retweets" in excluded(request) else ""
        return [
            post
            for post in reversed(posts)
            if start <= post.published < end
            and post.type != left_out
            and since < int(post.id) < until
        ]

    # --- usage

    def usage(self, call: ServedCall) -> Reply:
        """GET /2/usage/tweets: posts read this month by the project."""
        used = self._billed.month(call.credential, call.now)
        data = {
            "cap_reset_day": 1,
            "project_cap": str(self._limits.posts_a_month),
            "project_id": str(int(call.credential, 16) % 10**18),
            "project_usage": str(used),
        }
        return Reply({"data": data}, units=0)

    def _bill(self, call: ServedCall, reply: Reply, resources: list[str]) -> Reply:
        reply.units = self._billed.add(call.credential, call.now, resources)
        return reply


def _cursor(kind: str, post_id: str) -> str:
    return f"7140dibdnow9c7{post_id}{kind}"

"""X API v2: users, timelines, posts by id, usage.

Both dialects are spoken: `tweet.fields` asks for the classic names (`retweet_count`, …, OpenAPI
2.159), `post.fields` for the new ones (`repost_count`, …, OpenAPI 2.167).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sandbox.service.exchange import (
    BadParameter,
    Json,
    Refused,
    Reply,
    Request,
    listed,
    refused_token,
    whole,
)
from sandbox.service.faults import FaultKind
from sandbox.service.limits import Spent, quarter, utc_day, utc_month
from sandbox.service.services import Call, Endpoint, Platform, Services
from sandbox.world.model import NEVER, SECOND, Account, Post, instant
from sandbox.x import errors
from sandbox.x.shapes import CLASSIC, NEW, Dialect, Selection, Shapes

_BATCH = 100
_ID = re.compile(r"[0-9]{1,19}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,50}")
_EARLIEST = instant(datetime.fromisoformat("2010-11-06T00:00:00+00:00"))
_CURSOR = re.compile(r"7140dibdnow9c7([0-9]{1,19})([np])")
_SHAPE = {
    "user.fields",
    "tweet.fields",
    "post.fields",
    "expansions",
    "media.fields",
    "poll.fields",
    "place.fields",
}
_TIMELINE = _SHAPE | {
    "max_results",
    "pagination_token",
    "start_time",
    "end_time",
    "since_id",
    "until_id",
    "exclude",
}


class X(Platform):
    """The official API of X."""

    name = "x"

    def __init__(self, stage: Services) -> None:
        super().__init__(stage)
        self._shapes = Shapes(stage.directory)
        self._calls = Spent()
        self._billed = Billed()

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

    def token(self, ask: Request) -> str:
        """The app's bearer token."""
        token = ask.bearer
        refusal = refused_token(token)
        if not token or refusal in ("invalid", "expired"):
            raise Refused(errors.unauthorized())
        if refusal == "forbidden":
            raise Refused(errors.client_forbidden())
        return token

    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """Error bodies of X."""
        if kind is FaultKind.RATE_LIMITED:
            return self._rate_limited(self.stage.clock.instant())
        if kind is FaultKind.QUOTA_SPENT:
            return errors.usage_capped()
        if kind is FaultKind.EXPIRED_TOKEN:
            return errors.unauthorized()
        return errors.unavailable(status)

    def _rate_limited(self, now: int) -> Reply:
        seconds = self.stage.limits.x_window_seconds
        reset = (quarter(now, seconds) + 1) * seconds
        reply = errors.too_many()
        reply.headers["x-rate-limit-remaining"] = "0"
        reply.headers["x-rate-limit-reset"] = str(reset)
        return reply

    def check_limits(self, turn: Call) -> None:
        """A quarter of an hour holds so many calls an endpoint; a month so many posts."""
        limits = self.stage.limits
        window = quarter(turn.now, limits.x_window_seconds)
        limit = limits.x_calls.get(turn.endpoint, 300)
        if self._calls.add(f"{turn.endpoint}:{turn.credential}", window, 1) > limit:
            raise Refused(self._rate_limited(turn.now))
        if self._billed.month(turn.credential, turn.now) >= limits.x_posts_a_month:
            raise Refused(errors.usage_capped())

    def charge(self, turn: Call, reply: Reply) -> dict[str, str]:
        """The x-rate-limit headers, as far as the answer does not carry its own."""
        limits = self.stage.limits
        seconds = limits.x_window_seconds
        window = quarter(turn.now, seconds)
        limit = limits.x_calls.get(turn.endpoint, 300)
        used = self._calls.of(f"{turn.endpoint}:{turn.credential}", window)
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

    def users_by(self, turn: Call) -> Reply:
        """GET /2/users/by?usernames=…: up to 100, unknown ones as partial errors."""
        selection = self._selection(turn.ask, _SHAPE | {"usernames"})
        names = self._batch(turn.ask, "usernames", _NAME)
        found = [(name, self.stage.directory.by_handle("x", name)) for name in names]
        return self._users(turn, selection, "usernames", found)

    def users(self, turn: Call) -> Reply:
        """GET /2/users?ids=…"""
        selection = self._selection(turn.ask, _SHAPE | {"ids"})
        ids = self._batch(turn.ask, "ids", _ID)
        found = [(user_id, self.stage.directory.account("x", user_id)) for user_id in ids]
        return self._users(turn, selection, "ids", found)

    def user(self, turn: Call) -> Reply:
        """GET /2/users/{id}"""
        selection = self._selection(turn.ask, _SHAPE)
        user_id = self._path_id(turn.ask)
        return self._one_user(turn, selection, "id", user_id)

    def user_by_username(self, turn: Call) -> Reply:
        """GET /2/users/by/username/{username}"""
        selection = self._selection(turn.ask, _SHAPE)
        return self._one_user(turn, selection, "username", turn.ask.parts["username"])

    def _one_user(self, turn: Call, selection: Selection, key: str, value: str) -> Reply:
        directory = self.stage.directory
        account = directory.account("x", value) if key == "id" else directory.by_handle("x", value)
        if account is None:
            return Reply({"errors": [errors.not_found("user", key, value)]})
        user = self._shapes.user(account, selection, turn.now)
        payload: Json = {"data": user}
        return self._bill(turn, Reply(payload, rows=[user]), [f"u{account.id}"])

    def _users(
        self, turn: Call, selection: Selection, key: str, found: list[tuple[str, Account | None]]
    ) -> Reply:
        users = [self._shapes.user(a, selection, turn.now) for _, a in found if a is not None]
        missing = [
            errors.not_found("user", key, value) for value, account in found if account is None
        ]
        payload: Json = {}
        if users:
            payload["data"] = users
        if missing:
            payload["errors"] = missing
        billed = [f"u{account.id}" for _, account in found if account is not None]
        return self._bill(turn, Reply(payload, rows=users), billed)

    # --- posts

    def tweets(self, turn: Call) -> Reply:
        """GET /2/tweets?ids=…: deleted and unknown posts as partial errors."""
        selection = self._selection(turn.ask, _SHAPE | {"ids"})
        ids = self._batch(turn.ask, "ids", _ID)
        found = [(i, self.stage.directory.post("x", i, turn.now)) for i in ids]
        posts = [post for _, post in found if post is not None]
        payload: Json = {}
        if posts:
            payload["data"] = self._shapes.posts(posts, selection, turn.now)
            payload.update(self._shapes.includes(posts, selection, turn.now))
        missing = [
            errors.not_found("tweet", "ids", post_id) for post_id, post in found if post is None
        ]
        if missing:
            payload.setdefault("errors", []).extend(missing)
        reply = Reply(payload, rows=payload.get("data", []))
        return self._bill(turn, reply, [f"p{post.id}" for post in posts])

    def tweet(self, turn: Call) -> Reply:
        """GET /2/tweets/{id}"""
        selection = self._selection(turn.ask, _SHAPE)
        post_id = self._path_id(turn.ask)
        post = self.stage.directory.post("x", post_id, turn.now)
        if post is None:
            return Reply({"errors": [errors.not_found("tweet", "id", post_id)]})
        rows = self._shapes.posts([post], selection, turn.now)
        payload: Json = {"data": rows[0]}
        payload.update(self._shapes.includes([post], selection, turn.now))
        return self._bill(turn, Reply(payload, rows=rows), [f"p{post.id}"])

    def timeline(self, turn: Call) -> Reply:
        """GET /2/users/{id}/tweets: newest first, at most the newest 3,200, reposts included."""
        selection = self._selection(turn.ask, _TIMELINE)
        user_id = self._path_id(turn.ask)
        account = self.stage.directory.account("x", user_id)
        if account is None:
            return Reply({"errors": [errors.not_found("user", "id", user_id)]})
        try:
            page, meta = self._page(turn, account)
        except BadParameter as bad:
            raise Refused(errors.invalid_parameter(bad)) from bad
        payload: Json = {}
        rows: list[Any] = []
        if page:
            rows = payload["data"] = self._shapes.posts(page, selection, turn.now)
            payload.update(self._shapes.includes(page, selection, turn.now))
        payload["meta"] = meta
        return self._bill(turn, Reply(payload, rows=rows), [f"p{post.id}" for post in page])

    def _page(self, turn: Call, account: Account) -> tuple[list[Post], Json]:
        ask = turn.ask
        size = whole(ask, "max_results", 10, 5, _BATCH)
        posts = self._matching(turn, account)
        start = self._position(ask, posts, size)
        page = posts[start : start + size]
        if not page:
            return [], {"result_count": 0}
        meta: Json = {
            "result_count": len(page),
            "newest_id": page[0].id,
            "oldest_id": page[-1].id,
        }
        if start + size < len(posts):
            meta["next_token"] = _cursor("n", page[-1].id)
        if start > 0:
            meta["previous_token"] = _cursor("p", page[0].id)
        return page, meta

    def _position(self, ask: Request, posts: list[Post], size: int) -> int:
        """Where a page starts: after (or, going back, before) the post that the token names."""
        token = ask.params.get("pagination_token")
        if token is None:
            return 0
        match = _CURSOR.fullmatch(token)
        boundary = self.stage.directory.world.posts["x"].get(match[1]) if match else None
        if match is None or boundary is None:
            raise BadParameter("pagination_token", token, "a token of an earlier answer")
        edge = (boundary.published, boundary.id)
        passed = sum((post.published, post.id) >= edge for post in posts)
        return passed if match[2] == "n" else max(passed - 1 - size, 0)

    def _matching(self, turn: Call, account: Account) -> list[Post]:
        """The posts that the timeline's parameters leave, newest first."""
        ask = turn.ask
        start = _time(ask, "start_time", _EARLIEST)
        end = _time(ask, "end_time", NEVER)
        if start >= end:
            raise BadParameter("start_time", ask.params["start_time"], "before 'end_time'")
        posts = account.visible(turn.now)[-self.stage.limits.x_timeline_ceiling :]
        since, until = whole(ask, "since_id", 0, 0, NEVER), whole(ask, "until_id", NEVER, 0, NEVER)
        excluded = "repost" if "retweets" in _excluded(ask) else ""
        return [
            post
            for post in reversed(posts)
            if start <= post.published < end
            and post.type != excluded
            and since < int(post.id) < until
        ]

    # --- usage

    def usage(self, turn: Call) -> Reply:
        """GET /2/usage/tweets: posts read this month by the project."""
        used = self._billed.month(turn.credential, turn.now)
        data = {
            "cap_reset_day": 1,
            "project_cap": str(self.stage.limits.x_posts_a_month),
            "project_id": str(int(turn.credential, 16) % 10**18),
            "project_usage": str(used),
        }
        return Reply({"data": data}, units=0)

    # --- parameters and billing

    def _bill(self, turn: Call, reply: Reply, resources: list[str]) -> Reply:
        reply.units = self._billed.add(turn.credential, turn.now, resources)
        return reply

    def _selection(self, ask: Request, allowed: set[str]) -> Selection:
        unknown = sorted(ask.params.keys() - allowed)
        if unknown:
            raise Refused(errors.unknown_parameter(unknown[0], sorted(allowed)))
        try:
            return self._shapes.selection(ask, _dialect(ask))
        except BadParameter as bad:
            raise Refused(errors.invalid_parameter(bad)) from bad

    def _batch(self, ask: Request, name: str, form: re.Pattern[str]) -> list[str]:
        values = listed(ask, name)
        bad: BadParameter | None = None
        if not 1 <= len(values) <= _BATCH:
            bad = BadParameter(name, ask.params.get(name, ""), f"between 1 and {_BATCH} values")
        for value in values:
            if not form.fullmatch(value):
                bad = BadParameter(name, value, f"of the form {form.pattern}")
        if bad is not None:
            raise Refused(errors.invalid_parameter(bad))
        return values

    def _path_id(self, ask: Request) -> str:
        value = ask.parts["id"]
        if not _ID.fullmatch(value):
            bad = BadParameter("id", value, f"of the form {_ID.pattern}")
            raise Refused(errors.invalid_parameter(bad))
        return value


class Billed:
    """Resources answered, each billed once a UTC day; posts are summed up by month."""

    def __init__(self) -> None:
        self._today: dict[str, tuple[int, set[str]]] = {}
        self._months = Spent()

    def add(self, credential: str, now: int, resources: list[str]) -> int:
        """How many of the resources had not been billed today."""
        day, seen = self._today.get(credential, (utc_day(now), set()))
        if day != utc_day(now):
            seen = set()
        self._today[credential] = (utc_day(now), seen)
        fresh = [resource for resource in resources if resource not in seen]
        seen.update(fresh)
        posts = sum(resource.startswith("p") for resource in fresh)
        self._months.add(credential, utc_month(now), posts)
        return len(fresh)

    def month(self, credential: str, now: int) -> int:
        """Posts billed this month."""
        return self._months.of(credential, utc_month(now))


def _dialect(ask: Request) -> Dialect:
    if "post.fields" in ask.params:
        return NEW
    return CLASSIC


def _excluded(ask: Request) -> list[str]:
    values = listed(ask, "exclude")
    for value in values:
        if value not in ("retweets", "replies"):
            raise BadParameter("exclude", value, "one of [retweets, replies]")
    return values


def _time(ask: Request, name: str, default: int) -> int:
    text = ask.params.get(name)
    if text is None:
        return default
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadParameter(name, text, "an RFC 3339 date-time") from error
    if value.utcoffset() != timedelta(0) or instant(value) < _EARLIEST:
        raise BadParameter(name, text, "an RFC 3339 date-time in UTC, 2010-11-06 or later")
    # The platform knows whole seconds only.
    return instant(value) // SECOND * SECOND


def _cursor(kind: str, post_id: str) -> str:
    return f"7140dibdnow9c7{post_id}{kind}"

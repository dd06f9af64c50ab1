"""The calls of X API v2 that we make, and what all their answers have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from crawler.contract import Answer, Browse, Call
from crawler.errors import Retry
from crawler.platforms.x import errors
from crawler.platforms.x.config import XConfig
from crawler.reading.shape import decode, mapping
from model.messages import Outcome
from model.route import Route

BATCH = 100
"""Most ids of one lookup, and most posts of one timeline page (X API v2 reference)."""

USER_QUERY = "/UserByScreenName"
"""What the address of the page's own request for the user holds."""

_USER_FIELDS = "public_metrics,created_at,verified,protected"
_FIELDS = {
    "classic": (
        "tweet.fields",
        "created_at,public_metrics,referenced_tweets,author_id,lang,attachments,entities",
    ),
    "new": ("post.fields", "created_at,public_metrics,lang,attachments,entities"),
}
_EXPANSIONS = {"classic": (), "new": ("author_id", "referenced_posts")}
"""The new names have no field for the author or the references: they come by expansion alone."""


def users_by_id(ids: Sequence[str], config: XConfig) -> Call:
    """`GET /2/users` for up to 100 ids."""
    query = {"ids": ",".join(ids), "user.fields": _USER_FIELDS}
    return _call(config, "users", "/2/users", query)


def users_by_handle(handles: Sequence[str], config: XConfig) -> Call:
    """`GET /2/users/by` for up to 100 handles."""
    query = {"usernames": ",".join(handles), "user.fields": _USER_FIELDS}
    return _call(config, "users", "/2/users/by", query)


def lookup_posts(ids: Sequence[str], config: XConfig) -> Call:
    """`GET /2/tweets` for up to 100 ids."""
    return _call(config, "posts", "/2/tweets", {"ids": ",".join(ids), **_post_query(config)})


def timeline_page(
    account: str,
    config: XConfig,
    start: datetime | None,
    end: datetime | None,
    token: str | None,
) -> Call:
    """`GET /2/users/:id/tweets` without reposts: one page of 100, within [start, end) UTC."""
    query = {"max_results": str(BATCH), "exclude": "retweets", **_post_query(config)}
    if start is not None:
        query["start_time"] = _written(start)
    if end is not None:
        query["end_time"] = _written(end)
    if token is not None:
        query["pagination_token"] = token
    return _call(config, "timeline", f"/2/users/{account}/tweets", query)


def user_page(handle: str, config: XConfig) -> Call:
    """A profile's public page, and the page's own request for the user."""
    browse = Browse(capture=(USER_QUERY,))
    url = f"{config.web_url}/{quote(handle)}"
    return Call(endpoint="profile", url=url, route=Route.WEB, browse=browse)


def document_of(answer: Answer) -> dict[str, Any]:
    """The decoded answer. Raises what an error body stands for, and Retry for an empty object."""
    decoded = decode(answer.body)
    errors.raise_error(decoded, answer.observed_at)
    if not mapping(decoded, ""):
        raise Retry(Outcome.EMPTY_UNEXPECTED, "HTTP 200 with an empty object")
    return mapping(decoded, "")


def _call(config: XConfig, endpoint: str, path: str, query: dict[str, str]) -> Call:
    return Call(endpoint=endpoint, url=f"{config.api_url}{path}?{urlencode(query, safe=',:')}")


def _post_query(config: XConfig) -> dict[str, str]:
    name, fields = _FIELDS[config.dialect]
    expansions = list(_EXPANSIONS[config.dialect])
    query = {name: fields}
    if config.expand_media:
        expansions.append("attachments.media_keys")
        query["media.fields"] = "type"
    if expansions:
        query["expansions"] = ",".join(expansions)
    return query


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"

"""Posts and users as X's own pages know them: a `legacy` object with flat counters.

The same field names as in the API 1.1 of old, which the embedded timelines still use. A post's
views stand beside it as `views {count, state}`; without a `count` there is no number. Newer users
have `relationship_counts` and `tweet_counts` in place of `legacy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from crawler.errors import ShapeError
from crawler.platforms.x.api_parts import POST_COUNTERS, made_of, views_since
from crawler.reading.rows import never_counted
from crawler.reading.shape import (
    child,
    count,
    dig,
    flag,
    ident,
    inner,
    instant,
    optional_text,
    optional_whole,
    sane,
    whole,
)
from model.count import Count
from model.items import AccountItem, PostItem, PostType
from model.route import Route

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d?) (\d\d):(\d\d):(\d\d) \+0000 (\d{4})")


def user_row(result: dict[str, Any], path: str, observed_at: datetime) -> AccountItem:
    """A user in any of the layouts. Raises ShapeError if there is no number of followers."""
    old, core = _part(result, "legacy"), _part(result, "core")
    at, who = (f"{path}.core", core) if "screen_name" in core else (f"{path}.legacy", old)
    created = core.get("created_at", old.get("created_at"))
    followers = _first(result, path, ("relationship_counts", "followers"), "followers_count")
    if followers.value is None:
        raise ShapeError(f"{path}.legacy.followers_count", "is missing")
    return AccountItem(
        platform="x",
        id=ident(result.get("rest_id", old.get("id_str")), child(path, "rest_id")),
        handle=optional_text(who, "screen_name", at),
        name=optional_text(who, "name", at),
        created_at=None if created is None else _moment(created, f"{at}.created_at"),
        verified=flag(_part(result, "verification") or old, "verified", path),
        observed_at=observed_at,
        source=Route.WEB,
        counts={
            "followers": followers,
            "posts": _first(result, path, ("tweet_counts", "tweets"), "statuses_count"),
        },
    )


def _part(result: dict[str, Any], key: str) -> dict[str, Any]:
    part = result.get(key)
    return part if isinstance(part, dict) else {}


def _first(result: dict[str, Any], path: str, new: tuple[str, str], old: str) -> Count:
    """A counter in the layout of 2026, else in the one before."""
    group, key = new
    found = count(_part(result, group), key, child(path, group))
    return (
        found if found.value is not None else count(_part(result, "legacy"), old, f"{path}.legacy")
    )


def post_row(
    result: dict[str, Any], path: str, observed_at: datetime, *, pinned: bool = False
) -> PostItem:
    """A post with its counters. Raises ShapeError naming what is missing."""
    old, below = inner(result, "legacy", path), child(path, "legacy")
    id_ = ident(result.get("rest_id", old.get("id_str")), child(path, "rest_id"))
    author = dig(result, "core", "user_results", "result", "rest_id") or old.get("user_id_str")
    kind = _kind(result, old)
    note = dig(result, "note_tweet", "note_tweet_results", "result", "text")
    published = _moment(old.get("created_at"), f"{below}.created_at")
    short = optional_text(old, "full_text", below) or optional_text(old, "text", below)
    return PostItem(
        platform="x",
        id=id_,
        account=None if author is None else ident(author, f"{path}.core"),
        published_at=published,
        type=kind,
        lang=optional_text(old, "lang", below),
        text=note if isinstance(note, str) else short,
        url=f"https://x.com/i/status/{id_}",
        pinned=pinned,
        observed_at=observed_at,
        source=Route.WEB,
        counts=_counts(result, path, kind, published),
    )


def _kind(result: dict[str, Any], old: dict[str, Any]) -> PostType:
    if isinstance(old.get("retweeted_status_result", old.get("retweeted_status")), dict):
        return PostType.REPOST
    if _looks_reposted(old):
        return PostType.REPOST
    quoting = old.get("is_quote_status") is True or "quoted_status_result" in result
    if quoting or isinstance(old.get("quoted_status_id_str"), str):
        return PostType.QUOTE
    media = dig(old, "extended_entities", "media") or dig(old, "entities", "media")
    types = [str(dig(one, "type")) for one in media] if isinstance(media, list) else []
    return made_of(types, dig(old, "entities", "urls"))


def _looks_reposted(old: dict[str, Any]) -> bool:
    """A text "RT @…" whose original is not shown any more: it has no counters of its own."""
    said = str(old.get("full_text", old.get("text")))
    own = ("favorite_count", "reply_count", "quote_count")
    return said.startswith("RT @") and all(old.get(key) in (0, None) for key in own)


def _counts(
    result: dict[str, Any], path: str, kind: PostType, published: datetime
) -> dict[str, Count]:
    """Shares are reposts plus quotes. A repost has no counters of its own."""
    if kind is PostType.REPOST:
        return dict.fromkeys(POST_COUNTERS, Count.not_offered())
    old, below = inner(result, "legacy", path), child(path, "legacy")
    counts = {
        "likes": count(old, "favorite_count", below),
        "comments": count(old, "reply_count", below),
        "shares": _shares(old, below),
        "views": views_since(_views(result, path), published),
    }
    if all(found.value is None for found in counts.values()):
        raise ShapeError(f"{below}.favorite_count", "is missing, and so are all other counters")
    if old.get("bookmark_count") is not None:
        counts["saves"] = count(old, "bookmark_count", below)
    return counts


def _shares(old: dict[str, Any], path: str) -> Count:
    reposts = optional_whole(old, "retweet_count", path)
    quotes = optional_whole(old, "quote_count", path)
    if reposts is None or quotes is None:
        return Count.not_read()
    return Count(whole(reposts + quotes, path))


def _views(result: dict[str, Any], path: str) -> Count:
    """`state: Enabled` without a `count` is no number, and surely not 0."""
    for key in ("views", "ext_views"):
        if isinstance(result.get(key), dict):
            return count(result[key], "count", child(path, key), absent=Count.hidden)
    return Count.not_read()


def _moment(value: Any, path: str) -> datetime:
    """`Fri Feb 06 21:09:45 +0000 2026` or ISO 8601, in UTC. Raises ShapeError."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] not in _MONTHS:
        return instant(value, path)
    day, hour, minute, second, year = (int(match[group]) for group in range(2, 7))
    try:
        found = datetime(year, _MONTHS.index(match[1]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise ShapeError(path, f"is no instant: {value}") from error
    return sane(found, path)


def drifted(posts: Iterable[PostItem]) -> tuple[str, ...]:
    """Paths of counters that not one of many posts has."""
    own = [post for post in posts if post.type is not PostType.REPOST]
    return tuple(f"legacy ({name})" for name in never_counted(own))


def is_old(obj: dict[str, Any]) -> bool:
    """Whether this is a post of the API 1.1, as embedded timelines still hold them."""
    return isinstance(obj.get("id_str"), str) and "favorite_count" in obj and "user" in obj


def modern(tweet: dict[str, Any]) -> dict[str, Any]:
    """A post of the API 1.1 (flat, its author under `user`) in the layout of GraphQL."""
    author = {"__typename": "User", "rest_id": dig(tweet, "user", "id_str")}
    author["legacy"] = tweet.get("user")
    return {
        "__typename": "Tweet",
        "rest_id": tweet.get("id_str"),
        "core": {"user_results": {"result": author}},
        "legacy": tweet,
    }


def is_old_user(obj: dict[str, Any]) -> bool:
    """Whether this is a user of the API 1.1, as follow buttons still ask for."""
    return isinstance(obj.get("screen_name"), str) and "followers_count" in obj


def modern_user(user: dict[str, Any]) -> dict[str, Any]:
    """A user of the API 1.1 in the layout of GraphQL."""
    return {"__typename": "User", "rest_id": user.get("id_str", user.get("id")), "legacy": user}

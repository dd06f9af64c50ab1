"""User objects of Instagram's public answers: GraphQL edges, the private API, page descriptions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from crawler.reading.numbers import parse
from crawler.reading.shape import child, count, dig, flag, ident, inner, member, optional_text
from model.count import Count
from model.items import AccountItem
from model.route import Route

_DESCRIPTION = re.compile(
    r"([\d.,]+\s?[KMB]?) Followers?, [\d.,]+\s?[KMB]? Following, ([\d.,]+\s?[KMB]?) Posts?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\(@([\w.]{1,30})\)|instagram\.com/([\w.]{1,30})/?(?:$|[?#])")

_COUNTERS = frozenset(
    {"edge_followed_by", "edge_owner_to_timeline_media", "follower_count", "followers"}
)


def is_user(obj: dict[str, Any]) -> bool:
    """Whether an object is a user with public counters."""
    return "username" in obj and not _COUNTERS.isdisjoint(obj)


def user(obj: dict[str, Any], path: str, observed_at: datetime) -> AccountItem:
    """A user with counters in any of three dialects. Raises ShapeError."""
    key = obj.get("pk") if obj.get("pk") is not None else member(obj, "id", path)
    return AccountItem(
        platform="instagram",
        id=ident(key, child(path, "id")),
        handle=optional_text(obj, "username", path),
        name=_name(obj, path),
        verified=flag(obj, "is_verified", path),
        observed_at=observed_at,
        source=Route.WEB,
        counts={"followers": _followers(obj, path), "posts": _posts(obj, path)},
    )


def _name(obj: dict[str, Any], path: str) -> str | None:
    key = "full_name" if "full_name" in obj else "name"
    return optional_text(obj, key, path)


def _followers(obj: dict[str, Any], path: str) -> Count:
    if obj.get("edge_followed_by") is not None:
        return edge(obj, "edge_followed_by", path)
    key = "follower_count" if "follower_count" in obj else "followers"
    return count(obj, key, path)


def _posts(obj: dict[str, Any], path: str) -> Count:
    if obj.get("edge_owner_to_timeline_media") is not None:
        return edge(obj, "edge_owner_to_timeline_media", path)
    return count(obj, "media_count", path)


def edge(obj: dict[str, Any], key: str, path: str) -> Count:
    """The `count` of an edge, missing if the edge is. Raises ShapeError."""
    if obj.get(key) is None:
        return Count.not_read()
    return count(inner(obj, key, path), "count", child(path, key))


def timeline_owner(obj: dict[str, Any], path: str, observed_at: datetime) -> AccountItem | None:
    """The number of posts of a timeline whose user object has nothing else; its posts name it."""
    owner = dig(obj, "edge_owner_to_timeline_media", "edges", 0, "node", "owner")
    total = edge(obj, "edge_owner_to_timeline_media", path)
    if dig(owner, "id") is None or total.value is None:
        return None
    return AccountItem(
        platform="instagram",
        id=ident(owner["id"], child(path, "owner.id")),
        handle=optional_text(owner, "username", child(path, "owner")),
        observed_at=observed_at,
        source=Route.WEB,
        counts={"followers": Count.not_read(), "posts": total},
    )


def described(metas: dict[str, str], observed_at: datetime) -> AccountItem | None:
    """A profile by its page's description alone, rounded as people read it, without its id."""
    numbers = _DESCRIPTION.search(metas.get("og:description") or metas.get("description", ""))
    named = _NAMED.search(f"{metas.get('og:title', '')} {metas.get('og:url', '')}".strip())
    if numbers is None or named is None:
        return None
    followers, posts = (parse(text, "en") for text in numbers.groups())
    return AccountItem(
        platform="instagram",
        id="",
        handle=named[1] or named[2],
        observed_at=observed_at,
        source=Route.WEB,
        counts={
            name: Count(read.value, step=read.step) if read else Count.not_read()
            for name, read in (("followers", followers), ("posts", posts))
        },
    )

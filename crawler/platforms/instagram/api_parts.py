"""Objects of the Instagram Graph API as rows: IG User, IG Media, their insights.

`like_count` is left out where the owner hides likes; `view_count` exists for videos alone; shares
and saves of other accounts' media are never offered (Instagram Platform, IG Media).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.reading.shape import (
    child,
    count,
    dig,
    ident,
    instant,
    mapping,
    member,
    optional_text,
    sequence,
    text,
    whole,
)
from model.count import Count
from model.items import VIDEO_TYPES, AccountItem, PostItem, PostType

_USER_MARKS = frozenset({"followers_count", "media_count", "follows_count"})
_MEDIA_MARKS = frozenset({"like_count", "comments_count", "caption", "view_count"})
_BY_MEDIA_TYPE = {
    "IMAGE": PostType.PHOTO,
    "VIDEO": PostType.VIDEO,
    "CAROUSEL_ALBUM": PostType.ALBUM,
}
_METRICS = {
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "views": "views",
    "plays": "plays",
    "saved": "saves",
}
"""Lifetime insights of a media object that are counters of a post, and their names here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaAsked:
    """What is known of the request behind a listing of media."""

    observed_at: datetime
    account: str | None = None
    dated: bool = False
    """Whether `timestamp` was asked for, so that its absence is a fault."""
    likes: bool = False
    """Whether `like_count` was asked for, so that its absence means hidden."""


def has_counters(obj: dict[str, Any]) -> bool:
    """Whether an object is an IG User with public counters."""
    return not _USER_MARKS.isdisjoint(obj)


def is_media_post(obj: Any) -> bool:
    """Whether an object is a post.

    The pictures of an album have neither caption nor counters; comments have a text; stories end.
    """
    if not isinstance(obj, dict) or "id" not in obj or "text" in obj:
        return False
    if obj.get("media_product_type") == "STORY":
        return False
    return ("timestamp" in obj or "media_type" in obj) and not _MEDIA_MARKS.isdisjoint(obj)


def read_account(obj: dict[str, Any], path: str, observed_at: datetime) -> AccountItem:
    """An IG User. Raises ShapeError."""
    return AccountItem(
        platform="instagram",
        id=ident(member(obj, "id", path), child(path, "id")),
        handle=optional_text(obj, "username", path),
        name=optional_text(obj, "name", path),
        observed_at=observed_at,
        counts={
            "followers": count(obj, "followers_count", path),
            "posts": count(obj, "media_count", path),
        },
    )


def read_media(value: Any, path: str, asked: MediaAsked) -> PostItem:
    """A media object with its counters. Raises ShapeError."""
    obj = mapping(value, path)
    kind = _type(obj)
    owner = dig(obj, "owner", "id")
    published = None
    if asked.dated or obj.get("timestamp") is not None:
        published = instant(member(obj, "timestamp", path), child(path, "timestamp"))
    return PostItem(
        platform="instagram",
        id=ident(member(obj, "id", path), child(path, "id")),
        account=asked.account if owner is None else ident(owner, f"{child(path, 'owner')}.id"),
        published_at=published,
        type=kind,
        text=optional_text(obj, "caption", path),
        url=optional_text(obj, "permalink", path),
        observed_at=asked.observed_at,
        counts={
            "likes": count(
                obj, "like_count", path, absent=Count.hidden if asked.likes else Count.not_read
            ),
            "comments": count(obj, "comments_count", path),
            "shares": Count.not_offered(),
            "views": _views(obj, path, kind),
            **_insights(obj, path),
        },
    )


def _views(obj: dict[str, Any], path: str, kind: PostType | None) -> Count:
    may_have = kind is None or kind in VIDEO_TYPES
    return count(obj, "view_count", path, absent=Count.not_read if may_have else Count.not_offered)


def _insights(obj: dict[str, Any], path: str) -> dict[str, Count]:
    """Counters out of insights that were asked for inside the media object."""
    listed = dig(obj, "insights", "data")
    if listed is None:
        return {}
    at = f"{child(path, 'insights')}.data"
    return metrics(sequence(listed, at), at)


def metrics(listed: list[Any], path: str) -> dict[str, Count]:
    """The counters among lifetime insights; daily figures are no counters. Raises ShapeError."""
    counts: dict[str, Count] = {}
    for position, value in enumerate(listed):
        at = f"{path}[{position}]"
        insight = mapping(value, at)
        name = _METRICS.get(text(insight, "name", at))
        number = _lifetime(insight)
        if name is not None and number is not None:
            counts[name] = Count(whole(number, f"{at}.values[0].value"))
    return counts


def _lifetime(insight: dict[str, Any]) -> Any:
    """The one value of a lifetime insight; an empty set of values is no zero."""
    if insight.get("period") != "lifetime":
        return None
    value = dig(insight, "values", 0, "value")
    return dig(insight, "total_value", "value") if value is None else value


def _type(obj: dict[str, Any]) -> PostType | None:
    if obj.get("media_product_type") == "REELS":
        return PostType.REEL
    return _BY_MEDIA_TYPE.get(str(obj.get("media_type")))

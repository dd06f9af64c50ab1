"""Objects of the Graph API as rows: Page, Page Post, Video (Graph API reference).

A post's `likes` are all its reactions, as the page shows them; the kinds are kept beside. `shares`
is left out by the API where it is zero, so its absence is a zero where shares were asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.errors import ShapeError
from crawler.reading.rows import each
from crawler.reading.shape import (
    array,
    child,
    count,
    dig,
    flag,
    ident,
    inner,
    instant,
    mapping,
    member,
    optional_inner,
    optional_text,
    optional_whole,
)
from model.count import Count
from model.items import VIDEO_TYPES, AccountItem, PostItem, PostType

VIDEO_LIST = "facebook.videos"
"""Shape of an answer that lists videos."""
FIRST_YEAR = 1905
"""Pages date posts back as far as this."""
REACTION_KINDS = ("like", "love", "care", "wow", "haha", "sad", "angry")
"""The kinds of reactions there are now; each is asked for under its own name."""
_KNOWN_KINDS = (*REACTION_KINDS, "thankful", "pride", "none")
_PAGE_MARKS = frozenset(
    {"fan_count", "followers_count", "verification_status", "is_published", "talking_about_count"}
)
_POST_MARKS = frozenset(
    {"created_time", "shares", "reactions", "message", "permalink_url", "status_type", "story"}
)
_COMMENT_MARKS = frozenset({"like_count", "comment_count", "user_likes", "can_hide", "parent"})
_VIDEO_NUMBER = re.compile(r"/(?:videos|reel|reels|posts|watch)/(?:[^/?]*/)?(\d+)|[?&]v=(\d+)")
_POST_ID = re.compile(r"\d+_\d+")
_VERIFIED = {"blue_verified": True, "gray_verified": True, "not_verified": False}

_BY_MEDIA = {
    "photo": PostType.PHOTO,
    "album": PostType.ALBUM,
    "video": PostType.VIDEO,
    "link": PostType.LINK,
    "share": PostType.LINK,
    "cover_photo": PostType.PHOTO,
    "profile_media": PostType.PHOTO,
}
_BY_STATUS = {
    "added_photos": PostType.PHOTO,
    "added_video": PostType.VIDEO,
    "shared_story": PostType.LINK,
    "mobile_status_update": PostType.TEXT,
    "wall_post": PostType.TEXT,
}
_NO_VIEWS = Count.not_offered()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsAsked:
    """What is known of the request behind a listing of posts."""

    observed_at: datetime
    shares: bool = False
    """Whether shares were asked for, so that their absence is a zero."""
    dated: bool = False
    """Whether `created_time` was asked for, so that its absence is a fault."""


def is_page(obj: dict[str, Any]) -> bool:
    """Whether an object is a Page with anything about it but its name."""
    return "id" in obj and not _PAGE_MARKS.isdisjoint(obj)


def is_post(obj: Any) -> bool:
    """Whether an object is a post; comments have ids of the same form but counters of theirs."""
    if not isinstance(obj, dict) or (_POST_MARKS.isdisjoint(obj) and not _is_summed(obj)):
        return False
    if not _COMMENT_MARKS.isdisjoint(obj) or "comment_id=" in str(obj.get("permalink_url")):
        return False
    return isinstance(obj.get("id"), str) and _POST_ID.fullmatch(obj["id"]) is not None


def _is_summed(obj: dict[str, Any]) -> bool:
    return any(dig(obj, edge, "summary") is not None for edge in ("likes", "comments"))


def read_page(value: Any, path: str, observed_at: datetime) -> AccountItem:
    """A Page. Its number of posts is not offered. Raises ShapeError."""
    obj = mapping(value, path)
    return AccountItem(
        platform="facebook",
        id=ident(member(obj, "id", path), child(path, "id")),
        handle=optional_text(obj, "username", path),
        name=optional_text(obj, "name", path),
        verified=_VERIFIED.get(str(obj.get("verification_status")), flag(obj, "is_verified", path)),
        observed_at=observed_at,
        counts={
            "followers": count(obj, "followers_count", path),
            "likes": count(obj, "fan_count", path),
            "posts": Count.not_offered(),
        },
    )


def read_post(value: Any, path: str, asked: PostsAsked) -> PostItem:
    """A post with its counters; its id tells its page. Raises ShapeError."""
    obj = mapping(value, path)
    key = ident(member(obj, "id", path), child(path, "id"))
    if not _POST_ID.fullmatch(key):
        raise ShapeError(child(path, "id"), "is not PAGE_POST")
    kind = _type(obj)
    return PostItem(
        platform="facebook",
        id=key,
        account=key.partition("_")[0],
        published_at=_published(obj, path, asked),
        type=kind,
        text=optional_text(obj, "message", path),
        url=optional_text(obj, "permalink_url", path),
        observed_at=asked.observed_at,
        counts={
            "likes": _likes(obj, path),
            "comments": _summed(obj, "comments", path),
            "shares": _shares(obj, path, asked),
            "views": Count.not_read() if kind is None or kind in VIDEO_TYPES else _NO_VIEWS,
        },
        reactions=_reactions(obj, path),
    )


def _published(obj: dict[str, Any], path: str, asked: PostsAsked) -> datetime | None:
    if not asked.dated and obj.get("created_time") is None:
        return None
    at = child(path, "created_time")
    return instant(member(obj, "created_time", path), at, first_year=FIRST_YEAR)


def _likes(obj: dict[str, Any], path: str) -> Count:
    """All reactions where their total is given, else the summary of likes."""
    total = _summed(obj, "reactions", path)
    return total if total.value is not None else _summed(obj, "likes", path)


def _shares(obj: dict[str, Any], path: str, asked: PostsAsked) -> Count:
    if obj.get("shares") is None:
        return Count(0) if asked.shares else Count.not_read()
    shares = inner(obj, "shares", path)
    return count(shares, "count", child(path, "shares"))


def _summed(obj: dict[str, Any], edge: str, path: str) -> Count:
    """The `summary.total_count` of an edge; the length of its `data` is no count."""
    listing = optional_inner(obj, edge, path)
    summary = optional_inner(listing, "summary", child(path, edge)) if listing else None
    if summary is None:
        return Count.not_read()
    return count(summary, "total_count", f"{child(path, edge)}.summary")


def _reactions(obj: dict[str, Any], path: str) -> dict[str, int]:
    """The kinds that are listed, each under the alias it was asked for by."""
    found: dict[str, int] = {}
    for kind in _KNOWN_KINDS:
        summary = dig(obj, kind, "summary")
        if isinstance(summary, dict):
            total = optional_whole(summary, "total_count", f"{child(path, kind)}.summary")
            if total is not None:
                found[kind] = total
    return found


def _type(obj: dict[str, Any]) -> PostType | None:
    """By the first attachment, else by `status_type`."""
    attachment = dig(obj, "attachments", "data", 0)
    media, kind = (str(dig(attachment, key)).lower() for key in ("media_type", "type"))
    target = f"{dig(obj, 'permalink_url')} {dig(attachment, 'target', 'url')}"
    status = str(obj.get("status_type")).lower()
    if "reel" in kind or "reel" in media or "/reel/" in target:
        return PostType.REEL
    if any("live" in word.split("_") for word in (media, kind, status)):
        return PostType.LIVE
    if media not in _BY_MEDIA and kind.startswith("video"):
        return PostType.VIDEO
    by_media = _BY_MEDIA.get(media) or _BY_MEDIA.get(kind)
    if by_media is not None or attachment is not None:
        return by_media
    return _BY_STATUS.get(status)


@dataclass(frozen=True, slots=True)
class Video:
    """A video as its page lists it; `keys`: every number by which a post may know it."""

    keys: frozenset[str]
    created: datetime
    views: int | None
    live: bool = False
    """Whether it is, or is the recording of, a live broadcast; posts do not tell."""


def read_videos(document: dict[str, Any]) -> tuple[tuple[Video, ...], tuple[str, ...]]:
    """The videos of an answer, and the paths of those that could not be read."""
    return each(array(document, "data"), "data", _video)


def is_video(obj: Any) -> bool:
    """Whether an object is a Video: a plain number as its id, and something only videos have."""
    if not isinstance(obj, dict) or "_" in str(obj.get("id")):
        return False
    address = str(obj.get("permalink_url"))
    marks = {"length", "views", "post_views", "live_status", "post_id", "universal_video_id"}
    return not marks.isdisjoint(obj) or "/videos/" in address or "/reel/" in address


def _video(value: Any, path: str) -> Video:
    obj = mapping(value, path)
    key = ident(member(obj, "id", path), child(path, "id"))
    post = obj.get("post_id")
    known = {key, *numbers_in(optional_text(obj, "permalink_url", path))}
    if post is not None:
        known.add(ident(post, child(path, "post_id")).rpartition("_")[2])
    created = instant(member(obj, "created_time", path), child(path, "created_time"))
    return Video(
        keys=frozenset(known),
        created=created,
        views=optional_whole(obj, "views", path),
        live=obj.get("live_status") is not None,
    )


def numbers_in(address: Any) -> list[str]:
    """The numbers of posts and videos in an address."""
    if not isinstance(address, str):
        return []
    return [first or second for first, second in _VIDEO_NUMBER.findall(address)]

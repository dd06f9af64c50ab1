"""Answers of TikTok's open API as rows: Research API, and Display API where it looks the same.

Videos: `id` (64 bits; `video_id` in older answers), `create_time` in epoch seconds UTC, counters as
integers, the owner by name only. Users: counters without any id (Research API, query user info).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.errors import ShapeError
from crawler.platforms.tiktok import errors
from crawler.reading.rows import each, never_counted
from crawler.reading.shape import (
    array,
    child,
    count,
    epoch,
    flag,
    ident,
    inner,
    mapping,
    optional_text,
)
from model.count import Count
from model.items import AccountItem, Mapped, PostItem, PostType

_COUNTERS = {
    "likes": "like_count",
    "comments": "comment_count",
    "shares": "share_count",
    "views": "view_count",
}
_SAVES = "favorites_count"


def map_document(document: Any, observed_at: datetime) -> Mapped:
    """Recognises an answer by its shape. Raises CrawlError."""
    errors.raise_error(document, observed_at)
    data = inner(mapping(document, ""), "data")
    if "videos" in data:
        return read_video_page(data, observed_at)
    user = inner(data, "user", "data") if "user" in data else data
    if "follower_count" in user:
        return Mapped(shape="tiktok.user", accounts=(read_user_info(user, observed_at),))
    raise ShapeError("data", "holds neither videos nor a user's counters")


def read_user_info(
    user: dict[str, Any],
    observed_at: datetime,
    *,
    account: str = "",
    handle: str | None = None,
) -> AccountItem:
    """A user's counters; who it is, the caller knows, for the answer does not say it.

    Raises ShapeError if there is no number of followers.
    """
    followers = count(user, "follower_count", "data")
    if followers.value is None:
        raise ShapeError("data.follower_count", "is missing")
    return AccountItem(
        platform="tiktok",
        id=account,
        handle=handle or optional_text(user, "username", "data"),
        name=optional_text(user, "display_name", "data"),
        verified=flag(user, "is_verified", "data"),
        observed_at=observed_at,
        counts={
            "followers": followers,
            "posts": count(user, "video_count", "data"),
            "likes": count(user, "likes_count", "data"),
        },
    )


def read_video_page(
    data: dict[str, Any], observed_at: datetime, accounts: dict[str, str] | None = None
) -> Mapped:
    """One page of videos, each id once; `next` is the cursor of the next one.

    With `accounts` (id by handle in lower case) every video must belong to one of them; without it
    the owner's id stays open. Raises ShapeError.
    """
    rows = array(data, "videos", "data")
    shown = {key for row in rows if isinstance(row, dict) for key in row}

    def read(value: Any, path: str) -> PostItem:
        return _video(mapping(value, path), path, observed_at, shown, accounts)

    posts, unmapped = each(rows, "data.videos", read)
    more = flag(data, "has_more", "data")
    unique = tuple({post.id: post for post in posts}.values())
    return Mapped(
        shape="tiktok.videos",
        posts=unique,
        unmapped=unmapped + _drifted(unique),
        next=ident(data.get("cursor"), "data.cursor") if more else None,
    )


def _video(
    video: dict[str, Any],
    path: str,
    observed_at: datetime,
    shown: set[str],
    accounts: dict[str, str] | None,
) -> PostItem:
    key = "id" if "id" in video else "video_id"
    id_ = ident(video.get(key), child(path, key))
    handle = optional_text(video, "username", path)
    return PostItem(
        platform="tiktok",
        id=id_,
        account=_owner(handle, accounts, path),
        published_at=epoch(video.get("create_time"), child(path, "create_time")),
        type=PostType.VIDEO,
        text=optional_text(video, "video_description", path),
        url=f"https://www.tiktok.com/@{handle}/video/{id_}" if handle else None,
        observed_at=observed_at,
        counts=_counts(video, path, shown),
    )


def _owner(handle: str | None, accounts: dict[str, str] | None, path: str) -> str | None:
    if accounts is None:
        return None
    account = accounts.get((handle or "").lower())
    if account is None:
        raise ShapeError(child(path, "username"), f"is none of those asked for: {handle}")
    return account


def _counts(video: dict[str, Any], path: str, shown: set[str]) -> dict[str, Count]:
    """A counter that other videos of the answer show is hidden where it is absent."""
    counts = {
        name: count(video, key, path, absent=Count.hidden if key in shown else Count.not_read)
        for name, key in _COUNTERS.items()
    }
    if all(found.value is None for found in counts.values()):
        raise ShapeError(child(path, "view_count"), "is missing, and so are all other counters")
    if video.get(_SAVES) is not None:
        counts["saves"] = count(video, _SAVES, path)
    return counts


def _drifted(posts: tuple[PostItem, ...]) -> tuple[str, ...]:
    return tuple(f"data.videos[*].{_COUNTERS[name]}" for name in never_counted(posts))

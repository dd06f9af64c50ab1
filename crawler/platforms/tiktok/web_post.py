"""One post or one account of TikTok's pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.errors import ShapeError
from crawler.reading.shape import (
    child,
    dig,
    epoch,
    flag,
    ident,
    inner,
    mapping,
    optional_text,
    whole,
)
from model.count import Count
from model.items import AccountItem, PostItem, PostType
from model.route import Route

_POST = {
    "likes": "diggCount",
    "comments": "commentCount",
    "shares": "shareCount",
    "views": "playCount",
    "saves": "collectCount",
}
_OF_APP = {
    "diggCount": "digg_count",
    "commentCount": "comment_count",
    "shareCount": "share_count",
    "playCount": "play_count",
    "collectCount": "collect_count",
}
"""What the app calls the counters of a post; shares by one messenger are part of all shares."""
_ACCOUNT = {"followers": "followerCount", "posts": "videoCount", "likes": "heartCount"}

_UNREAD = Count.not_read()
_ROUNDED = ((1_000_000, 100_000), (10_000, 100))
"""From so many on, the pages write "1.9M" and "427.7K": (least value, step)."""


def of_app(value: Any) -> Any:
    """A post of the app's answers under the names of the pages; what is no object stays as it is.

    Counters that stand there without being a number keep their value, to be refused by `post_row`.
    """
    if not isinstance(value, dict):
        return value
    author, shown = value.get("author"), value.get("statistics")
    item = {
        "id": value.get("aweme_id"),
        "createTime": value.get("create_time"),
        "authorId": value.get("author_user_id") or dig(author, "uid"),
        "author": {"uniqueId": dig(author, "unique_id")},
        "desc": value.get("desc"),
        "isPinnedItem": value.get("is_top") == 1,
        "imagePost": value.get("image_post_info"),
        "stats": {name: dig(shown, key) for name, key in _OF_APP.items()},
    }
    return {key: held for key, held in item.items() if held is not None}


def user_of_app(user: dict[str, Any]) -> dict[str, Any]:
    """An account of the app's answers under the names of the pages."""
    named = {"id": "uid", "uniqueId": "unique_id", "nickname": "nickname"}
    counters = {
        "followerCount": "follower_count",
        "videoCount": "aweme_count",
        "heartCount": "total_favorited",
    }
    return {
        "user": {name: user.get(key) for name, key in named.items()},
        "stats": {name: user.get(key) for name, key in counters.items()},
    }


def post_row(value: Any, path: str, observed_at: datetime) -> PostItem:
    """A post with its counters. Raises ShapeError naming what is missing."""
    item = mapping(value, path)
    id_ = ident(item.get("id"), child(path, "id"))
    handle = dig(item, "author", "uniqueId") or item.get("author")
    kind = _kind(item)
    counts = _counts(item, path, _POST)
    if counts["saves"].value is None:
        del counts["saves"]
    return PostItem(
        platform="tiktok",
        id=id_,
        account=_owner(item, path),
        published_at=epoch(item.get("createTime"), child(path, "createTime")),
        type=kind,
        lang=_lang(item, path),
        text=optional_text(item, "desc", path),
        url=_url(handle, kind, id_),
        pinned=flag(item, "isPinnedItem", path) is True,
        observed_at=observed_at,
        source=Route.WEB,
        counts=counts,
    )


def account_row(value: Any, path: str, observed_at: datetime) -> AccountItem:
    """An account with its counters: `{user, stats, statsV2}`. Raises ShapeError."""
    info = mapping(value, path)
    user, at = inner(info, "user", path), child(path, "user")
    counts = _counts(info, path, _ACCOUNT)
    if counts["followers"].value is None:
        raise ShapeError(f"{path}.stats.followerCount", "is missing")
    created = user.get("createTime")
    return AccountItem(
        platform="tiktok",
        id=ident(user.get("id"), child(at, "id")),
        handle=optional_text(user, "uniqueId", at),
        name=optional_text(user, "nickname", at),
        created_at=epoch(created, child(at, "createTime")) if created else None,
        verified=flag(user, "verified", at),
        observed_at=observed_at,
        source=Route.WEB,
        counts=counts,
    )


def _owner(item: dict[str, Any], path: str) -> str | None:
    author = item.get("authorId") or dig(item, "author", "id")
    return None if author is None else ident(author, child(path, "author.id"))


def _kind(item: dict[str, Any]) -> PostType:
    """Pictures with music carry an `imagePost`; everything else is a video."""
    pictures = dig(item, "imagePost", "images")
    if not isinstance(pictures, list):
        return PostType.VIDEO
    return PostType.PHOTO if len(pictures) == 1 else PostType.ALBUM


def _lang(item: dict[str, Any], path: str) -> str | None:
    lang = optional_text(item, "textLanguage", path)
    return None if lang in ("", "un") else lang


def _url(handle: Any, kind: PostType, id_: str) -> str | None:
    if not isinstance(handle, str):
        return None
    return (
        f"https://www.tiktok.com/@{handle}/{'video' if kind is PostType.VIDEO else 'photo'}/{id_}"
    )


def _counts(obj: dict[str, Any], path: str, names: dict[str, str]) -> dict[str, Count]:
    """Counters by our names, the strings first. Raises ShapeError if there is none at all."""
    values = {**_block(obj, "stats", path, names), **_block(obj, "statsV2", path, names)}
    if not values:
        raise ShapeError(child(path, "stats"), "is missing, or holds no counter known here")
    exact = any(_step(value) == 1 for key, value in values.items() if _telling(key, value))
    return {
        name: Count(values[key], step=1 if exact else _step(values[key]))
        if key in values
        else _UNREAD
        for name, key in names.items()
    }


def _telling(key: str, value: int) -> bool:
    """Whether this counter would have been rounded; saves never are, whatever the others do."""
    return key != _POST["saves"] and value >= _ROUNDED[-1][0]


def _step(value: int) -> int:
    """The step to which a number looks rounded."""
    for least, step in _ROUNDED:
        if value >= least:
            return step if value % step == 0 else 1
    return 1


def _block(obj: dict[str, Any], block: str, path: str, names: dict[str, str]) -> dict[str, int]:
    stats = obj.get(block)
    if stats is None:
        return {}
    at = child(path, block)
    shown = mapping(stats, at)
    return {
        key: whole(shown[key], child(at, key))
        for key in names.values()
        if shown.get(key) is not None
    }

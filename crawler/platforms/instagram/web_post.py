"""Posts of Instagram's public answers, in both dialects.

Hidden likes show as `like_and_view_counts_disabled`, or as a count of -1. A reel's `view_count`
and `play_count` are different counters and are kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crawler.reading.numbers import parse
from crawler.reading.shape import (
    child,
    count,
    dig,
    epoch,
    flag,
    ident,
    inner,
    member,
    optional_text,
    text,
)
from model.count import Count
from model.items import VIDEO_TYPES, AccountItem, PostItem, PostType
from model.route import Route

_LIKES = ("edge_media_preview_like", "edge_liked_by")
_COMMENTS = ("edge_media_to_comment", "edge_media_to_parent_comment", "edge_media_preview_comment")
_FLAT = {
    "likes": ("like_count", "likes"),
    "comments": ("comment_count", "comments_count"),
    "shares": ("reshare_count",),
    "views": ("view_count", "video_view_count"),
    "plays": ("play_count", "ig_play_count", "video_play_count"),
    "saves": ("save_count",),
}
"""Names of the flat dialect's counters; the later ones are those of scrapers' lists."""
_COUNTERS = frozenset({"like_and_view_counts_disabled", *(n for ns in _FLAT.values() for n in ns)})
_BY_TYPENAME = (
    ("Sidecar", PostType.ALBUM),
    ("Video", PostType.VIDEO),
    ("Image", PostType.PHOTO),
)
_BY_NUMBER = {1: PostType.PHOTO, 2: PostType.VIDEO, 8: PostType.ALBUM}
_BY_PRODUCT = {"clips": PostType.REEL, "carousel_container": PostType.ALBUM}
_NO_COUNT = -1
"""What the sites show for a counter that its owner hides."""
_DESCRIPTION = re.compile(
    r"(?<![\d.,])([\d.,]{1,30}\s?[KMB]?) Followers?, [\d.,]{1,30}\s?[KMB]? Following, "
    r"([\d.,]{1,30}\s?[KMB]?) Posts?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\(@([\w.]{1,30})\)|instagram\.com/([\w.]{1,30})/?(?:$|[?#])")

_USER_COUNTERS = frozenset(
    {"edge_followed_by", "edge_owner_to_timeline_media", "follower_count", "followers"}
)


def is_counted_post(obj: dict[str, Any]) -> bool:
    """Whether an object is a post of either dialect, with counters; stories end and are none."""
    if "expiring_at" in obj or obj.get("product_type") == "story":
        return False
    return _is_edged(obj) or _is_flat(obj)


def _is_edged(obj: dict[str, Any]) -> bool:
    return "shortcode" in obj and any(key in obj for key in (*_LIKES, *_COMMENTS))


def _is_flat(obj: dict[str, Any]) -> bool:
    named = "code" in obj or "shortcode" in obj
    return named and "taken_at" in obj and not _COUNTERS.isdisjoint(obj)


def post_row(obj: dict[str, Any], path: str, observed_at: datetime) -> PostItem:
    """A post. Raises ShapeError."""
    edged = _is_edged(obj)
    code = text(obj, "shortcode" if "shortcode" in obj else "code", path)
    kind = _type(obj)
    return PostItem(
        platform="instagram",
        id=_key(obj, path),
        account=_owner(obj, path),
        published_at=_published(obj, path, edged),
        type=kind,
        text=_caption(obj, path),
        url=f"https://www.instagram.com/{'reel' if kind is PostType.REEL else 'p'}/{code}/",
        pinned=bool(obj.get("timeline_pinned_user_ids") or obj.get("pinned_for_users")),
        observed_at=observed_at,
        source=Route.WEB,
        counts=_edged_counts(obj, path, kind) if edged else _flat_counts(obj, path, kind),
    )


def _key(obj: dict[str, Any], path: str) -> str:
    """The post's number; the private API writes `POST_OWNER` beside it."""
    if obj.get("pk") is not None:
        return ident(obj["pk"], child(path, "pk"))
    return ident(member(obj, "id", path), child(path, "id")).partition("_")[0]


def _owner(obj: dict[str, Any], path: str) -> str | None:
    for key in ("owner", "user"):
        for name in ("pk", "id"):
            value = dig(obj, key, name)
            if value is not None:
                return ident(value, f"{child(path, key)}.{name}")
    written = obj.get("id")
    _, _, owner = written.partition("_") if isinstance(written, str) else ("", "", "")
    return owner or None


def _published(obj: dict[str, Any], path: str, edged: bool) -> datetime | None:
    key = "taken_at_timestamp" if edged and "taken_at" not in obj else "taken_at"
    if edged and obj.get(key) is None:
        return None
    return epoch(member(obj, key, path), child(path, key))


def _caption(obj: dict[str, Any], path: str) -> str | None:
    caption = obj.get("caption")
    if isinstance(caption, dict):
        return optional_text(caption, "text", child(path, "caption"))
    written = dig(obj, "edge_media_to_caption", "edges", 0, "node", "text")
    return written if isinstance(written, str) else None


def _type(obj: dict[str, Any]) -> PostType | None:
    product = _BY_PRODUCT.get(str(obj.get("product_type")))
    if product is not None:
        return product
    typename = str(obj.get("__typename"))
    for ending, kind in _BY_TYPENAME:
        if typename.endswith(ending):
            return kind
    number = obj.get("media_type")
    if isinstance(number, int) and not isinstance(number, bool):
        return _BY_NUMBER.get(number)
    if isinstance(obj.get("clips_metadata"), dict):
        return PostType.REEL
    return PostType.VIDEO if obj.get("is_video") is True else None


def _edged_counts(obj: dict[str, Any], path: str, kind: PostType | None) -> dict[str, Count]:
    plays = _shown(obj, "video_play_count", path)
    return _without_hidden(
        obj,
        {
            "likes": _first(_edge(obj, key, path) for key in _LIKES),
            "comments": _first(_edge(obj, key, path) for key in _COMMENTS),
            "shares": Count.not_offered(),
            "views": _unless_still(_shown(obj, "video_view_count", path), kind),
            **({"plays": plays} if plays.value is not None else {}),
        },
    )


def _flat_counts(obj: dict[str, Any], path: str, kind: PostType | None) -> dict[str, Count]:
    counts = {name: _first(_shown(obj, key, path) for key in keys) for name, keys in _FLAT.items()}
    counts["views"] = _unless_still(counts["views"], kind)
    if counts["shares"].value is None:
        counts["shares"] = Count.not_offered()
    # Plays and saves are given only where they are shown, for no other route knows them.
    return _without_hidden(
        obj, {n: c for n, c in counts.items() if c.value is not None or n not in ("plays", "saves")}
    )


def _first(counts: Iterable[Count]) -> Count:
    """The first count that has a value, else what the last one lacks it for."""
    found = Count.not_read()
    for found in counts:
        if found.value is not None or found == Count.hidden():
            return found
    return found


def _edge(obj: dict[str, Any], key: str, path: str) -> Count:
    return Count.hidden() if dig(obj, key, "count") == _NO_COUNT else _edge_count(obj, key, path)


def _shown(obj: dict[str, Any], key: str, path: str) -> Count:
    return Count.hidden() if obj.get(key) == _NO_COUNT else count(obj, key, path)


def _unless_still(views: Count, kind: PostType | None) -> Count:
    """Views, which pictures do not have."""
    still = kind is not None and kind not in VIDEO_TYPES
    return Count.not_offered() if still and views.value is None else views


def _without_hidden(obj: dict[str, Any], counts: dict[str, Count]) -> dict[str, Count]:
    """Where likes and views are switched off, what stands in their place means nothing."""
    if obj.get("like_and_view_counts_disabled") is not True:
        return counts
    offered = {name for name in ("likes", "views", "plays") if name in counts}
    return {
        name: Count.hidden() if name in offered and count_ != Count.not_offered() else count_
        for name, count_ in counts.items()
    }


def is_counted_user(obj: dict[str, Any]) -> bool:
    """Whether an object is a user with public counters."""
    return "username" in obj and not _USER_COUNTERS.isdisjoint(obj)


def user_row(obj: dict[str, Any], path: str, observed_at: datetime) -> AccountItem:
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
        counts={"followers": _followers(obj, path), "posts": _post_count(obj, path)},
    )


def _name(obj: dict[str, Any], path: str) -> str | None:
    key = "full_name" if "full_name" in obj else "name"
    return optional_text(obj, key, path)


def _followers(obj: dict[str, Any], path: str) -> Count:
    if obj.get("edge_followed_by") is not None:
        return _edge_count(obj, "edge_followed_by", path)
    key = "follower_count" if "follower_count" in obj else "followers"
    return count(obj, key, path)


def _post_count(obj: dict[str, Any], path: str) -> Count:
    if obj.get("edge_owner_to_timeline_media") is not None:
        return _edge_count(obj, "edge_owner_to_timeline_media", path)
    return count(obj, "media_count", path)


def _edge_count(obj: dict[str, Any], key: str, path: str) -> Count:
    """The `count` of an edge, missing if the edge is. Raises ShapeError."""
    if obj.get(key) is None:
        return Count.not_read()
    return count(inner(obj, key, path), "count", child(path, key))


def timeline_owner(obj: dict[str, Any], path: str, observed_at: datetime) -> AccountItem | None:
    """The number of posts of a timeline whose user object has nothing else; its posts name it."""
    owner = dig(obj, "edge_owner_to_timeline_media", "edges", 0, "node", "owner")
    total = _edge_count(obj, "edge_owner_to_timeline_media", path)
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
    followers, posts = (parse(number, "en") for number in numbers.groups())
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

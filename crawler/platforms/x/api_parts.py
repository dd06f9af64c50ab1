"""Users and posts of X's API as rows; a post is a repost, a quote, or what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crawler.errors import ShapeError
from crawler.reading.shape import (
    child,
    count,
    dig,
    flag,
    ident,
    inner,
    instant,
    optional_inner,
    optional_text,
    optional_whole,
    text,
    whole,
)
from model.count import Count
from model.items import AccountItem, PostItem, PostType
from model.platforms.x import VIEWS_FROM

POST_COUNTERS = ("likes", "comments", "shares", "views")

_MEDIA = {"photo": PostType.PHOTO, "video": PostType.VIDEO, "animated_gif": PostType.PHOTO}
_KEYS = {"3": "photo", "7": "video", "13": "video", "16": "animated_gif"}
"""What the number before the underscore of a media key stands for, as seen in answers."""
_OWN_HOSTS = ("https://x.com/", "https://twitter.com/", "https://t.co/")


def post_type(
    post: dict[str, Any], kinds: Mapping[str, str], references_asked: bool = False
) -> PostType:
    """What a post is: how it relates to another one before what it is made of."""
    referenced = post.get("referenced_posts") or post.get("referenced_tweets")
    listed = referenced if isinstance(referenced, list) else []
    relations = {str(dig(one, "type")) for one in listed}
    if relations & {"retweeted", "reposted"}:
        return PostType.REPOST
    if not relations and not references_asked and _looks_reposted(post):
        return PostType.REPOST
    if "quoted" in relations:
        return PostType.QUOTE
    return _made_of(post, kinds)


def _looks_reposted(post: dict[str, Any]) -> bool:
    """A text "RT @…" without any counter of its own, where references were not asked for."""
    metrics = post.get("public_metrics")
    own = ("like_count", "reply_count", "quote_count")
    bare = not isinstance(metrics, dict) or all(metrics.get(key) in (0, None) for key in own)
    return str(post.get("text")).startswith("RT @") and bare


def _made_of(post: dict[str, Any], kinds: Mapping[str, str]) -> PostType:
    keys = dig(post, "attachments", "media_keys")
    media = [kind_of_media(str(key), kinds) for key in keys] if isinstance(keys, list) else []
    return made_of(media, dig(post, "entities", "urls"))


def made_of(media: Sequence[str], links: Any) -> PostType:
    """Video before pictures before links; a moving picture without sound counts as a picture."""
    types = [_MEDIA[kind] for kind in media if kind in _MEDIA]
    if PostType.VIDEO in types:
        return PostType.VIDEO
    if types:
        return PostType.PHOTO if len(types) == 1 else PostType.ALBUM
    leads_out = isinstance(links, list) and any(map(_leads_out, links))
    return PostType.LINK if leads_out else PostType.TEXT


def kind_of_media(key: str, kinds: Mapping[str, str]) -> str:
    """`photo`, `video` or `animated_gif`: by the expansion, else by the key's first number."""
    return kinds.get(key) or _KEYS.get(key.partition("_")[0], "")


def _leads_out(link: Any) -> bool:
    target = dig(link, "expanded_url")
    return isinstance(target, str) and not target.startswith(_OWN_HOSTS)


def media_kinds(document: dict[str, Any]) -> dict[str, str]:
    """Type by media key, from the expansion `attachments.media_keys` where it was asked for."""
    media = dig(document, "includes", "media")
    pairs = [
        (dig(one, "media_key"), dig(one, "type"))
        for one in (media if isinstance(media, list) else [])
    ]
    return {key: kind for key, kind in pairs if isinstance(key, str) and isinstance(kind, str)}


def _require(obj: dict[str, Any], path: str, asked: tuple[str, ...]) -> None:
    for key in asked:
        if obj.get(key) is None:
            raise ShapeError(child(path, key), "is missing")


def read_user(
    user: dict[str, Any], path: str, observed_at: datetime, asked: tuple[str, ...]
) -> AccountItem:
    """A user; the fields of `asked` must be there. Raises ShapeError."""
    _require(user, path, asked)
    created = user.get("created_at")
    return AccountItem(
        platform="x",
        id=ident(user.get("id"), child(path, "id")),
        handle=text(user, "username", path),
        name=optional_text(user, "name", path),
        created_at=None if created is None else instant(created, child(path, "created_at")),
        verified=flag(user, "verified", path),
        observed_at=observed_at,
        counts=_user_counts(user, path) if "public_metrics" in user else {},
    )


def _user_counts(user: dict[str, Any], path: str) -> dict[str, Count]:
    metrics, below = inner(user, "public_metrics", path), child(path, "public_metrics")
    counts = {
        "followers": count(metrics, "followers_count", below),
        "posts": count(metrics, _named(metrics, "post_count", "tweet_count"), below),
    }
    return _some(counts, below)


def read_post(
    post: dict[str, Any],
    path: str,
    observed_at: datetime,
    asked: tuple[str, ...],
    kind: PostType | None,
) -> PostItem:
    """A post of this kind; the fields of `asked` must be there. Raises ShapeError."""
    _require(post, path, asked)
    id_ = ident(post.get("id"), child(path, "id"))
    author, created = post.get("author_id"), post.get("created_at")
    published = None if created is None else instant(created, child(path, "created_at"))
    return PostItem(
        platform="x",
        id=id_,
        account=None if author is None else ident(author, child(path, "author_id")),
        published_at=published,
        type=kind,
        lang=optional_text(post, "lang", path),
        text=optional_text(post, "text", path),
        url=f"https://x.com/i/status/{id_}",
        observed_at=observed_at,
        counts=_post_counts(post, path, kind, published),
    )


def _post_counts(
    post: dict[str, Any], path: str, kind: PostType | None, published: datetime | None
) -> dict[str, Count]:
    metrics = optional_inner(post, "public_metrics", path)
    if kind is PostType.REPOST:
        return dict.fromkeys(POST_COUNTERS, Count.not_offered())
    if metrics is None:
        return dict.fromkeys(POST_COUNTERS, Count.not_read())
    below = child(path, "public_metrics")
    counts = {
        "likes": count(metrics, "like_count", below),
        "comments": count(metrics, "reply_count", below),
        "shares": _shares(metrics, below),
        "views": views_since(count(metrics, "impression_count", below), published),
    }
    if metrics.get("bookmark_count") is not None:
        counts["saves"] = count(metrics, "bookmark_count", below)
    return _some(counts, below)


def views_since(views: Count, published: datetime | None) -> Count:
    """The views of a post, which X counts since `VIEWS_FROM`: of older posts it shows 0 or none."""
    uncounted = published is not None and published < VIEWS_FROM
    return Count.not_offered() if uncounted and not views.value else views


def _shares(metrics: dict[str, Any], path: str) -> Count:
    """Reposts plus quotes; unknown unless both are known, for half a sum would be a wrong one."""
    reposts = optional_whole(metrics, _named(metrics, "repost_count", "retweet_count"), path)
    quotes = optional_whole(metrics, "quote_count", path)
    if reposts is None or quotes is None:
        return Count.not_read()
    return Count(whole(reposts + quotes, path))


def _named(obj: dict[str, Any], new: str, classic: str) -> str:
    return new if obj.get(new) is not None else classic


def _some(counts: dict[str, Count], path: str) -> dict[str, Count]:
    if all(found.value is None for found in counts.values()):
        raise ShapeError(path, "holds none of the counters known here")
    return counts

"""What a post of X is: a repost, a quote, or what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crawler.reading.shape import dig
from model.items import PostType

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

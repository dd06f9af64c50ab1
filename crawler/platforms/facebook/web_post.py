"""A post of www.facebook.com as its pages embed it for visitors without an account.

`Story` says who and when; its counters stand in the `feedback` that names the same post, exact
(`reaction_count.count`) beside localised (`i18n_reaction_count`); exact wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crawler.reading.numbers import parse
from crawler.reading.shape import child, dig, epoch, ident, member, walk, whole
from model.count import Count
from model.items import VIDEO_TYPES, PostItem, PostType
from model.route import Route

Feedbacks = Mapping[str, list[tuple[str, dict[str, Any]]]]
"""Feedback objects with their paths, by the number of the post they are about."""

_INSIDE = re.compile(r"(?:^|[.\]])attached_story(?=[.\[]|$)")
_OF_A_POST = re.compile(r"/(?:posts|videos|reel|permalink|photos)[/.]")
_TYPENAMES = {"Photo": PostType.PHOTO, "Video": PostType.VIDEO}
_KINDS = frozenset({"like", "love", "care", "wow", "haha", "sad", "angry"})


def is_story(obj: dict[str, Any]) -> bool:
    """Whether an object is a post."""
    return obj.get("post_id") is not None and (
        obj.get("__typename") == "Story" or "comet_sections" in obj
    )


def is_feedback(obj: dict[str, Any]) -> bool:
    """Whether an object holds the counters of something."""
    return obj.get("subscription_target_id") is not None and not {
        "reaction_count",
        "i18n_reaction_count",
        "share_count",
        "comment_rendering_instance",
    }.isdisjoint(obj)


def map_story(
    obj: dict[str, Any],
    path: str,
    feedbacks: Feedbacks,
    pages: Mapping[str, str],
    observed_at: datetime,
) -> PostItem:
    """A post; `pages` knows page ids by profile ids. Raises ShapeError."""
    key = ident(obj["post_id"], child(path, "post_id"))
    actor = dig(obj, "actors", 0, "id") or _first(obj, "actors", 0, "id")
    owner = None if actor is None else ident(actor, child(path, "actors[0].id"))
    owner = pages.get(owner, owner) if owner else None
    kind = _type(obj)
    return PostItem(
        platform="facebook",
        id=f"{owner}_{key}" if owner else key,
        account=owner,
        published_at=_published(obj, path),
        type=kind,
        text=_text(obj),
        url=_address(obj),
        observed_at=observed_at,
        source=Route.WEB,
        counts=_counts(feedbacks.get(key, []), kind),
        reactions=_reactions(feedbacks.get(key, [])),
    )


def _of_itself(obj: dict[str, Any], key: str) -> Iterable[tuple[str, dict[str, Any]]]:
    """Objects with a key below a post, but not below a post that it shares."""
    for path, found in walk(obj, lambda o: o.get(key) is not None):
        if not _INSIDE.search(path):
            yield path, found


def _first(obj: dict[str, Any], key: str, *more: str | int) -> Any:
    for _, found in _of_itself(obj, key):
        value = dig(found, key, *more)
        if value is not None:
            return value
    return None


def _published(obj: dict[str, Any], path: str) -> datetime:
    for below, found in _of_itself(obj, "creation_time"):
        return epoch(found["creation_time"], child(child(path, below), "creation_time"))
    return epoch(member(obj, "creation_time", path), child(path, "creation_time"))


def _text(obj: dict[str, Any]) -> str | None:
    text = _first(obj, "message", "text")
    return text if isinstance(text, str) else None


def _address(obj: dict[str, Any]) -> str | None:
    """The post's own address, wherever a section of it is named."""
    for key in ("wwwURL", "permalink_url", "url"):
        for _, found in _of_itself(obj, key):
            address = found[key]
            if isinstance(address, str) and _OF_A_POST.search(address):
                return address
    return None


def _type(obj: dict[str, Any]) -> PostType | None:
    address = str(_address(obj))
    if "/reel/" in address:
        return PostType.REEL
    attachments = [a for _, a in _of_itself(obj, "media")]
    media = [a["media"] for a in attachments if isinstance(a["media"], dict)]
    if any(m.get("is_live_streaming") or m.get("broadcast_status") for m in media):
        return PostType.LIVE
    if _first(obj, "all_subattachments", "nodes", 1) is not None:
        return PostType.ALBUM
    names = [_TYPENAMES.get(str(m.get("__typename"))) for m in media]
    named = next((name for name in names if name is not None), None)
    if named is not None or media:
        return named
    if _first(obj, "external_url") is not None:
        return PostType.LINK
    return PostType.VIDEO if "/videos/" in address else None


def _counts(feedbacks: list[tuple[str, dict[str, Any]]], kind: PostType | None) -> dict[str, Count]:
    views = _best(_views(obj, path) for path, obj in feedbacks)
    if kind is not None and kind not in VIDEO_TYPES:
        views = Count.not_offered()
    return {
        "likes": _best(_shown(obj, path, "reaction") for path, obj in feedbacks),
        "comments": _best(_comments(obj, path) for path, obj in feedbacks),
        "shares": _best(_shown(obj, path, "share") for path, obj in feedbacks),
        "views": views,
    }


def _best(counts: Iterable[Count]) -> Count:
    """The finest of several counts; one answer repeats a post's feedback with fewer fields."""
    known = [count for count in counts if count.value is not None]
    return min(known, key=lambda count: count.step, default=Count.not_read())


def _shown(obj: dict[str, Any], path: str, name: str) -> Count:
    exact = dig(obj, f"{name}_count", "count")
    if exact is not None:
        return Count(whole(exact, f"{child(path, name)}_count.count"))
    return _localised(obj.get(f"i18n_{name}_count"))


def _comments(obj: dict[str, Any], path: str) -> Count:
    for keys in (
        ("comment_rendering_instance", "comments", "total_count"),
        (
            "comments_count_summary_renderer",
            "feedback",
            "comment_rendering_instance",
            "comments",
            "total_count",
        ),
        ("comment_count", "total_count"),
        ("total_comment_count",),
    ):
        total = dig(obj, *keys)
        if total is not None:
            return Count(whole(total, child(path, ".".join(keys))))
    return _localised(obj.get("i18n_comment_count"))


def _views(obj: dict[str, Any], path: str) -> Count:
    for keys in (
        ("video_view_count",),
        ("video_view_count_renderer", "feedback", "video_view_count"),
    ):
        exact = dig(obj, *keys)
        if exact is not None:
            return Count(whole(exact, child(path, ".".join(keys))))
    return _localised(obj.get("i18n_video_view_count"))


def _localised(text: Any) -> Count:
    number = parse(text) if isinstance(text, str) else None
    return Count.not_read() if number is None else Count(number.value, step=number.step)


def _reactions(feedbacks: list[tuple[str, dict[str, Any]]]) -> dict[str, int]:
    """The kinds, where the page lists them with their numbers."""
    reactions: dict[str, int] = {}
    for path, obj in feedbacks:
        edges = dig(obj, "top_reactions", "edges")
        for edge in edges if isinstance(edges, list) else ():
            kind, number = (
                str(dig(edge, "node", "localized_name")).lower(),
                dig(edge, "reaction_count"),
            )
            if kind in _KINDS and number is not None:
                reactions[kind] = whole(number, child(path, "top_reactions.edges.reaction_count"))
    return reactions

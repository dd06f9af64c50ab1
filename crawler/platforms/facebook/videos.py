"""Views of a page's videos, joined to its posts (Graph API reference: Page Videos, Video).

A video's id is not its post's id. They meet in the video's `post_id`, in the post's attachment
(whose target is the video) or in the number at the end of both addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crawler.reading.rows import each
from crawler.reading.shape import (
    array,
    child,
    ident,
    instant,
    mapping,
    member,
    optional_text,
    optional_whole,
)
from model.count import Count
from model.items import VIDEO_TYPES, Mapped, PostItem, PostType

SHAPE = "facebook.videos"
_NUMBER = re.compile(r"/(?:videos|reel|reels|posts|watch)/(?:[^/?]*/)?(\d+)|[?&]v=(\d+)")


@dataclass(frozen=True, slots=True)
class Video:
    """A video as its page lists it; `keys`: every number by which a post may know it."""

    keys: frozenset[str]
    created: datetime
    views: int | None
    live: bool = False
    """Whether it is, or is the recording of, a live broadcast; posts do not tell."""


def listing(document: dict[str, Any]) -> tuple[tuple[Video, ...], tuple[str, ...]]:
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
    known = {key, *_numbers(optional_text(obj, "permalink_url", path))}
    if post is not None:
        known.add(ident(post, child(path, "post_id")).rpartition("_")[2])
    created = instant(member(obj, "created_time", path), child(path, "created_time"))
    return Video(
        keys=frozenset(known),
        created=created,
        views=optional_whole(obj, "views", path),
        live=obj.get("live_status") is not None,
    )


def wanted(document_posts: Iterable[tuple[PostItem, Any]]) -> dict[str, frozenset[str]]:
    """Of posts and the objects they were read from: those whose views are to be found, by keys."""
    return {
        post.id: _keys(post, obj)
        for post, obj in document_posts
        if post.type in VIDEO_TYPES and post.counts["views"].value is None
    }


def _keys(post: PostItem, obj: Any) -> frozenset[str]:
    attachments = _attachments(obj)
    targets = {str(t["id"]) for t in attachments if isinstance(t.get("id"), str | int)}
    addresses = [post.url, *(t.get("url") for t in attachments)]
    numbers = {number for address in addresses for number in _numbers(address)}
    return frozenset({post.id.rpartition("_")[2], *targets, *numbers})


def _attachments(obj: Any) -> list[dict[str, Any]]:
    """The targets of a post's attachments, whatever else is in them."""
    listed = obj.get("attachments") if isinstance(obj, dict) else None
    data = listed.get("data") if isinstance(listed, dict) else None
    targets = [a.get("target") for a in data or () if isinstance(a, dict)]
    return [target for target in targets if isinstance(target, dict)]


def _numbers(address: Any) -> list[str]:
    if not isinstance(address, str):
        return []
    return [first or second for first, second in _NUMBER.findall(address)]


def joined(videos: Iterable[Video], posts: Mapping[str, frozenset[str]]) -> dict[str, Video]:
    """The video of every post that one of the videos belongs to, by post id."""
    by_key = {key: video for video in videos for key in video.keys}
    found: dict[str, Video] = {}
    for post, keys in posts.items():
        video = next((by_key[key] for key in sorted(keys) if key in by_key), None)
        if video is not None:
            found[post] = video
    return found


def with_videos(mapped: Mapped, videos: Mapping[str, Video]) -> Mapped:
    """The same rows, with what their videos tell: views, and that it was a broadcast."""
    posts = tuple(_with(post, videos.get(post.id)) for post in mapped.posts)
    return msgspec.structs.replace(mapped, posts=posts)


def _with(post: PostItem, video: Video | None) -> PostItem:
    if video is None:
        return post
    views = Count.not_read() if video.views is None else Count(video.views)
    kind = PostType.LIVE if video.live and post.type is PostType.VIDEO else post.type
    return msgspec.structs.replace(post, type=kind, counts={**post.counts, "views": views})

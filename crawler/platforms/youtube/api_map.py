"""Answers of the YouTube Data API v3 as rows.

Numbers come as strings; a counter whose key is absent is hidden (ratings hidden, comments closed),
never zero. YouTube publishes no share counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawler.errors import Retry, ShapeError
from crawler.reading import shape
from crawler.reading.rows import each
from model.count import Count
from model.items import AccountItem, Mapped, PostItem, PostType
from model.messages import Outcome

CHANNELS = "youtube#channelListResponse"
UPLOADS = "youtube#playlistItemListResponse"
VIDEOS = "youtube#videoListResponse"

_SHORT_AT_MOST = timedelta(minutes=3)
"""Longest Short since 2024-10-15 (YouTube Help, "Understand three-minute YouTube Shorts")."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_SHORTS_TAG = re.compile(r"#shorts?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A video in an uploads list. Private and deleted ones have no `published_at`."""

    video: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Uploads:
    """One page of an uploads list; `total` counts the whole list."""

    entries: tuple[Upload, ...]
    next: str | None
    total: int | None
    unmapped: tuple[str, ...]


def map_channels(answer: dict[str, Any], observed_at: datetime) -> Mapped:
    """channels.list with the parts snippet and statistics. Raises ShapeError."""
    rows, unmapped = each(
        _items(answer, CHANNELS), "items", lambda item, path: _channel(item, path, observed_at)
    )
    absent = tuple(path for row in rows for path in row[1])
    return Mapped(
        shape="youtube.channels",
        accounts=tuple(row[0] for row in rows),
        unmapped=unmapped + absent,
        next=shape.optional_text(answer, "nextPageToken"),
    )


def map_videos(
    answer: dict[str, Any], observed_at: datetime, *, counted: bool | None = None
) -> Mapped:
    """videos.list with at least the part snippet. Raises ShapeError.

    `counted`: whether the part statistics was asked for, so that every video must have it; None:
    as the answer itself shows.
    """
    found = _items(answer, VIDEOS)
    if counted is None:
        counted = any(shape.dig(item, "statistics") is not None for item in found)
    rows, unmapped = each(
        found, "items", lambda item, path: _video(item, path, observed_at, counted=counted)
    )
    absent = tuple(path for row in rows for path in row[1])
    return Mapped(
        shape="youtube.videos",
        posts=tuple(row[0] for row in rows),
        unmapped=unmapped + absent,
        next=shape.optional_text(answer, "nextPageToken"),
    )


def read_uploads(answer: dict[str, Any]) -> Uploads:
    """playlistItems.list with the part contentDetails or snippet. Raises ShapeError."""
    entries, unmapped = each(_items(answer, UPLOADS), "items", _upload)
    return Uploads(entries, shape.optional_text(answer, "nextPageToken"), _total(answer), unmapped)


def _items(answer: dict[str, Any], kind: str) -> list[Any]:
    """The resources of a list answer of that kind; a list without any may leave the key out.

    Raises ShapeError for another kind, or where neither resources nor their number is given;
    Retry if the answer counts resources and shows none.
    """
    if answer.get("kind", kind) != kind:
        raise ShapeError("kind", f"is not {kind}: {str(answer['kind'])[:60]!r}")
    found = shape.array(answer, "items") if answer.get("items") is not None else None
    number = _total(answer)
    if found is None and number is None:
        raise ShapeError("items", "is missing")
    if not found and number != 0 and not _one_of_several(answer):
        raise Retry(Outcome.EMPTY_UNEXPECTED, f"{kind}: none of {number} resources came")
    return [] if found is None else found


def _one_of_several(answer: dict[str, Any]) -> bool:
    """Whether it is one page of several: such a page may well be empty."""
    return any(isinstance(answer.get(key), str) for key in ("nextPageToken", "prevPageToken"))


def _total(answer: dict[str, Any]) -> int | None:
    """`pageInfo.totalResults`, None if the answer does not tell. Raises ShapeError."""
    info = shape.optional_inner(answer, "pageInfo")
    return None if info is None else shape.optional_whole(info, "totalResults", "pageInfo")


def present(answer: dict[str, Any], kind: str) -> set[str] | None:
    """The ids of all resources of a list answer, mapped or not; None if one has no readable id."""
    found = [shape.dig(item, "id") for item in _items(answer, kind)]
    return set(found) if all(isinstance(item, str) for item in found) else None


def _channel(item: Any, path: str, observed_at: datetime) -> tuple[AccountItem, tuple[str, ...]]:
    """A channel resource, and the paths of counters it should have shown. Raises ShapeError."""
    item = shape.mapping(item, path)
    snippet = shape.optional_inner(item, "snippet", path) or {}
    below = shape.child(path, "snippet")
    created = snippet.get("publishedAt")
    counts, absent = _channel_counts(item, path)
    row = AccountItem(
        platform="youtube",
        id=shape.ident(item.get("id"), shape.child(path, "id")),
        handle=_handle(shape.optional_text(snippet, "customUrl", below)),
        name=shape.optional_text(snippet, "title", below),
        created_at=None if created is None else shape.instant(created, f"{below}.publishedAt"),
        observed_at=observed_at,
        counts=counts,
    )
    return row, absent


def _channel_counts(item: dict[str, Any], path: str) -> tuple[dict[str, Count], tuple[str, ...]]:
    statistics = shape.optional_inner(item, "statistics", path)
    if statistics is None:
        return {"followers": Count.not_read(), "posts": Count.not_read()}, ()
    below = shape.child(path, "statistics")
    hidden = shape.flag(statistics, "hiddenSubscriberCount", below)
    counts = {
        "followers": Count.hidden() if hidden else _subscribers(statistics, below),
        "posts": shape.count(statistics, "videoCount", below),
        "views": shape.count(statistics, "viewCount", below),
    }
    keys = {"followers": "subscriberCount", "posts": "videoCount", "views": "viewCount"}
    absent = [keys[name] for name in counts if keys[name] not in statistics]
    if hidden and "subscriberCount" in absent:
        absent.remove("subscriberCount")
    return counts, tuple(f"{below}.{key}" for key in absent)


def _subscribers(statistics: dict[str, Any], path: str) -> Count:
    """Rounded down to three significant figures (Data API v3, channels, since 2019-09-10).

    Older answers hold exact numbers, which their digits give away.
    """
    value = shape.optional_whole(statistics, "subscriberCount", path)
    if value is None:
        return Count.not_read()
    step = 10 ** max(len(str(value)) - 3, 0)
    return Count(value, step=step if value % step == 0 else 1)


def _handle(custom: str | None) -> str | None:
    return None if custom is None else custom.removeprefix("@")


def _video(
    item: Any, path: str, observed_at: datetime, *, counted: bool
) -> tuple[PostItem, tuple[str, ...]]:
    """A video resource, and the paths of counters it should have shown. Raises ShapeError."""
    item = shape.mapping(item, path)
    snippet, below = shape.inner(item, "snippet", path), shape.child(path, "snippet")
    identity = shape.ident(item.get("id"), shape.child(path, "id"))
    counts, absent = _video_counts(item, path, counted=counted)
    row = PostItem(
        platform="youtube",
        id=identity,
        account=shape.optional_text(snippet, "channelId", below),
        published_at=shape.instant(snippet.get("publishedAt"), f"{below}.publishedAt"),
        type=_type(item, snippet),
        lang=_language(snippet),
        text=shape.optional_text(snippet, "title", below),
        url=f"https://www.youtube.com/watch?v={identity}",
        observed_at=observed_at,
        counts=counts,
    )
    return row, absent


def _video_counts(
    item: dict[str, Any], path: str, *, counted: bool
) -> tuple[dict[str, Count], tuple[str, ...]]:
    none = Count.not_read()
    if not counted:
        counts = {"likes": none, "comments": none, "shares": Count.not_offered(), "views": none}
        return counts, ()
    statistics, below = shape.inner(item, "statistics", path), shape.child(path, "statistics")
    counts = {
        "likes": shape.count(statistics, "likeCount", below, absent=Count.hidden),
        "comments": shape.count(statistics, "commentCount", below, absent=Count.hidden),
        "shares": Count.not_offered(),
        "views": shape.count(statistics, "viewCount", below),
    }
    absent = (f"{below}.viewCount",) if counts["views"].value is None else ()
    return counts, absent


def _type(item: dict[str, Any], snippet: dict[str, Any]) -> PostType:
    """Live if it was or will be broadcast (premieres too), else video or short.

    The API does not say what is a Short. A video of at most three minutes that its owner tags
    "#shorts" is taken for one; all others are called videos, among them many Shorts. For sums
    that makes no difference: both are videos.
    """
    if item.get("liveStreamingDetails") is not None:
        return PostType.LIVE
    if snippet.get("liveBroadcastContent") in ("live", "upcoming"):
        return PostType.LIVE
    length = _duration(shape.dig(item, "contentDetails", "duration"))
    texts = (snippet.get("title"), snippet.get("description"))
    tagged = any(isinstance(text, str) and _SHORTS_TAG.search(text) for text in texts)
    if tagged and length is not None and timedelta() < length <= _SHORT_AT_MOST:
        return PostType.SHORT
    return PostType.VIDEO


def _duration(value: Any) -> timedelta | None:
    """An ISO 8601 duration as the API writes it, e.g. PT3M7S or P1DT2H; None if it is none."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and len(value) < 30 else None
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part) if part else 0.0 for part in match.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def _language(snippet: dict[str, Any]) -> str | None:
    for key in ("defaultAudioLanguage", "defaultLanguage"):
        if isinstance(snippet.get(key), str):
            return str(snippet[key])
    return None


def _upload(item: Any, path: str) -> Upload:
    """`contentDetails.videoPublishedAt` is the video's own time; the snippet's `publishedAt` is
    when the video entered the list."""
    item = shape.mapping(item, path)
    video_id = shape.dig(item, "contentDetails", "videoId")
    if video_id is None:
        video_id = shape.dig(item, "snippet", "resourceId", "videoId")
    published = shape.dig(item, "contentDetails", "videoPublishedAt")
    below = shape.child(path, "contentDetails")
    return Upload(
        shape.ident(video_id, f"{below}.videoId"),
        None if published is None else shape.instant(published, f"{below}.videoPublishedAt"),
    )

"""Channels, playlist items and videos in the shapes of YouTube Data API v3.

Counts are strings. A channel's subscribers are rounded down to three significant figures. Hidden
likes and closed comments leave their key out; there is no count of shares.
"""

from __future__ import annotations

import base64
import hashlib
import zlib

from model.items import PostType
from sandbox.service.exchange import JsonObject
from sandbox.service.limits import DAY, HOUR
from sandbox.world.model import SECOND, WorldAccount, WorldPost, to_moment

_SIZES = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}
_DISPLACED = 16
"""One upload in so many stands below its date, as premieres and scheduled videos do."""
_DISPLACEMENT = 72
"""By less than so many hours."""
_LENGTHS = {PostType.SHORT: (15, 45), PostType.LIVE: (1800, 5400)}
_LENGTH = (60, 1140)


def etag(*parts: str) -> str:
    """A tag that changes when any of its parts does."""
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=20).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def three_figures(number: int) -> int:
    """Rounded down to three significant figures."""
    step = int(10 ** max(len(str(number)) - 3, 0))
    return number // step * step


def video_title(post: WorldPost) -> str:
    """A video's title: the first line of its text."""
    return post.text.strip().partition("\n")[0][:100] or f"Video {post.id}"


def shelf_key(post: WorldPost) -> tuple[int, str]:
    """The place in the uploads playlist, by which it is newest first, but not strictly."""
    mix = zlib.crc32(post.id.encode())
    if mix % _DISPLACED == 0:
        return post.published - mix // _DISPLACED % _DISPLACEMENT * HOUR, post.id
    return post.published, post.id


def listed_in_uploads(post: WorldPost, now: int) -> bool:
    """Whether the playlist has an entry: for deleted videos it may stay for another day."""
    return post.visible(now) or _lingers(post, now)


def _lingers(post: WorldPost, now: int) -> bool:
    return post.gone <= now < post.gone + DAY and post.published < post.gone


def channel_body(account: WorldAccount, handle: str, parts: frozenset[str], now: int) -> JsonObject:
    """One channel."""
    counters = account.counters
    tag = etag(account.id, handle, str(counters.step(now)))
    item: JsonObject = {"kind": "youtube#channel", "etag": tag, "id": account.id}
    if "snippet" in parts:
        item["snippet"] = {
            "title": account.name,
            "description": f"Official channel of {account.name}.",
            "customUrl": f"@{handle.lower()}",
            "publishedAt": _time(account.created),
            "thumbnails": _thumbnails(account.id),
            "localized": {"title": account.name, "description": ""},
            "country": "CN",
        }
    if "contentDetails" in parts:
        uploads = f"UU{account.id[2:]}"
        item["contentDetails"] = {"relatedPlaylists": {"likes": "", "uploads": uploads}}
    if "statistics" in parts:
        item["statistics"] = _channel_statistics(counters.at(now))
    if "status" in parts:
        item["status"] = {"privacyStatus": "public", "isLinked": True, "madeForKids": False}
    if "brandingSettings" in parts:
        item["brandingSettings"] = {"channel": {"title": account.name, "country": "CN"}}
    return item


def _channel_statistics(shown: dict[str, int]) -> JsonObject:
    statistics: JsonObject = {}
    if "views" in shown:
        statistics["viewCount"] = str(shown["views"])
    if "followers" in shown:
        statistics["subscriberCount"] = str(three_figures(shown["followers"]))
    statistics["hiddenSubscriberCount"] = "followers" not in shown
    if "posts" in shown:
        statistics["videoCount"] = str(shown["posts"])
    return statistics


def video_body(post: WorldPost, parts: frozenset[str], now: int) -> JsonObject:
    """One video. Parts that do not apply to it are left out."""
    face = post.face or _face(post)
    tag = etag(post.id, str(post.counters.step(now)), *sorted(parts))
    item: JsonObject = {"kind": "youtube#video", "etag": tag, "id": post.id}
    for part in parts & face.keys():
        item[part] = face[part]
    if "statistics" in parts:
        item["statistics"] = _video_statistics(post.counters.at(now))
    return item


def _video_statistics(shown: dict[str, int]) -> JsonObject:
    statistics: JsonObject = {}
    if "views" in shown:
        statistics["viewCount"] = str(shown["views"])
    if "likes" in shown:
        statistics["likeCount"] = str(shown["likes"])
    statistics["favoriteCount"] = "0"
    if "comments" in shown:
        statistics["commentCount"] = str(shown["comments"])
    return statistics


def _face(post: WorldPost) -> JsonObject:
    """The parts of a video that never change."""
    low, span = _LENGTHS.get(post.type, _LENGTH)
    seconds = low + zlib.crc32(post.id.encode()) % span
    face: JsonObject = {
        "snippet": _snippet(post),
        "contentDetails": {
            "duration": _duration(seconds),
            "dimension": "2d",
            "definition": "hd",
            "caption": "false",
            "licensedContent": False,
            "contentRating": {},
            "projection": "rectangular",
        },
        "status": {
            "uploadStatus": "processed",
            "privacyStatus": "public",
            "license": "youtube",
            "embeddable": True,
            "publicStatsViewable": True,
            "madeForKids": False,
        },
    }
    if post.type is PostType.LIVE:
        face["liveStreamingDetails"] = {
            "actualStartTime": _time(post.published),
            "actualEndTime": _time(post.published + seconds * SECOND),
            "scheduledStartTime": _time(post.published),
        }
    post.face = face
    return face


def _snippet(post: WorldPost) -> JsonObject:
    title = video_title(post)
    snippet: JsonObject = {
        "publishedAt": _time(post.published),
        "channelId": post.account.id,
        "title": title,
        "description": post.text,
        "thumbnails": _thumbnails(post.id),
        "channelTitle": post.account.name,
        "categoryId": "19",
        "liveBroadcastContent": "none",
        "localized": {"title": title, "description": post.text},
    }
    if post.lang and post.lang != "und":
        snippet["defaultAudioLanguage"] = post.lang
    return snippet


def playlist_item(post: WorldPost, position: int, parts: frozenset[str], now: int) -> JsonObject:
    """One entry of an uploads playlist; that of a deleted video has no publication time."""
    gone = not post.visible(now)
    playlist = f"UU{post.account.id[2:]}"
    item: JsonObject = {
        "kind": "youtube#playlistItem",
        "etag": etag(playlist, post.id, str(gone)),
        "id": base64.urlsafe_b64encode(f"{playlist}.{post.id}".encode()).decode().rstrip("="),
    }
    if "contentDetails" in parts:
        details = {"videoId": post.id}
        item["contentDetails"] = (
            details if gone else {**details, "videoPublishedAt": _time(post.published)}
        )
    if "status" in parts:
        # The discovery document knows public, unlisted and private, and nothing for the deleted.
        item["status"] = {"privacyStatus": "private" if gone else "public"}
    if "snippet" in parts:
        item["snippet"] = {
            "publishedAt": _time(post.published),
            "channelId": post.account.id,
            "title": "Deleted video" if gone else video_title(post),
            "description": "This video is unavailable." if gone else post.text,
            "thumbnails": {} if gone else _thumbnails(post.id),
            "channelTitle": post.account.name,
            "playlistId": playlist,
            "position": position,
            "resourceId": {"kind": "youtube#video", "videoId": post.id},
        }
    return item


def search_result(post: WorldPost) -> JsonObject:
    """One result of a search for videos."""
    face = post.face or _face(post)
    return {
        "kind": "youtube#searchResult",
        "etag": etag("search", post.id),
        "id": {"kind": "youtube#video", "videoId": post.id},
        "snippet": {
            name: value
            for name, value in face["snippet"].items()
            if name not in ("categoryId", "localized", "defaultAudioLanguage")
        },
    }


def _thumbnails(subject_id: str) -> JsonObject:
    return {
        name: {
            "url": f"https://i.ytimg.com/vi/{subject_id}/{name}.jpg",
            "width": width,
            "height": height,
        }
        for name, (width, height) in _SIZES.items()
    }


def _time(instant: int) -> str:
    return f"{to_moment(instant):%Y-%m-%dT%H:%M:%SZ}"


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return "PT" + "".join(
        f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if value
    )

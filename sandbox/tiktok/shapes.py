"""Users and videos in the shapes of TikTok's Research API; ids are 64-bit JSON numbers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from sandbox.service.exchange import JsonObject, word_set
from sandbox.world.directory import Directory
from sandbox.world.model import SECOND, WorldAccount, WorldPost

USER_FIELDS = word_set(
    "display_name bio_description avatar_url is_verified follower_count following_count "
    "likes_count video_count bio_url"
)
VIDEO_FIELDS = word_set(
    "id video_description create_time region_code share_count view_count like_count "
    "comment_count music_id hashtag_names username effect_ids playlist_id voice_to_text "
    "is_stem_verified video_duration hashtag_info_list sticker_info_list effect_info_list "
    "video_mention_list video_label video_tag favorites_count"
)
_COUNTS = {
    "likes": "like_count",
    "comments": "comment_count",
    "shares": "share_count",
    "views": "view_count",
    "saves": "favorites_count",
}
_ACCOUNT_COUNTS = {
    "followers": "follower_count",
    "likes": "likes_count",
    "posts": "video_count",
}
_REGIONS = ("US", "GB", "SG", "JP")
_HASHTAG = re.compile(r"#(\w+)")
_SHORT_PAGES = 3
"""A page that is not the last lacks up to so many rows (exclusive), as filtered ones do."""


def region(account: WorldAccount) -> str:
    """Where the account was registered."""
    return _REGIONS[zlib.crc32(account.id.encode()) % len(_REGIONS)]


def _duration(post: WorldPost) -> int:
    return 8 + zlib.crc32(post.id.encode()) % 170


def length_class(post: WorldPost) -> str:
    """SHORT (< 15 s), MID (to 60 s), LONG (to 5 min)."""
    seconds = _duration(post)
    return "SHORT" if seconds < 15 else "MID" if seconds <= 60 else "LONG"


def page_length(start: int, size: int, total: int) -> int:
    """How many rows a page takes."""
    if start + size >= total or size < 10:
        return max(min(size, total - start), 0)
    return size - (start // size) % _SHORT_PAGES


def user_body(account: WorldAccount, fields: frozenset[str], now: int) -> JsonObject:
    """One user. There is no id in this answer."""
    full: JsonObject = {
        "display_name": account.name,
        "bio_description": f"Official account of {account.name}.",
        "avatar_url": "https://p16-sign.tiktokcdn.com/sandbox.webp",
        "is_verified": True,
        "following_count": zlib.crc32(account.id.encode()) % 500,
        "bio_url": "",
    }
    shown = account.shown(now)
    full.update({_ACCOUNT_COUNTS[name]: shown[name] for name in shown.keys() & _ACCOUNT_COUNTS})
    return {name: value for name, value in full.items() if name in fields}


def video_bodies(
    posts: Sequence[WorldPost], directory: Directory, fields: frozenset[str], now: int
) -> list[JsonObject]:
    """Videos, in the order given."""
    rows = []
    for post in posts:
        face = post.face or _face(post)
        row = {name: value for name, value in face.items() if name in fields}
        shown = post.counters.at(now)
        for name, field in _COUNTS.items():
            if field in fields and name in shown:
                row[field] = shown[name]
        if "username" in fields:
            row["username"] = directory.handle(post.account)
        rows.append(row)
    return rows


def _face(post: WorldPost) -> JsonObject:
    post.face = {
        "id": int(post.id),
        "video_description": post.text,
        "create_time": post.published // SECOND,
        "region_code": region(post.account),
        "music_id": int(post.id) - 1,
        "hashtag_names": _HASHTAG.findall(post.text),
        "effect_ids": ["0"],
        "voice_to_text": "",
        "is_stem_verified": False,
        "video_duration": _duration(post),
    }
    return post.face

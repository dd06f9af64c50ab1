"""Users and posts in the layouts of TikTok's pages, and the signature of their calls."""

from __future__ import annotations

import base64
import hashlib

from sandbox.service.exchange import JsonObject
from sandbox.service.pages import escape
from sandbox.service.words import rounded
from sandbox.world.model import SECOND, WorldAccount, WorldPost

_NO_USER = 10221
_FNV_PRIME, _FNV_START = 16_777_619, 2_166_136_261
_COUNTS = {
    "likes": "diggCount",
    "comments": "commentCount",
    "shares": "shareCount",
    "views": "playCount",
    "saves": "collectCount",
}
_APP_COUNTS = {
    "likes": "digg_count",
    "comments": "comment_count",
    "shares": "share_count",
    "views": "play_count",
    "saves": "collect_count",
}
_ACCOUNT_COUNTS = {"followers": "followerCount", "likes": "heartCount", "posts": "videoCount"}


def query_signature(text: str) -> str:
    """What the page's script signs a call with: FNV-1a of its sorted parameters."""
    value = _FNV_START
    for byte in text.encode():
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return f"{value:08x}"


def secret_id(account: WorldAccount) -> str:
    digest = hashlib.sha256(account.id.encode()).digest()
    return f"MS4wLjABAAAA{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def user_detail(account: WorldAccount | None, handle: str, now: int) -> JsonObject:
    """The account with its numbers, as pages and scripts have it; None: there is no such one."""
    if account is None:
        return {"statusCode": _NO_USER, "statusMsg": "", "userInfo": {}}
    shown = account.shown(now)
    named = {key: shown[name] for name, key in _ACCOUNT_COUNTS.items() if name in shown}
    if "heartCount" in named:
        named["heart"] = named["heartCount"]
    info = {
        "user": web_user_body(account, handle),
        "stats": {key: rounded(value) for key, value in named.items()},
        "statsV2": {key: str(value) for key, value in named.items()},
        "itemList": [],
    }
    return {"statusCode": 0, "statusMsg": "", "userInfo": info}


def web_user_body(account: WorldAccount, handle: str) -> JsonObject:
    return {
        "id": account.id,
        "uniqueId": handle,
        "nickname": account.name,
        "signature": f"Official account of {account.name}.",
        "createTime": account.created // SECOND,
        "verified": True,
        "secUid": secret_id(account),
        "privateAccount": False,
        "secret": False,
    }


def item_body(post: WorldPost, handle: str, now: int) -> JsonObject:
    """One post: rounded numbers in `stats`, exact strings in `statsV2`, saves as either."""
    shown = post.counters.at(now)
    named = {key: shown[name] for name, key in _COUNTS.items() if name in shown}
    stats: JsonObject = {key: rounded(value) for key, value in named.items()}
    if "collectCount" in named:
        stats["collectCount"] = str(named["collectCount"])
    author = {"id": post.account.id, "uniqueId": handle, "nickname": post.account.name}
    item: JsonObject = {
        "id": post.id,
        "desc": post.text,
        "createTime": post.published // SECOND,
        "author": author,
        "stats": stats,
        "statsV2": {**{key: str(value) for key, value in named.items()}, "repostCount": "0"},
        "video": {"id": post.id, "duration": 15, "ratio": "720p"},
        "textLanguage": post.lang if post.lang != "und" else "un",
    }
    if post.pinned:
        item["isPinnedItem"] = True
    return item


def app_post(post: WorldPost, handle: str, now: int) -> JsonObject:
    """One post as the app has it, with exact numbers."""
    shown = post.counters.at(now)
    counts = {key: shown[name] for name, key in _APP_COUNTS.items() if name in shown}
    author = {"uid": post.account.id, "unique_id": handle, "nickname": post.account.name}
    return {
        "aweme_id": post.id,
        "desc": post.text,
        "create_time": post.published // SECOND,
        "author_user_id": int(post.account.id),
        "author": author,
        "statistics": {"aweme_id": post.id, **counts, "forward_count": 0, "download_count": 0},
        "is_top": int(post.pinned),
    }


def video_article(post: WorldPost, stats: dict[str, str]) -> str:
    """What people see of a video's page."""
    text = escape(post.text)
    numbers = " · ".join(escape(f"{name} {value}") for name, value in stats.items())
    return (
        f'<article data-e2e="recommend-list-item-container"><div data-e2e="browse-video"></div>'
        f'<h1 data-e2e="browse-video-desc">{text}</h1><p>{escape(post.account.name)}</p>'
        f"<p>{numbers}</p></article>"
    )

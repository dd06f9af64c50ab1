"""TikTok's public pages: profiles with their state, the posts they fetch on scrolling, videos.

Pinned posts come first, whatever their age. Numbers in `stats` are rounded, the strings of
`statsV2` are exact. A call that the page's own script did not sign is answered with HTTP 200 and
an empty body.
"""

from __future__ import annotations

import base64
import hashlib

from sandbox.service.exchange import BadParameter, Json, Reply, Request, whole
from sandbox.service.pages import Site, data, escape, page, script
from sandbox.service.services import Call, Endpoint
from sandbox.service.words import rounded
from sandbox.world.model import NEVER, SECOND, Account, Post

_STATE = 'id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json"'
_MOST = 35
_MILLISECOND = 1_000
_NO_USER, _NO_ITEM = 10221, 10204
_FNV_PRIME, _FNV_START = 16_777_619, 2_166_136_261
_COUNTS = {
    "likes": "diggCount",
    "comments": "commentCount",
    "shares": "shareCount",
    "views": "playCount",
    "saves": "collectCount",
}
_ACCOUNT_COUNTS = {"followers": "followerCount", "likes": "heartCount", "posts": "videoCount"}


class TikTokSite(Site):
    """Profiles, their lists of posts, and videos."""

    name = "tiktok"
    login_title = "Log in | TikTok"
    challenge_title = "TikTok - Make Your Day"
    challenge_body = '<div id="captcha-verify" class="captcha_verify_container"></div>'

    def endpoints(self) -> list[Endpoint]:
        """Below `/web/tiktok`."""
        root = "/web/tiktok"
        return [
            Endpoint("profile", f"{root}/@{{handle}}", self.profile, open=True),
            Endpoint("video", f"{root}/@{{handle}}/video/{{id}}", self.video, open=True),
            Endpoint("item_list", f"{root}/api/post/item_list/", self.item_list, open=True),
            Endpoint("user_detail", f"{root}/api/user/detail/", self.user_detail, open=True),
        ]

    def profile(self, turn: Call) -> Reply:
        """GET /@name: the account in the page's state, the posts by the page's script."""
        account = self.stage.directory.by_handle("tiktok", turn.ask.parts["handle"])
        detail = self._detail(account, turn.now)
        state = {"__DEFAULT_SCOPE__": {"webapp.user-detail": detail}}
        name = escape(account.name) if account is not None else "Couldn't find this account"
        body = f'<h1 data-e2e="user-title">{name}</h1><div data-e2e="user-post-item-list"></div>'
        return page(f"{name} | TikTok", f"{body}{data(state, _STATE)}{script('tiktok')}")

    def _detail(self, account: Account | None, now: int) -> Json:
        if account is None:
            return {"statusCode": _NO_USER, "statusMsg": "", "userInfo": {}}
        handle = self.stage.directory.handle(account)
        shown = account.counters.at(now)
        named = {key: shown[name] for name, key in _ACCOUNT_COUNTS.items() if name in shown}
        if "heartCount" in named:
            named["heart"] = named["heartCount"]
        info = {
            "user": _user(account, handle),
            "stats": {key: rounded(value) for key, value in named.items()},
            "statsV2": {key: str(value) for key, value in named.items()},
            "itemList": [],
        }
        return {"statusCode": 0, "statusMsg": "", "userInfo": info}

    def user_detail(self, turn: Call) -> Reply:
        """GET /api/user/detail/?uniqueId=…, signed."""
        if not _signed(turn.ask):
            return _nothing()
        name = turn.ask.params.get("uniqueId", "")
        account = self.stage.directory.by_handle("tiktok", name)
        return Reply(self._detail(account, turn.now))

    def item_list(self, turn: Call) -> Reply:
        """GET /api/post/item_list/?secUid&count&cursor, signed: newest first, pinned before."""
        ask = turn.ask
        account = self._by_secret(ask.params.get("secUid", ""))
        try:
            size = whole(ask, "count", 30, 1, _MOST)
            cursor = whole(ask, "cursor", 0, 0, NEVER // _MILLISECOND)
        except BadParameter:
            return _nothing()
        if account is None or not _signed(ask):
            return _nothing()
        posts = account.visible(turn.now)[::-1]
        older = [p for p in posts if not p.pinned and _older(p, cursor)]
        listed = older[:size]
        more = len(older) > size
        pinned = [post for post in posts if post.pinned] if cursor == 0 else []
        handle = self.stage.directory.handle(account)
        items = [_item(post, handle, turn.now) for post in (*pinned, *listed)]
        onward = str(listed[-1].published // _MILLISECOND) if more else "-1"
        payload = {"cursor": onward, "hasMore": more, "itemList": items, "statusCode": 0}
        return Reply({**payload, "status_code": 0, "status_msg": ""}, rows=items)

    def _by_secret(self, secret: str) -> Account | None:
        everybody = self.stage.directory.world.accounts["tiktok"].values()
        found = next((account for account in everybody if _sec_uid(account) == secret), None)
        return self.stage.directory.account("tiktok", found.id) if found is not None else None

    def video(self, turn: Call) -> Reply:
        """GET /@name/video/…"""
        post = self.stage.directory.post("tiktok", turn.ask.parts["id"], turn.now)
        detail: Json = {"statusCode": _NO_ITEM, "statusMsg": "item doesn't exist"}
        body = "<p>Video currently unavailable</p>"
        if post is not None:
            handle = self.stage.directory.handle(post.account)
            item = _item(post, handle, turn.now)
            item["createTime"] = str(item["createTime"])
            detail = {"statusCode": 0, "statusMsg": "", "itemInfo": {"itemStruct": item}}
            body = _shown(post, item["statsV2"])
        state = {"__DEFAULT_SCOPE__": {"webapp.video-detail": detail}}
        return page("TikTok", f"{body}{data(state, _STATE)}", rows=post is not None)


def _older(post: Post, cursor: int) -> bool:
    return cursor == 0 or post.published // _MILLISECOND < cursor


def _nothing() -> Reply:
    """HTTP 200 and an empty body: how unsigned calls are turned away."""
    return Reply(b"")


def _signed(ask: Request) -> bool:
    """Whether the call carries the page script's signature of its other parameters."""
    params = {name: value for name, value in ask.params.items() if name != "X-Bogus"}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return bool(params) and ask.params.get("X-Bogus") == signature(text)


def signature(text: str) -> str:
    """What the page's script signs a call with: FNV-1a of its sorted parameters."""
    value = _FNV_START
    for byte in text.encode():
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return f"{value:08x}"


def _sec_uid(account: Account) -> str:
    digest = hashlib.sha256(account.id.encode()).digest()
    return f"MS4wLjABAAAA{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _user(account: Account, handle: str) -> Json:
    return {
        "id": account.id,
        "uniqueId": handle,
        "nickname": account.name,
        "signature": f"Official account of {account.name}.",
        "createTime": account.created // SECOND,
        "verified": True,
        "secUid": _sec_uid(account),
        "privateAccount": False,
        "secret": False,
    }


def _item(post: Post, handle: str, now: int) -> Json:
    """One post: rounded numbers in `stats`, exact strings in `statsV2`, saves as either."""
    shown = post.counters.at(now)
    named = {key: shown[name] for name, key in _COUNTS.items() if name in shown}
    stats: Json = {key: rounded(value) for key, value in named.items()}
    if "collectCount" in named:
        stats["collectCount"] = str(named["collectCount"])
    author = {"id": post.account.id, "uniqueId": handle, "nickname": post.account.name}
    item: Json = {
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


def _shown(post: Post, stats: dict[str, str]) -> str:
    """What people see of a video's page."""
    text = escape(post.text)
    numbers = " · ".join(escape(f"{name} {value}") for name, value in stats.items())
    return (
        f'<article data-e2e="recommend-list-item-container"><div data-e2e="browse-video"></div>'
        f'<h1 data-e2e="browse-video-desc">{text}</h1><p>{escape(post.account.name)}</p>'
        f"<p>{numbers}</p></article>"
    )

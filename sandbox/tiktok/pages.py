"""TikTok's public pages: profiles with their state, the posts they fetch on scrolling, videos.

Pinned posts come first, whatever their age. Numbers in `stats` are rounded, the strings of
`statsV2` are exact. A call that the page's own script did not sign is answered with HTTP 200 and
an empty body.
"""

from __future__ import annotations

from sandbox.service.exchange import BadParameter, JsonObject, PlatformRequest, Reply, whole_number
from sandbox.service.pages import Pieces, Site, escape, html_page, json_script, script
from sandbox.service.platform import Endpoint, ServedCall
from sandbox.tiktok import page_shapes as shapes
from sandbox.tiktok.limits import TikTokLimits
from sandbox.world.model import NEVER, WorldAccount, WorldPost

_STATE = 'id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json"'
_MOST = 35
_MILLISECOND = 1_000
_NO_ITEM = 10204


class TikTokSite(Site):
    """Profiles, their lists of posts, and videos."""

    name = "tiktok"
    login_title = "Log in | TikTok"
    challenge_title = "TikTok - Make Your Day"
    challenge_body = '<div id="captcha-verify" class="captcha_verify_container"></div>'

    def endpoints(self) -> list[Endpoint]:
        """Pages, and what their scripts ask for."""
        return [
            self.endpoint("profile", "/@{handle}", self.profile),
            self.endpoint("video", "/@{handle}/video/{id}", self.video),
            self.endpoint("item_list", "/api/post/item_list/", self.item_list),
            self.endpoint("user_detail", "/api/user/detail/", self.user_detail),
        ]

    def profile(self, call: ServedCall) -> Reply:
        """GET /@name: the account in the page's state, the posts by the page's script."""
        account = self.by_handle(call.request.parts["handle"])
        detail = self._detail(account, call.now)
        state = {"__DEFAULT_SCOPE__": {"webapp.user-detail": detail}}
        name = escape(account.name) if account is not None else "Couldn't find this account"
        body = f'<h1 data-e2e="user-title">{name}</h1><div data-e2e="user-post-item-list"></div>'
        pieces: Pieces = [body, json_script(state, _STATE), script("tiktok")]
        return html_page(f"{name} | TikTok", pieces)

    def _detail(self, account: WorldAccount | None, now: int) -> JsonObject:
        handle = self.directory.handle(account) if account is not None else ""
        return shapes.user_detail(account, handle, now)

    def user_detail(self, call: ServedCall) -> Reply:
        """GET /api/user/detail/?uniqueId=…, signed."""
        if not _signed(call.request):
            return _nothing()
        name = call.request.params.get("uniqueId", "")
        detail = self._detail(self.by_handle(name), call.now)
        if self._as_app and detail["userInfo"]:
            return Reply(detail["userInfo"])
        return Reply(detail)

    @property
    def _as_app(self) -> bool:
        return self.services.limits.of(TikTokLimits).page_layout == "app"

    def item_list(self, call: ServedCall) -> Reply:
        """GET /api/post/item_list/?secUid&count&cursor, signed: newest first, pinned before."""
        request = call.request
        account = self._by_secret(request.params.get("secUid", ""))
        try:
            size = whole_number(request, "count", 30, 1, _MOST)
            cursor = whole_number(request, "cursor", 0, 0, NEVER // _MILLISECOND)
        except BadParameter:
            return _nothing()
        if account is None or not _signed(request):
            return _nothing()
        ceiling = self.services.limits.of(TikTokLimits).posts_listed
        posts = account.visible(call.now)[::-1][:ceiling]
        older = [p for p in posts if not p.pinned and _older(p, cursor)]
        listed = older[:size]
        more = len(older) > size
        pinned = [post for post in posts if post.pinned] if cursor == 0 else []
        handle = self.directory.handle(account)
        if self._as_app:
            rows = [shapes.app_post(post, handle, call.now) for post in (*pinned, *listed)]
            last = listed[-1].published // _MILLISECOND if more else 0
            app = {"status_code": 0, "has_more": int(more), "cursor": last, "aweme_list": rows}
            return Reply(app, rows=rows)
        items = [shapes.item_body(post, handle, call.now) for post in (*pinned, *listed)]
        onward = str(listed[-1].published // _MILLISECOND) if more else "-1"
        payload = {"cursor": onward, "hasMore": more, "itemList": items, "statusCode": 0}
        return Reply({**payload, "status_code": 0, "status_msg": ""}, rows=items)

    def _by_secret(self, secret: str) -> WorldAccount | None:
        everybody = self.directory.world.accounts["tiktok"].values()
        found = next(
            (account for account in everybody if shapes.secret_id(account) == secret), None
        )
        return self.account(found.id) if found is not None else None

    def video(self, call: ServedCall) -> Reply:
        """GET /@name/video/…"""
        post = self.find_post(call.request.parts["id"], call.now)
        detail: JsonObject = {"statusCode": _NO_ITEM, "statusMsg": "item doesn't exist"}
        body = "<p>Video currently unavailable</p>"
        if post is not None:
            handle = self.directory.handle(post.account)
            item = shapes.item_body(post, handle, call.now)
            item["createTime"] = str(item["createTime"])
            detail = {"statusCode": 0, "statusMsg": "", "itemInfo": {"itemStruct": item}}
            body = shapes.video_article(post, item["statsV2"])
        state = {"__DEFAULT_SCOPE__": {"webapp.video-detail": detail}}
        return html_page("TikTok", [body, json_script(state, _STATE)], rows=post is not None)


def _older(post: WorldPost, cursor: int) -> bool:
    return cursor == 0 or post.published // _MILLISECOND < cursor


def _nothing() -> Reply:
    """HTTP 200 and an empty body: how unsigned calls are turned away."""
    return Reply(b"")


def _signed(request: PlatformRequest) -> bool:
    """Whether the call carries the page script's signature of its other parameters."""
    params = {name: value for name, value in request.params.items() if name != "X-Bogus"}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return bool(params) and request.params.get("X-Bogus") == shapes.query_signature(text)

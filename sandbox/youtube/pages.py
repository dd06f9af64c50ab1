"""YouTube's public pages: the channel's feed, its tabs, and watch pages.

The feed holds the 15 newest videos with exact views and likes. Tabs hold 30 videos (48 shorts) a
page; views are exact in the videos tab and rounded in the shorts tab, dates are relative. The
watch page holds exact views and likes, and comments that are rounded from 1,000 on.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, urlencode

import msgspec

from model.items import PostType
from sandbox.service.exchange import HTML_TYPE, JsonObject, PlatformRequest, Refused, Reply
from sandbox.service.faults import Fault, FaultKind
from sandbox.service.pages import AGREED, EmbeddedJson, Site, escape, html_page, script
from sandbox.service.platform import Endpoint, ServedCall
from sandbox.world.model import WorldAccount, WorldPost
from sandbox.youtube import page_shapes as shapes
from sandbox.youtube.feed import feed_document
from sandbox.youtube.limits import YouTubeLimits

_FEED = 15
_LISTED = 100
_PAGE = {"videos": 30, "shorts": 48, "streams": 30}
_TYPES = {"videos": PostType.VIDEO, "shorts": PostType.SHORT, "streams": PostType.LIVE}
_GRID = '<div id="contents" style="min-height: 2000px"></div>'
_AGREE = "/web/youtube/save"
Address = tuple[str, str, int]
"""Channel id, tab, and place of the first video of a page."""


class YouTubeSite(Site):
    """Feeds, channel pages and watch pages."""

    name = "youtube"
    login_title = "Sign in - Google Accounts"
    login_body = '<a href="https://accounts.google.com/ServiceLogin">Sign in</a>'
    challenge_title = "Sorry..."
    challenge_body = '<div class="g-recaptcha">Our systems have detected unusual traffic.</div>'

    def endpoints(self) -> list[Endpoint]:
        """Feeds, channels and videos, and what their scripts ask for."""
        return [
            self.endpoint("feed", "/feeds/videos.xml", self.feed),
            self.endpoint("watch", "/watch", self.watch),
            self.endpoint("watch", "/shorts/{v}", self.watch),
            self.endpoint("playlist", "/playlist", self.playlist),
            self.endpoint("browse", "/youtubei/v1/browse", self.browse, "POST"),
            self.endpoint("consent", "/save", self.agree, "POST"),
            self.endpoint("channel", "/@{handle}", self.channel),
            self.endpoint("channel", "/@{handle}/{tab}", self.channel),
            self.endpoint("channel", "/user/{handle}", self.channel),
            self.endpoint("channel", "/user/{handle}/{tab}", self.channel),
            self.endpoint("channel", "/c/{handle}", self.channel),
            self.endpoint("channel", "/c/{handle}/{tab}", self.channel),
            self.endpoint("channel", "/channel/{id}", self.channel),
            self.endpoint("channel", "/channel/{id}/{tab}", self.channel),
        ]

    def not_found(self) -> Reply:
        """YouTube's page for what it does not have."""
        return html_page("404 Not Found", "<p>This page isn't available.</p>", status=404)

    def replacement(self, fault: Fault, request: PlatformRequest) -> Reply | None:
        """As on all sites; but one can always agree."""
        agreeing = fault.kind is FaultKind.CONSENT and request.path == _AGREE
        return None if agreeing else super().replacement(fault, request)

    def consent(self, request: PlatformRequest) -> Reply:
        """The dialog that is shown in some countries; agreeing sets a cookie and leads back."""
        there = f"{request.path}?{urlencode(request.params)}"
        form = (
            f'<form action="{_AGREE}" method="post">'
            f'<input type="hidden" name="continue" value="{escape(there)}">'
            "<button>Reject all</button></form><a href='https://consent.youtube.com'>Options</a>"
        )
        return html_page("Before you continue to YouTube", form)

    def agree(self, call: ServedCall) -> Reply:
        """POST /save: agrees to essential cookies and leads back."""
        form = dict(parse_qsl(call.request.body.decode("latin-1")))
        there = form.get("continue", "")
        if not there.startswith("/web/youtube/"):
            raise Refused(self.not_found())
        reply = Reply(b"", status=303, content_type=HTML_TYPE)
        reply.headers |= {"location": there, "set-cookie": f"{AGREED}; Path=/"}
        return reply

    # --- the feed

    def feed(self, call: ServedCall) -> Reply:
        """GET /feeds/videos.xml?channel_id=… or playlist_id=UU…"""
        params = call.request.params
        playlist = params.get("playlist_id", "")
        channel = params.get("channel_id") or f"UC{playlist.removeprefix('UU')}"
        account = self.account(channel)
        if account is None:
            raise Refused(self.not_found())
        posts = account.visible(call.now)[::-1][:_FEED]
        text = feed_document(account, posts, call.now)
        reply = Reply(
            text.encode(), rows=[None] * len(posts), content_type="text/xml; charset=UTF-8"
        )
        reply.headers["cache-control"] = "public, max-age=900"
        return reply

    # --- channel pages

    def channel(self, call: ServedCall) -> Reply:
        """GET /@handle/videos, /shorts, /streams, /channel/UC…, or an older address by the same
        name."""
        parts = call.request.parts
        account = self.account(parts["id"]) if "id" in parts else self.by_handle(parts["handle"])
        tab = parts.get("tab", "videos")
        if account is None or tab not in _TYPES:
            raise Refused(self.not_found())
        if ("youtube", account.id) in self.directory.age_gated:
            return _app(account.name, {"ytInitialData": shapes.age_gate(account)}, "", 0)
        posts, onward = self._slice((account.id, tab, 0), call.now)
        handle = self.directory.handle(account)
        grid = shapes.grid(tab, posts, onward, call.now)
        data = {"ytInitialData": shapes.channel_document(account, handle, tab, grid, call.now)}
        reply = _app(f"{account.name} - YouTube", data, _GRID, len(posts), script("youtube"))
        reply.items = grid
        return reply

    def browse(self, call: ServedCall) -> Reply:
        """POST /youtubei/v1/browse {"continuation"}: a further page of a tab."""
        address = _address(call.request)
        posts, onward = self._slice(address, call.now)
        grid = shapes.grid(address[1], posts, onward, call.now)
        action = {"appendContinuationItemsAction": {"continuationItems": grid}}
        rows = [None] * len(posts)
        return Reply({"onResponseReceivedActions": [action]}, rows=rows, items=grid)

    def _slice(self, address: Address, now: int) -> tuple[list[WorldPost], str]:
        """Some videos of a tab, newest first, and the token of what follows."""
        channel, tab, start = address
        account = self.account(channel)
        if account is None:
            raise Refused(Reply(shapes.invalid_argument(), status=400))
        posts = [post for post in account.visible(now)[::-1] if post.type is _TYPES[tab]]
        end = start + _PAGE[tab]
        return posts[start:end], _token((channel, tab, end)) if end < len(posts) else ""

    def playlist(self, call: ServedCall) -> Reply:
        """GET /playlist?list=UU…: the newest uploads of a channel."""
        listed = call.request.params.get("list", "")
        account = self.account(f"UC{listed.removeprefix('UU')}")
        if account is None or not listed.startswith("UU"):
            raise Refused(self.not_found())
        posts = account.visible(call.now)[::-1][:_LISTED]
        data = {"ytInitialData": shapes.playlist_document(account, posts, call.now)}
        return _app(account.name, data, "", len(posts))

    # --- watch pages

    def _partner(self, post: WorldPost) -> WorldAccount | None:
        """Another channel that a video is shown with, where collaborations are on."""
        if not self.services.limits.of(YouTubeLimits).collaborations:
            return None
        others = self.directory.world.accounts["youtube"].values()
        return next((other for other in others if other is not post.account), None)

    def watch(self, call: ServedCall) -> Reply:
        """GET /watch?v=… and /shorts/…"""
        video = call.request.parts.get("v") or call.request.params.get("v", "")
        post = self.find_post(video, call.now)
        if post is None:
            data = {"ytInitialPlayerResponse": shapes.unplayable()}
            return _app("YouTube", data, "<p>Video unavailable</p>", 0)
        handle = self.directory.handle(post.account)
        data = {
            "ytInitialPlayerResponse": shapes.player_answer(post, call.now),
            "ytInitialData": shapes.watch_document(post, handle, call.now, self._partner(post)),
        }
        text = escape(post.text)
        shown = post.counters.at(call.now)
        body = (
            f'<div id="primary"><div class="player"></div><ytd-watch-metadata>'
            f"<h1>{text}</h1><p>{escape(post.account.name)}</p>"
            f"<p>{escape(str(shown.get('views', '')))} views</p></ytd-watch-metadata></div>"
        )
        return _app(f"{post.text[:80]} - YouTube", data, body, 1)


def _app(title: str, data: dict[str, JsonObject], body: str, rows: int, code: str = "") -> Reply:
    """A page of the site: its data is assigned to names of the window, for `code` to work with."""
    scripts = [
        EmbeddedJson(f"<script>var {name} = ", value, ";</script>") for name, value in data.items()
    ]
    start = "<script>var ytcfg = { set() {} }; ytcfg.set({});</script>"
    return html_page(title, [f"{body}{start}", *scripts, code], rows=rows)


def _token(address: Address) -> str:
    return base64.urlsafe_b64encode("\n".join(map(str, address)).encode()).decode()


def _address(request: PlatformRequest) -> Address:
    """What a continuation token stands for. Raises Refused."""
    try:
        token = msgspec.json.decode(request.body, type=dict[str, object]).get("continuation")
        channel, tab, start = base64.urlsafe_b64decode(str(token)).decode().split("\n")
        return channel, tab if tab in _TYPES else "videos", int(start)
    except (msgspec.DecodeError, binascii.Error, ValueError) as error:
        raise Refused(Reply(shapes.invalid_argument(), status=400)) from error

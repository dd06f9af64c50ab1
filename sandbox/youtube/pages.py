"""YouTube's public pages: the channel's feed, its tabs, and watch pages.

The feed holds the 15 newest videos with exact views and likes. Tabs hold 30 videos (48 shorts) a
page; views are exact in the videos tab and rounded in the shorts tab, dates are relative. The
watch page holds exact views and likes, and comments that are rounded from 1,000 on.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape, quoteattr

import msgspec

from model.items import PostType
from sandbox.service.exchange import Json, Refused, Reply, Request
from sandbox.service.faults import Fault, FaultKind
from sandbox.service.pages import AGREED, Site, json_text, page, script
from sandbox.service.pages import escape as plain
from sandbox.service.services import Call, Endpoint
from sandbox.world.model import Account, Post, moment
from sandbox.youtube import page_data as shapes

_FEED = 15
_PAGE = {"videos": 30, "shorts": 48, "streams": 30}
_TYPES = {"videos": PostType.VIDEO, "shorts": PostType.SHORT, "streams": PostType.LIVE}
_SITE = "https://www.youtube.com"
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
        """Below `/web/youtube`."""
        root = "/web/youtube"
        return [
            Endpoint("feed", f"{root}/feeds/videos.xml", self.feed, open=True),
            Endpoint("watch", f"{root}/watch", self.watch, open=True),
            Endpoint("watch", f"{root}/shorts/{{v}}", self.watch, open=True),
            Endpoint("browse", f"{root}/youtubei/v1/browse", self.browse, method="POST", open=True),
            Endpoint("consent", _AGREE, self.agree, method="POST", open=True),
            Endpoint("channel", f"{root}/@{{handle}}", self.channel, open=True),
            Endpoint("channel", f"{root}/@{{handle}}/{{tab}}", self.channel, open=True),
            Endpoint("channel", f"{root}/channel/{{id}}", self.channel, open=True),
            Endpoint("channel", f"{root}/channel/{{id}}/{{tab}}", self.channel, open=True),
        ]

    def replacement(self, fault: Fault, ask: Request) -> Reply | None:
        """As on all sites; but one can always agree."""
        agreeing = fault.kind is FaultKind.CONSENT and ask.path == _AGREE
        return None if agreeing else super().replacement(fault, ask)

    def consent(self, ask: Request) -> Reply:
        """The dialog that is shown in some countries; agreeing sets a cookie and leads back."""
        there = f"{ask.path}?{urlencode(ask.params)}"
        form = (
            f'<form action="{_AGREE}" method="post">'
            f'<input type="hidden" name="continue" value="{plain(there)}">'
            "<button>Reject all</button></form><a href='https://consent.youtube.com'>Options</a>"
        )
        return page("Before you continue to YouTube", form)

    def agree(self, turn: Call) -> Reply:
        """POST /save: agrees to essential cookies and leads back."""
        form = dict(parse_qsl(turn.ask.body.decode("latin-1")))
        there = form.get("continue", "")
        if not there.startswith("/web/youtube/"):
            raise Refused(_not_found())
        reply = Reply(b"", status=303, content_type="text/html; charset=utf-8")
        reply.headers |= {"location": there, "set-cookie": f"{AGREED}; Path=/"}
        return reply

    # --- the feed

    def feed(self, turn: Call) -> Reply:
        """GET /feeds/videos.xml?channel_id=… or playlist_id=UU…"""
        params = turn.ask.params
        playlist = params.get("playlist_id", "")
        channel = params.get("channel_id") or f"UC{playlist.removeprefix('UU')}"
        account = self.stage.directory.account("youtube", channel)
        if account is None:
            raise Refused(_not_found())
        posts = account.visible(turn.now)[::-1][:_FEED]
        text = _feed(account, posts, turn.now)
        reply = Reply(text.encode(), rows=list(posts), content_type="text/xml; charset=UTF-8")
        reply.headers["cache-control"] = "public, max-age=900"
        return reply

    # --- channel pages

    def channel(self, turn: Call) -> Reply:
        """GET /@handle/videos, /shorts, /streams, or /channel/UC…"""
        parts = turn.ask.parts
        directory = self.stage.directory
        account = (
            directory.account("youtube", parts["id"])
            if "id" in parts
            else directory.by_handle("youtube", parts["handle"])
        )
        tab = parts.get("tab", "videos")
        if account is None or tab not in _TYPES:
            raise Refused(_not_found())
        posts, onward = self._slice((account.id, tab, 0), turn.now)
        handle = directory.handle(account)
        answer = shapes.channel_page(account, handle, tab, posts, onward, turn.now)
        data = {"ytInitialData": answer}
        return _app(f"{account.name} - YouTube", data, _GRID, len(posts), script("youtube"))

    def browse(self, turn: Call) -> Reply:
        """POST /youtubei/v1/browse {"continuation"}: a further page of a tab."""
        address = _address(turn.ask)
        posts, onward = self._slice(address, turn.now)
        action = shapes.further_page(address[1], posts, onward, turn.now)
        return Reply({"onResponseReceivedActions": [action]}, rows=list(posts))

    def _slice(self, address: Address, now: int) -> tuple[list[Post], str]:
        """Some videos of a tab, newest first, and the token of what follows."""
        channel, tab, start = address
        account = self.stage.directory.account("youtube", channel)
        if account is None:
            raise Refused(Reply(shapes.invalid_argument(), status=400))
        posts = [post for post in account.visible(now)[::-1] if post.type is _TYPES[tab]]
        end = start + _PAGE[tab]
        return posts[start:end], _token((channel, tab, end)) if end < len(posts) else ""

    # --- watch pages

    def watch(self, turn: Call) -> Reply:
        """GET /watch?v=… and /shorts/…"""
        video = turn.ask.parts.get("v") or turn.ask.params.get("v", "")
        post = self.stage.directory.post("youtube", video, turn.now)
        if post is None:
            data = {"ytInitialPlayerResponse": shapes.unplayable()}
            return _app("YouTube", data, "<p>Video unavailable</p>", 0)
        handle = self.stage.directory.handle(post.account)
        data = {
            "ytInitialPlayerResponse": shapes.player(post, turn.now),
            "ytInitialData": shapes.watch_page(post, handle, turn.now),
        }
        text = plain(post.text)
        shown = post.counters.at(turn.now)
        body = (
            f'<div id="primary"><div class="player"></div><ytd-watch-metadata>'
            f"<h1>{text}</h1><p>{plain(post.account.name)}</p>"
            f"<p>{plain(str(shown.get('views', '')))} views</p></ytd-watch-metadata></div>"
        )
        return _app(f"{post.text[:80]} - YouTube", data, body, 1)


def _not_found() -> Reply:
    return page("404 Not Found", "<p>This page isn't available.</p>", status=404)


def _app(title: str, data: dict[str, Json], body: str, rows: int, code: str = "") -> Reply:
    """A page of the site: its data is assigned to names of the window, for `code` to work with."""
    scripts = "".join(
        f"<script>var {name} = {json_text(value)};</script>" for name, value in data.items()
    )
    return page(
        title,
        f"{body}<script>var ytcfg = {{ set() {{}} }}; ytcfg.set({{}});</script>{scripts}{code}",
        rows=rows,
    )


def _token(address: Address) -> str:
    return base64.urlsafe_b64encode("\n".join(map(str, address)).encode()).decode()


def _address(ask: Request) -> Address:
    """What a continuation token stands for. Raises Refused."""
    try:
        token = msgspec.json.decode(ask.body, type=dict[str, object]).get("continuation")
        channel, tab, start = base64.urlsafe_b64decode(str(token)).decode().split("\n")
        return channel, tab if tab in _TYPES else "videos", int(start)
    except (msgspec.DecodeError, binascii.Error, ValueError) as error:
        raise Refused(Reply(shapes.invalid_argument(), status=400)) from error


def _feed(account: Account, posts: list[Post], now: int) -> str:
    """The channel's id stands in the feed without its first two letters, as on the site."""
    url = f"{_SITE}/channel/{account.id}"
    entries = "".join(_entry(post, now) for post in posts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">\n'
        f'<link rel="self" href="{_SITE}/feeds/videos.xml?channel_id={account.id}"/>\n'
        f"<id>yt:channel:{account.id[2:]}</id>\n<yt:channelId>{account.id[2:]}</yt:channelId>\n"
        f'<title>{escape(account.name)}</title>\n<link rel="alternate" href="{url}"/>\n'
        f"<author><name>{escape(account.name)}</name><uri>{url}</uri></author>\n"
        f"<published>{_time(account.created)}</published>\n{entries}</feed>\n"
    )


def _entry(post: Post, now: int) -> str:
    shown = post.counters.at(now)
    path = f"shorts/{post.id}" if post.type is PostType.SHORT else f"watch?v={post.id}"
    rating = (
        f'<media:starRating count="{shown["likes"]}" average="5.00" min="1" max="5"/>'
        if "likes" in shown
        else ""
    )
    views = f'<media:statistics views="{shown["views"]}"/>' if "views" in shown else ""
    title = escape(shapes.title(post))
    return (
        f"<entry>\n<id>yt:video:{post.id}</id>\n<yt:videoId>{post.id}</yt:videoId>\n"
        f"<yt:channelId>{post.account.id}</yt:channelId>\n<title>{title}</title>\n"
        f"<link rel={quoteattr('alternate')} href={quoteattr(f'{_SITE}/{path}')}/>\n"
        f"<published>{_time(post.published)}</published>\n"
        f"<updated>{_time(post.published)}</updated>\n<media:group><media:title>{title}"
        f"</media:title><media:description>{escape(post.text)}</media:description>"
        f"<media:community>{rating}{views}</media:community></media:group>\n</entry>\n"
    )


def _time(instant: int) -> str:
    return f"{moment(instant):%Y-%m-%dT%H:%M:%S}+00:00"

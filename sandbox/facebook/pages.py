"""Facebook's public pages: a page with its newest posts, further posts by GraphQL, single posts.

Three posts come with the page and with each query. Exact numbers stand beside localised ones; the
page's likes are exact in its description, its followers rounded in its header. A login dialog lies
over the page. A switch serves the layouts of 2024 to 2026, in which timelines come in several
documents.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from urllib.parse import parse_qsl

import msgspec

from sandbox.facebook import page_shapes as shapes
from sandbox.facebook.layouts import Layout, story_in
from sandbox.facebook.limits import FacebookLimits
from sandbox.facebook.shapes import video_id
from sandbox.facebook.streaming import SJS, QueryLines, StreamedScripts, timeline_document
from sandbox.graph.shapes import wrapped
from sandbox.service.exchange import HTML_TYPE, JsonObject, PlatformRequest, Refused, Reply
from sandbox.service.pages import (
    EmbeddedJson,
    Pieces,
    Site,
    escape,
    html_page,
    json_script,
    meta,
    pinned_first,
    script,
)
from sandbox.service.platform import Endpoint, ServedCall
from sandbox.service.words import abbreviated
from sandbox.world.model import WorldAccount, WorldPost

_PER_QUERY = 3
_TOKEN = "AVqZsandbox"  # noqa: S105 - what a page gives to its own script
_DIALOG = (
    '<div role="dialog" aria-label="See more on Facebook"><form action="/web/facebook/login/">'
    '<input name="email"><input name="pass" type="password"></form></div>'
)


class FacebookSite(Site):
    """Pages, their timelines, and posts."""

    name = "facebook"
    login_title = "Log into Facebook"
    challenge_title = "Security Check"

    def endpoints(self) -> list[Endpoint]:
        """Pages, posts, and what their scripts ask for."""
        return [
            self.endpoint("graphql", "/api/graphql/", self.graphql, "POST"),
            self.endpoint("login", "/login/", self.login),
            self.endpoint("post", "/reel/{id}", self.post),
            self.endpoint("post", "/{name}/posts/{id}", self.post),
            self.endpoint("post", "/{name}/videos/{id}", self.post),
            self.endpoint("page", "/{name}", self.profile),
        ]

    def not_found(self) -> Reply:
        """Facebook's page for what it does not show."""
        text = "This content isn't available right now"
        return html_page("Facebook", f"<h2>{escape(text)}</h2>", status=404)

    def consent(self, _: PlatformRequest) -> Reply:
        """The cookie dialog that is shown in Europe."""
        body = (
            '<div role="dialog" data-testid="cookie-policy-manage-dialog">'
            "<button>Decline optional cookies</button></div>"
        )
        return html_page("Facebook", body)

    def login(self, _: ServedCall) -> Reply:
        """GET /login/: nothing for those without an account."""
        return html_page(self.login_title, self.login_body)

    def profile(self, call: ServedCall) -> Reply:
        """GET /{page}: header, description, and the three newest posts (pinned ones first)."""
        account = self._page(call.request.parts["name"])
        if account is None:
            raise Refused(self.not_found())
        handle = self.directory.handle(account)
        posts = pinned_first(account.visible(call.now)[::-1])
        first = posts[:_PER_QUERY]
        layout = self._layout(call.request)
        units = _units(layout, posts, 0, len(first), call.now)
        timeline = timeline_document("user", _subject(layout, account), units)
        body: Pieces = [
            f'<h1>{escape(account.name)}</h1><div id="timeline" data-page="{account.id}" ',
            f'data-lsd="{_TOKEN}">',
            *(shapes.article(post, call.now) for post in first),
            f"</div>{_DIALOG}",
            json_script(wrapped(shapes.header(account, call.now)), SJS),
            _embedded(layout, timeline),
            script("facebook"),
        ]
        head = _described(account, handle, call.now)
        reply = html_page(account.name, body, head, rows=len(first))
        reply.items = units["edges"]
        return reply

    def _layout(self, request: PlatformRequest) -> Layout:
        """The layout asked for by `?layout=…`, else that of the sandbox."""
        asked = request.params.get("layout", self.services.limits.of(FacebookLimits).page_layout)
        return Layout(asked) if asked in set(Layout) else Layout.PLAIN

    def _page(self, name: str) -> WorldAccount | None:
        return self.by_handle(name) or self.account(name)

    def graphql(self, call: ServedCall) -> Reply:
        """POST /api/graphql/: three further posts, as documents one a line."""
        form = dict(parse_qsl(call.request.body.decode("latin-1")))
        try:
            asked = msgspec.json.decode(form.get("variables", ""), type=_Variables)
            start = int(base64.urlsafe_b64decode(asked.cursor))
        except (msgspec.DecodeError, binascii.Error, ValueError) as error:
            raise Refused(_refused()) from error
        account = self.account(asked.id)
        if account is None or form.get("lsd") != _TOKEN or not form.get("doc_id", "").isdigit():
            raise Refused(_refused())
        posts = pinned_first(account.visible(call.now)[::-1])
        layout = self._layout(call.request)
        end = start + min(asked.count, _PER_QUERY)
        units = _units(layout, posts, start, end, call.now)
        document = timeline_document("node", _subject(layout, account, query=True), units)
        lines = QueryLines(document, streamed=layout is not Layout.PLAIN)
        return Reply(lines, rows=units["edges"], content_type=HTML_TYPE)

    def post(self, call: ServedCall) -> Reply:
        """GET /{page}/posts/{id}, /{page}/videos/{id}, /reel/{id}"""
        post = self._find(call)
        if post is None:
            raise Refused(self.not_found())
        story = {"data": {"node": story_in(self._layout(call.request), post, call.now)}}
        article = f"{shapes.article(post, call.now)}{_DIALOG}"
        body: Pieces = [article, json_script(wrapped(story), SJS)]
        head = meta(og__title=post.account.name, og__description=post.text[:200])
        return html_page(post.account.name, body, head, rows=1)

    def _find(self, call: ServedCall) -> WorldPost | None:
        parts, now = call.request.parts, call.now
        account = self._page(parts["name"]) if "name" in parts else None
        if account is not None:
            whole = f"{account.id}_{parts['id']}"
            if (post := self.find_post(whole, now)) is not None:
                return post
        posts = self.directory.world.posts["facebook"]
        named = next((p.id for p in posts.values() if video_id(p) == parts["id"]), "")
        return self.find_post(named, now)


class _Variables(msgspec.Struct):
    """What a timeline query asks for."""

    id: str
    cursor: str
    count: int = _PER_QUERY


def _units(
    layout: Layout, posts: Sequence[WorldPost], start: int, end: int, now: int
) -> JsonObject:
    """A stretch of the timeline."""
    edges = [{"node": story_in(layout, post, now), "cursor": post.id} for post in posts[start:end]]
    return {"edges": edges, "page_info": _info(end, len(posts))}


def _subject(layout: Layout, account: WorldAccount, *, query: bool = False) -> JsonObject:
    """Whose timeline it is: the page, or since 2024 the profile that stands for it."""
    if layout is Layout.PLAIN:
        return {} if query else {"id": account.id}
    return {"__typename": "User", "id": shapes.profile_id(account)}


def _embedded(layout: Layout, timeline: JsonObject) -> EmbeddedJson:
    if layout is Layout.PLAIN:
        return json_script(wrapped(timeline), SJS)
    return StreamedScripts(timeline)


def _info(end: int, total: int) -> JsonObject:
    cursor = base64.urlsafe_b64encode(str(end).encode()).decode()
    return {"end_cursor": cursor, "has_next_page": end < total}


def _described(account: WorldAccount, handle: str, now: int) -> str:
    """The tags about a page; its likes stand exact in the description."""
    shown = account.counters.at(now)
    likes = f"{shown['likes']:,} likes · " if "likes" in shown else ""
    talking = abbreviated(len(account.posts))
    return meta(
        og__title=account.name,
        og__url=f"https://www.facebook.com/{handle}/",
        og__description=f"{account.name}. {likes}{talking} talking about this.",
        al__android__url=f"fb://page/{account.id}?referrer=app_link",
    )


def _refused() -> Reply:
    """How a call without the page's token is turned away."""
    body = b'for (;;);{"error":1357004,"errorSummary":"Sorry, something went wrong"}'
    return Reply(body, content_type="application/x-javascript; charset=utf-8")

"""Facebook's public pages: a page with its newest posts, further posts by GraphQL, single posts.

Three posts come with the page and with each query. Exact numbers stand beside localised ones; the
page's likes are exact in its description, its followers rounded in its header. A login dialog lies
over the page.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl

import msgspec

from sandbox.facebook import page_shapes as shapes
from sandbox.facebook.shapes import video_id
from sandbox.graph.shapes import wrapped
from sandbox.service.exchange import HTML_TYPE, JsonObject, PlatformRequest, Refused, Reply
from sandbox.service.pages import Site, escape, html_page, json_script, meta, pinned_first, script
from sandbox.service.platform import Endpoint, ServedCall
from sandbox.service.words import abbreviated
from sandbox.world.model import WorldAccount, WorldPost

_SJS = 'type="application/json" data-sjs'
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
        header = shapes.header(account, call.now)
        units = shapes.units(first, _info(len(first), len(posts)), call.now)
        timeline = {"data": {"user": {"id": account.id, "timeline_list_feed_units": units}}}
        body = "".join(
            [
                f'<h1>{escape(account.name)}</h1><div id="timeline" data-page="{account.id}" ',
                f'data-lsd="{_TOKEN}">',
                *(shapes.article(post, call.now) for post in first),
                f"</div>{_DIALOG}",
                json_script(wrapped(header), _SJS),
                json_script(wrapped(timeline), _SJS),
                script("facebook"),
            ]
        )
        return html_page(account.name, body, _described(account, handle, call.now), rows=len(first))

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
        end = start + min(asked.count, _PER_QUERY)
        units = shapes.units(posts[start:end], _info(end, len(posts)), call.now)
        lines = [
            {"data": {"node": {"timeline_list_feed_units": units}}},
            {"label": "ProfileCometTimelineFeed_user$defer", "extensions": {"is_final": True}},
        ]
        body = b"\n".join(msgspec.json.encode(line) for line in lines)
        rows = list(posts[start:end])
        return Reply(body, rows=rows, content_type=HTML_TYPE)

    def post(self, call: ServedCall) -> Reply:
        """GET /{page}/posts/{id}, /{page}/videos/{id}, /reel/{id}"""
        post = self._find(call)
        if post is None:
            raise Refused(self.not_found())
        story = {"data": {"node": shapes.story_body(post, call.now)}}
        body = f"{shapes.article(post, call.now)}{_DIALOG}{json_script(wrapped(story), _SJS)}"
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

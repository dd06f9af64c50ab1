"""Facebook's public pages: a page with its newest posts, further posts by GraphQL, single posts.

Three posts come with the page and with each query. Exact numbers stand beside localised ones; the
page's likes are exact in its description, its followers rounded in its header. A login dialog lies
over the page.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from urllib.parse import parse_qsl

import msgspec

from sandbox.facebook import story as shapes
from sandbox.facebook.shapes import video_id
from sandbox.service.exchange import Json, Refused, Reply, Request
from sandbox.service.pages import Site, data, escape, meta, page, script
from sandbox.service.services import Call, Endpoint
from sandbox.service.words import abbreviated
from sandbox.world.model import Account, Post

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
        """Below `/web/facebook`."""
        root = "/web/facebook"
        return [
            Endpoint("graphql", f"{root}/api/graphql/", self.graphql, method="POST", open=True),
            Endpoint("login", f"{root}/login/", self.login, open=True),
            Endpoint("post", f"{root}/reel/{{id}}", self.post, open=True),
            Endpoint("post", f"{root}/{{name}}/posts/{{id}}", self.post, open=True),
            Endpoint("post", f"{root}/{{name}}/videos/{{id}}", self.post, open=True),
            Endpoint("page", f"{root}/{{name}}", self.profile, open=True),
        ]

    def consent(self, _: Request) -> Reply:
        """The cookie dialog that is shown in Europe."""
        body = (
            '<div role="dialog" data-testid="cookie-policy-manage-dialog">'
            "<button>Decline optional cookies</button></div>"
        )
        return page("Facebook", body)

    def login(self, _: Call) -> Reply:
        """GET /login/: nothing for those without an account."""
        return page(self.login_title, self.login_body)

    def profile(self, turn: Call) -> Reply:
        """GET /{page}: header, description, and the three newest posts (pinned ones first)."""
        account = self._page(turn.ask.parts["name"])
        if account is None:
            raise Refused(_not_here())
        handle = self.stage.directory.handle(account)
        posts = _timeline(account, turn.now)
        first = posts[:_PER_QUERY]
        header = shapes.header(account, turn.now)
        units = shapes.units(first, _info(len(first), len(posts)), turn.now)
        timeline = {"data": {"user": {"id": account.id, "timeline_list_feed_units": units}}}
        body = "".join(
            [
                f'<h1>{escape(account.name)}</h1><div id="timeline" data-page="{account.id}" ',
                f'data-lsd="{_TOKEN}">',
                *(shapes.article(post, turn.now) for post in first),
                f"</div>{_DIALOG}",
                data(shapes.wrapped(header), _SJS),
                data(shapes.wrapped(timeline), _SJS),
                script("facebook"),
            ]
        )
        return page(account.name, body, _described(account, handle, turn.now), rows=len(first))

    def _page(self, name: str) -> Account | None:
        directory = self.stage.directory
        return directory.by_handle("facebook", name) or directory.account("facebook", name)

    def graphql(self, turn: Call) -> Reply:
        """POST /api/graphql/: three further posts, as documents one a line."""
        form = dict(parse_qsl(turn.ask.body.decode("latin-1")))
        try:
            asked = msgspec.json.decode(form.get("variables", ""), type=_Variables)
            start = int(base64.urlsafe_b64decode(asked.cursor))
        except (msgspec.DecodeError, binascii.Error, ValueError) as error:
            raise Refused(_refused()) from error
        account = self.stage.directory.account("facebook", asked.id)
        if account is None or form.get("lsd") != _TOKEN or not form.get("doc_id", "").isdigit():
            raise Refused(_refused())
        posts = _timeline(account, turn.now)
        end = start + min(asked.count, _PER_QUERY)
        units = shapes.units(posts[start:end], _info(end, len(posts)), turn.now)
        lines = [
            {"data": {"node": {"timeline_list_feed_units": units}}},
            {"label": "ProfileCometTimelineFeed_user$defer", "extensions": {"is_final": True}},
        ]
        body = b"\n".join(msgspec.json.encode(line) for line in lines)
        rows = list(posts[start:end])
        return Reply(body, rows=rows, content_type="text/html; charset=utf-8")

    def post(self, turn: Call) -> Reply:
        """GET /{page}/posts/{id}, /{page}/videos/{id}, /reel/{id}"""
        post = self._find(turn)
        if post is None:
            raise Refused(_not_here())
        story = {"data": {"node": shapes.story(post, turn.now)}}
        body = f"{shapes.article(post, turn.now)}{_DIALOG}{data(shapes.wrapped(story), _SJS)}"
        head = meta(og__title=post.account.name, og__description=post.text[:200])
        return page(post.account.name, body, head, rows=1)

    def _find(self, turn: Call) -> Post | None:
        parts, now = turn.ask.parts, turn.now
        account = self._page(parts["name"]) if "name" in parts else None
        if account is not None:
            whole = f"{account.id}_{parts['id']}"
            if (post := self.stage.directory.post("facebook", whole, now)) is not None:
                return post
        posts = self.stage.directory.world.posts["facebook"]
        named = next((p.id for p in posts.values() if video_id(p) == parts["id"]), "")
        return self.stage.directory.post("facebook", named, now)


class _Variables(msgspec.Struct):
    """What a timeline query asks for."""

    id: str
    cursor: str
    count: int = _PER_QUERY


def _timeline(account: Account, now: int) -> Sequence[Post]:
    posts = account.visible(now)[::-1]
    return [*(p for p in posts if p.pinned), *(p for p in posts if not p.pinned)]


def _info(end: int, total: int) -> Json:
    cursor = base64.urlsafe_b64encode(str(end).encode()).decode()
    return {"end_cursor": cursor, "has_next_page": end < total}


def _described(account: Account, handle: str, now: int) -> str:
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


def _not_here() -> Reply:
    text = "This content isn't available right now"
    return page("Facebook", f"<h2>{escape(text)}</h2>", status=404)


def _refused() -> Reply:
    """How a call without the page's token is turned away."""
    body = b'for (;;);{"error":1357004,"errorSummary":"Sorry, something went wrong"}'
    return Reply(body, content_type="application/x-javascript; charset=utf-8")

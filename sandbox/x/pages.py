"""X's public pages: a profile whose script asks GraphQL for the user and for some of the posts.

Logged out, the timeline shows well-liked posts of all times in no order: it is good for nothing but
single posts. The user's numbers are exact. GraphQL wants a guest token, which the page fetches.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from sandbox.service.exchange import JsonObject, PlatformRequest, Refused, Reply
from sandbox.service.faults import FaultKind
from sandbox.service.pages import Site, escape, html_page, json_script, script
from sandbox.service.platform import Endpoint, ServedCall
from sandbox.world.model import to_moment
from sandbox.x import page_shapes as shapes

_GUEST = "1900000000000000001"
_SHOWN = 20


class XSite(Site):
    """Profiles, single posts, and the GraphQL calls of their script."""

    name = "x"
    login_title = "Log in to X / X"
    login_body = '<a href="/i/flow/login">Log in</a><input type="password" name="password">'
    challenge_title = "Just a moment..."
    challenge_body = '<div id="challenge-platform" class="arkoselabs"></div>'

    def endpoints(self) -> list[Endpoint]:
        """Profiles and posts, and what their scripts ask for."""
        graphql = "/i/api/graphql/{query}"
        return [
            self.endpoint("guest", "/1.1/guest/activate.json", self.guest, "POST"),
            self.endpoint("user", f"{graphql}/UserByScreenName", self.user),
            self.endpoint("timeline", f"{graphql}/UserTweets", self.timeline),
            self.endpoint("post", "/{name}/status/{id}", self.post),
            self.endpoint("profile", "/{name}", self.profile),
        ]

    def not_found(self) -> Reply:
        """X's page for a name that nobody has."""
        return html_page("X", "<p>This account doesn’t exist</p>", status=404)

    def guest(self, _: ServedCall) -> Reply:
        """POST /1.1/guest/activate.json"""
        return Reply({"guest_token": _GUEST})

    def profile(self, call: ServedCall) -> Reply:
        """GET /{name}: the profile as structured data; the rest is fetched by the script."""
        account = self.shown_account(call.request.parts["name"])
        handle = self.directory.handle(account)
        person = shapes.person(account, handle, call.now)
        head = json_script(
            person, 'type="application/ld+json" data-testid="UserProfileSchema-test"'
        )
        body = f'<main data-name="{escape(handle)}"><h2>{escape(account.name)}</h2></main>'
        return html_page(f"{account.name} (@{handle}) / X", f"{body}{script('x')}", head)

    def post(self, call: ServedCall) -> Reply:
        """GET /{name}/status/{id}"""
        post = self.find_post(call.request.parts["id"], call.now)
        if post is None:
            raise Refused(html_page("X", "<p>This post doesn’t exist</p>", status=404))
        body = (
            f'<main><article data-testid="tweet"><h3>{escape(post.account.name)}</h3>'
            f'<div data-testid="tweetText">{escape(post.text)}</div>'
            f"<time>{to_moment(post.published):%b %d, %Y}</time></article></main>"
        )
        return html_page(f"{post.account.name} on X", body, rows=1)

    def user(self, call: ServedCall) -> Reply:
        """GET /i/api/graphql/{queryId}/UserByScreenName?variables=…"""
        name = _variables(call.request).get("screen_name", "")
        account = self.by_handle(str(name))
        if account is None:
            return Reply({"data": {"user": self._absent(str(name))}})
        user = shapes.graphql_user(account, self.directory.handle(account), call.now)
        return Reply({"data": {"user": {"result": user}}}, rows=[user])

    def _absent(self, name: str) -> JsonObject:
        """What is said of a user who is not shown."""
        return shapes.suspended_user() if self.directory.suspended("x", name) else {}

    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """Pages, but for calls of another form than X takes: they are answered without data."""
        if kind is FaultKind.VALIDATION_ERROR:
            return Reply({"data": {}, "errors": [shapes.VALIDATION]})
        return super().error(kind, status)

    def timeline(self, call: ServedCall) -> Reply:
        """GET /i/api/graphql/{queryId}/UserTweets?variables=…: some well-liked posts, shuffled."""
        user_id = _variables(call.request).get("userId", "")
        account = self.account(str(user_id))
        if account is None:
            return Reply({"data": {"user": self._absent(str(user_id))}})
        handle = self.directory.handle(account)
        posts = [p for p in account.visible(call.now) if "likes" in p.counters.at(call.now)]
        liked = sorted(posts, key=lambda p: (-p.counters.at(call.now)["likes"], p.id))
        shuffled = sorted(liked[:_SHOWN], key=lambda p: hashlib.sha256(p.id.encode()).digest())
        entries = [shapes.timeline_entry(post, handle, call.now) for post in shuffled]
        instructions = [
            {"type": "TimelineClearCache"},
            {"type": "TimelineAddEntries", "entries": entries},
        ]
        timeline = {"timeline": {"instructions": instructions}}
        result = {"__typename": "User", "rest_id": account.id, "timeline": timeline}
        return Reply({"data": {"user": {"result": result}}}, rows=entries)


def _variables(request: PlatformRequest) -> dict[str, Any]:
    """The variables of a GraphQL call. Raises Refused without a guest token."""
    if request.headers.get("x-guest-token") != _GUEST or not request.bearer:
        errors = [{"code": 239, "message": "Bad guest token"}]
        raise Refused(Reply({"errors": errors}, status=403))
    try:
        return msgspec.json.decode(request.params.get("variables", ""), type=dict[str, Any])
    except msgspec.DecodeError as error:
        errors = [{"code": 336, "message": "The variables cannot be read"}]
        raise Refused(Reply({"errors": errors}, status=400)) from error

"""Instagram's public pages: a profile with its 12 newest posts, and a page for each post.

The profile's posts come without numbers; a post's own page has them. Hidden likes are absent, there
are no shares, and only videos have plays. Further posts are for those who are logged in.
"""

from __future__ import annotations

from sandbox.graph.shapes import wrapped
from sandbox.instagram import page_shapes as shapes
from sandbox.service.exchange import Reply
from sandbox.service.pages import Pieces, Site, escape, html_page, json_script, pinned_first
from sandbox.service.platform import Endpoint, ServedCall

_SJS = 'type="application/json" data-sjs'
_NEWEST = 12


class InstagramSite(Site):
    """Profiles and posts."""

    name = "instagram"
    login_title = "Login • Instagram"
    challenge_title = "Challenge required • Instagram"

    def endpoints(self) -> list[Endpoint]:
        """Profiles and posts; the call of their script is refused."""
        return [
            self.endpoint("graphql", "/graphql/query", self.graphql, "POST"),
            self.endpoint("post", "/p/{code}/", self.post),
            self.endpoint("post", "/reel/{code}/", self.post),
            self.endpoint("profile", "/{name}/", self.profile),
        ]

    def not_found(self) -> Reply:
        """Instagram's page for what it does not show."""
        text = "Sorry, this page isn't available."
        return html_page("Page not found • Instagram", f"<h2>{escape(text)}</h2>", status=404)

    def profile(self, call: ServedCall) -> Reply:
        """GET /{name}/: the account, and its 12 newest posts without numbers, pinned first."""
        account = self.shown_account(call.request.parts["name"])
        handle = self.directory.handle(account)
        posts = account.visible(call.now)[::-1]
        newest = pinned_first(posts)[:_NEWEST]
        edges = [{"node": shapes.list_node(post)} for post in newest]
        cursor = newest[-1].id if newest else None
        info = {"end_cursor": cursor, "has_next_page": len(posts) > len(newest)}
        answer = {
            "xig_user_by_username": shapes.profile_body(account, handle, call.now),
            "polaris_ordered_timeline_connection": {"edges": edges, "page_info": info},
        }
        links = "".join(
            f'<a href="/web/instagram{shapes.post_path(post)}">post</a>' for post in newest
        )
        body: Pieces = [
            f"<main><h2>{escape(handle)}</h2>{links}</main>",
            json_script(wrapped({"data": answer}), _SJS),
        ]
        head = shapes.profile_tags(account, handle, call.now)
        title = f"{account.name} (@{handle}) • Instagram"
        reply = html_page(title, body, head, rows=len(newest))
        reply.items = edges
        return reply

    def post(self, call: ServedCall) -> Reply:
        """GET /p/{code}/ and /reel/{code}/"""
        number = shapes.post_number(call.request.parts["code"])
        post = self.shown_post(number, call.now)
        handle = self.directory.handle(post.account)
        medium = shapes.medium_body(post, handle, call.now)
        answer = wrapped({"data": {"xig_polaris_media": medium}})
        article = (
            f"<main><article><h2>{escape(handle)}</h2><p>{escape(post.text)}</p>"
            f"<p>{medium.get('like_count', '')} likes</p></article></main>"
        )
        body: Pieces = [article, json_script(answer, _SJS)]
        return html_page(f"{post.account.name} on Instagram", body, rows=1)

    def graphql(self, _: ServedCall) -> Reply:
        """POST /graphql/query: not without an account."""
        payload = {"message": "login_required", "require_login": True, "status": "fail"}
        return Reply(payload, status=401)

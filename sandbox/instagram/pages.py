"""Instagram's public pages: a profile with its 12 newest posts, and a page for each post.

The profile's posts come without numbers; a post's own page has them. Hidden likes are absent, there
are no shares, and only videos have plays. Further posts are for those who are logged in.
"""

from __future__ import annotations

from model.items import VIDEO_TYPES, PostType
from sandbox.facebook.story import wrapped
from sandbox.instagram.api import shortcode
from sandbox.service.exchange import Json, Refused, Reply
from sandbox.service.pages import Site, data, escape, meta, page
from sandbox.service.services import Call, Endpoint
from sandbox.service.words import abbreviated
from sandbox.world.model import SECOND, Account, Post

_SJS = 'type="application/json" data-sjs'
_NEWEST = 12
_SITE = "https://www.instagram.com"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_KINDS = {PostType.PHOTO: (1, "feed"), PostType.ALBUM: (8, "carousel_container")}


class InstagramSite(Site):
    """Profiles and posts."""

    name = "instagram"
    login_title = "Login • Instagram"
    challenge_title = "Challenge required • Instagram"

    def endpoints(self) -> list[Endpoint]:
        """Below `/web/instagram`."""
        root = "/web/instagram"
        return [
            Endpoint("graphql", f"{root}/graphql/query", self.graphql, method="POST", open=True),
            Endpoint("post", f"{root}/p/{{code}}/", self.post, open=True),
            Endpoint("post", f"{root}/reel/{{code}}/", self.post, open=True),
            Endpoint("profile", f"{root}/{{name}}/", self.profile, open=True),
        ]

    def profile(self, turn: Call) -> Reply:
        """GET /{name}/: the account, and its 12 newest posts without numbers, pinned first."""
        account = self.stage.directory.by_handle("instagram", turn.ask.parts["name"])
        if account is None:
            raise Refused(_not_here())
        handle = self.stage.directory.handle(account)
        posts = account.visible(turn.now)[::-1]
        ordered = [*(p for p in posts if p.pinned), *(p for p in posts if not p.pinned)]
        newest = ordered[:_NEWEST]
        edges = [{"node": _node(post)} for post in newest]
        cursor = newest[-1].id if newest else None
        info = {"end_cursor": cursor, "has_next_page": len(posts) > len(newest)}
        answer = {
            "xig_user_by_username": _user(account, handle, turn.now),
            "polaris_ordered_timeline_connection": {"edges": edges, "page_info": info},
        }
        links = "".join(f'<a href="/web/instagram{_path(post)}">post</a>' for post in newest)
        body = f"<main><h2>{escape(handle)}</h2>{links}</main>"
        body += data(wrapped({"data": answer}), _SJS)
        head = _described(account, handle, turn.now)
        return page(f"{account.name} (@{handle}) • Instagram", body, head, rows=len(newest))

    def post(self, turn: Call) -> Reply:
        """GET /p/{code}/ and /reel/{code}/"""
        number = _number(turn.ask.parts["code"])
        post = self.stage.directory.post("instagram", number, turn.now)
        if post is None:
            raise Refused(_not_here())
        handle = self.stage.directory.handle(post.account)
        medium = _medium(post, handle, turn.now)
        answer = wrapped({"data": {"xig_polaris_media": medium}})
        body = (
            f"<main><article><h2>{escape(handle)}</h2><p>{escape(post.text)}</p>"
            f"<p>{medium.get('like_count', '')} likes</p></article></main>{data(answer, _SJS)}"
        )
        return page(f"{post.account.name} on Instagram", body, rows=1)

    def graphql(self, _: Call) -> Reply:
        """POST /graphql/query: not without an account."""
        payload = {"message": "login_required", "require_login": True, "status": "fail"}
        return Reply(payload, status=401)


def _user(account: Account, handle: str, now: int) -> Json:
    shown = account.counters.at(now)
    user: Json = {
        "pk": account.id,
        "id": account.id,
        "username": handle,
        "full_name": account.name,
        "is_verified": True,
        "is_private": False,
        "following_count": 0,
        "biography": f"Official account of {account.name}.",
    }
    if "followers" in shown:
        user["follower_count"] = shown["followers"]
    if "posts" in shown:
        user["media_count"] = shown["posts"]
    return user


def _path(post: Post) -> str:
    kind = "reel" if post.type in (PostType.REEL, PostType.SHORT) else "p"
    return f"/{kind}/{shortcode(post.id)}/"


def _node(post: Post) -> Json:
    """A post in the profile's list: little more than its address."""
    node: Json = {"id": f"{post.id}_{post.account.id}", "code": shortcode(post.id)}
    node["media_type"], node["product_type"] = _KINDS.get(post.type, (2, "clips"))
    if post.pinned:
        node["timeline_pinned_user_ids"] = [post.account.id]
    return node


def _medium(post: Post, handle: str, now: int) -> Json:
    """A post with its numbers."""
    shown = post.counters.at(now)
    medium: Json = {
        "pk": post.id,
        **_node(post),
        "taken_at": post.published // SECOND,
        "user": {"pk": post.account.id, "username": handle, "full_name": post.account.name},
        "caption": {"text": post.text} if post.text else None,
    }
    if post.type in (PostType.VIDEO, PostType.LIVE):
        medium["product_type"] = "feed"
    if "likes" in shown:
        medium["like_count"] = shown["likes"]
    if "comments" in shown:
        medium["comment_count"] = shown["comments"]
    if post.type in VIDEO_TYPES and "views" in shown:
        medium["play_count"] = shown["views"]
    medium["like_and_view_counts_disabled"] = not medium.keys() & {"like_count", "play_count"}
    if post.type is PostType.ALBUM:
        medium["carousel_media"] = [{"id": f"{post.id}{n}", "media_type": 1} for n in range(3)]
    return medium


def _number(code: str) -> str:
    """The id that a code stands for; empty if it is none."""
    number = 0
    for letter in code:
        if letter not in _ALPHABET:
            return ""
        number = number * 64 + _ALPHABET.index(letter)
    return str(number)


def _described(account: Account, handle: str, now: int) -> str:
    shown = account.counters.at(now)
    if "followers" not in shown or "posts" not in shown:
        return meta(og__url=f"{_SITE}/{handle}/")
    followers, posts = abbreviated(shown["followers"]), f"{shown['posts']:,}"
    return meta(
        og__title=f"{account.name} (@{handle}) • Instagram photos and videos",
        og__url=f"{_SITE}/{handle}/",
        og__description=f"{followers} Followers, 0 Following, {posts} Posts - {account.name}",
    )


def _not_here() -> Reply:
    text = "Sorry, this page isn't available."
    return page("Page not found • Instagram", f"<h2>{escape(text)}</h2>", status=404)

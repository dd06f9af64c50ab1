"""Profiles and posts in the layouts of Instagram's pages."""

from __future__ import annotations

from model.items import VIDEO_TYPES, PostType
from sandbox.instagram.shapes import ALPHABET, shortcode
from sandbox.service.exchange import JsonObject
from sandbox.service.pages import meta
from sandbox.service.words import abbreviated
from sandbox.world.model import SECOND, WorldAccount, WorldPost

_SITE = "https://www.instagram.com"
_KINDS = {PostType.PHOTO: (1, "feed"), PostType.ALBUM: (8, "carousel_container")}


def profile_body(account: WorldAccount, handle: str, now: int) -> JsonObject:
    shown = account.shown(now)
    user: JsonObject = {
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


def post_path(post: WorldPost) -> str:
    kind = "reel" if post.type in (PostType.REEL, PostType.SHORT) else "p"
    return f"/{kind}/{shortcode(post.id)}/"


def list_node(post: WorldPost) -> JsonObject:
    """A post in the profile's list: little more than its address."""
    node: JsonObject = {"id": f"{post.id}_{post.account.id}", "code": shortcode(post.id)}
    node["media_type"], node["product_type"] = _KINDS.get(post.type, (2, "clips"))
    if post.pinned:
        node["timeline_pinned_user_ids"] = [post.account.id]
    return node


def medium_body(post: WorldPost, handle: str, now: int) -> JsonObject:
    """A post with its numbers."""
    shown = post.counters.at(now)
    medium: JsonObject = {
        "pk": post.id,
        **list_node(post),
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


def profile_tags(account: WorldAccount, handle: str, now: int) -> str:
    shown = account.shown(now)
    if "followers" not in shown or "posts" not in shown:
        return meta(og__url=f"{_SITE}/{handle}/")
    followers, posts = abbreviated(shown["followers"]), f"{shown['posts']:,}"
    return meta(
        og__title=f"{account.name} (@{handle}) • Instagram photos and videos",
        og__url=f"{_SITE}/{handle}/",
        og__description=f"{followers} Followers, 0 Following, {posts} Posts - {account.name}",
    )


def post_number(code: str) -> str:
    """The id that a code stands for; empty if it is none."""
    number = 0
    for letter in code:
        if letter not in ALPHABET:
            return ""
        number = number * 64 + ALPHABET.index(letter)
    return str(number)

"""Media in the shape of business discovery."""

from __future__ import annotations

from collections.abc import Sequence

from model.items import VIDEO_TYPES, PostType
from sandbox.graph import errors
from sandbox.graph.fields import Field, prune
from sandbox.graph.shapes import graph_time
from sandbox.service.exchange import JsonObject, Refused, word_set
from sandbox.world.model import WorldPost

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_MEDIA_FIELDS = word_set(
    "id caption timestamp permalink media_type media_product_type media_url thumbnail_url "
    "like_count comments_count view_count children username owner"
)
_KINDS = {PostType.ALBUM: "CAROUSEL_ALBUM", PostType.PHOTO: "IMAGE"}


def medium_row(post: WorldPost, fields: Sequence[Field], now: int) -> JsonObject:
    """One medium with the fields asked for."""
    face = post.face or _face(post)
    shown = post.counters.at(now)
    row: JsonObject = {}
    for field in fields:
        if field.name in face:
            row[field.alias] = prune(face[field.name], field.sub)
        elif field.name == "like_count" and "likes" in shown:
            row[field.alias] = shown["likes"]
        elif field.name == "comments_count" and "comments" in shown:
            row[field.alias] = shown["comments"]
        elif field.name == "view_count" and "views" in shown and post.type in VIDEO_TYPES:
            row[field.alias] = shown["views"]
        elif field.name not in _MEDIA_FIELDS:
            raise Refused(errors.no_field(field.name, "IGMedia"))
    row.setdefault("id", post.id)
    return row


def shortcode(post_id: str) -> str:
    """The code in a post's address: the id in base 64."""
    number, code = int(post_id), ""
    while number:
        number, digit = divmod(number, 64)
        code = ALPHABET[digit] + code
    return code


def _face(post: WorldPost) -> JsonObject:
    """What never changes of a medium."""
    reel = post.type in (PostType.REEL, PostType.SHORT)
    kind = "reel" if reel else "p"
    code = shortcode(post.id)
    face: JsonObject = {
        "id": post.id,
        "timestamp": graph_time(post.published),
        "permalink": f"https://www.instagram.com/{kind}/{code}/",
        "media_type": _KINDS.get(post.type, "VIDEO"),
        "media_product_type": "REELS" if reel else "FEED",
        "media_url": f"https://scontent.cdninstagram.com/{code}",
        "username": post.account.handle,
        "owner": {"id": post.account.id},
    }
    if post.text:
        face["caption"] = post.text
    if post.type is PostType.ALBUM:
        face["children"] = {
            "data": [
                {"id": str(int(post.id) + place), "media_type": "IMAGE"} for place in range(1, 4)
            ]
        }
    post.face = face
    return face

"""Instagram professional accounts by the Graph API's business discovery.

Sources: Instagram API with Facebook Login, business discovery; IGMedia of the business SDK's
api_specs. Hidden likes leave `like_count` out; views stand on videos alone; shares are not shown.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from model.items import VIDEO_TYPES, PostType
from sandbox.facebook.shapes import time
from sandbox.graph import errors
from sandbox.graph.fields import Field, prune
from sandbox.service.exchange import Json, Refused, Reply, words
from sandbox.service.services import Call, Services
from sandbox.world.model import Account, Post

_MOST = 100
_DEFAULT = 25
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_USER_FIELDS = words(
    "id ig_id username name biography followers_count follows_count media_count "
    "profile_picture_url website media"
)
_MEDIA_FIELDS = words(
    "id caption timestamp permalink media_type media_product_type media_url thumbnail_url "
    "like_count comments_count view_count children username owner"
)
_KINDS = {PostType.ALBUM: "CAROUSEL_ALBUM", PostType.PHOTO: "IMAGE"}


class Instagram:
    """Answers about other accounts, asked for below one's own."""

    def __init__(self, stage: Services) -> None:
        self._stage = stage

    def discover(self, turn: Call, own_id: str, fields: tuple[Field, ...]) -> Reply:
        """GET /{own-id}?fields=business_discovery.username(NAME){…}"""
        asked = fields[0]
        username = asked.args.get("username", "")
        if not own_id.isdigit():
            raise Refused(errors.no_alias(own_id))
        if not username:
            raise Refused(errors.bad_value("The parameter username is required"))
        account = self._stage.directory.by_handle("instagram", username)
        if account is None:
            raise Refused(errors.no_business_account(username))
        rows: list[Json] = []
        user = self._user(turn, account, asked.sub, rows)
        payload: Json = {asked.alias: user, "id": own_id}
        return Reply(payload, rows=rows, content_type=errors.TYPE)

    def _user(
        self, turn: Call, account: Account, fields: Sequence[Field], rows: list[Json]
    ) -> Json:
        handle = self._stage.directory.handle(account)
        shown = account.counters.at(turn.now)
        full: Json = {
            "id": account.id,
            "ig_id": int(account.id),
            "username": handle,
            "name": account.name,
            "biography": f"Official account of {account.name}.",
            "follows_count": 0,
            "profile_picture_url": f"https://scontent.cdninstagram.com/{account.id}.jpg",
        }
        if "followers" in shown:
            full["followers_count"] = shown["followers"]
        if "posts" in shown:
            full["media_count"] = shown["posts"]
        user: Json = {}
        for field in fields:
            if field.name not in _USER_FIELDS:
                raise Refused(errors.no_field(field.name, "IGUser"))
            if field.name == "media":
                user[field.alias] = _media(turn, account, field, rows)
            elif field.name in full:
                user[field.alias] = full[field.name]
        user.setdefault("id", account.id)
        return user


def _media(turn: Call, account: Account, field: Field, rows: list[Json]) -> Json:
    """One page of media. Pinned ones come first, then newest first; there is no next link."""
    posts = sorted(account.visible(turn.now), key=_place)
    size = _limit(field)
    start = _start(field, posts)
    page = posts[start : start + size]
    for post in page:
        rows.append(_medium(post, field.sub, turn.now))
    media: Json = {"data": rows}
    cursors: Json = {}
    if page and start > 0:
        cursors["before"] = _cursor(page[0])
    if page and start + size < len(posts):
        cursors["after"] = _cursor(page[-1])
    if cursors:
        media["paging"] = {"cursors": cursors}
    return media


def _place(post: Post) -> tuple[bool, int]:
    return not post.pinned, -post.published


def _limit(field: Field) -> int:
    text = field.args.get("limit", str(_DEFAULT))
    if not text.isascii() or not text.isdigit():
        raise Refused(errors.bad_value("param limit must be a non-negative integer"))
    if int(text) > _MOST:
        raise Refused(errors.too_much())
    return int(text)


def _start(field: Field, posts: Sequence[Post]) -> int:
    cursor = field.args.get("after")
    if not cursor:
        return 0
    try:
        wanted = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise Refused(errors.bad_value("The cursor is invalid")) from error
    place = next((n for n, post in enumerate(posts) if post.id == wanted), None)
    if place is None:
        raise Refused(errors.bad_value("The cursor is invalid"))
    return place + 1


def _cursor(post: Post) -> str:
    return base64.urlsafe_b64encode(post.id.encode()).decode().rstrip("=")


def _medium(post: Post, fields: Sequence[Field], now: int) -> Json:
    face = post.face or _face(post)
    shown = post.counters.at(now)
    row: Json = {}
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
        code = _ALPHABET[digit] + code
    return code


def _face(post: Post) -> Json:
    """What never changes of a medium."""
    reel = post.type in (PostType.REEL, PostType.SHORT)
    kind = "reel" if reel else "p"
    code = shortcode(post.id)
    face: Json = {
        "id": post.id,
        "timestamp": time(post.published),
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

"""Users and posts in the shapes of X API v2, with the fields that were asked for.

Sources: X OpenAPI documents 2.159 (classic names) and 2.167 (new names). Shares are given as
reposts and quotes, so that a reader has to add them up; a repost shows the original's reposts
and zeros.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from model.items import PostType
from sandbox.service.exchange import JsonObject
from sandbox.world.directory import Directory
from sandbox.world.model import WorldAccount, WorldPost, to_moment
from sandbox.x.errors import PROBLEMS
from sandbox.x.parameters import Dialect, Selection

_QUOTES_AMONG_SHARES = 8
_POST_METRICS = {
    "comments": "reply_count",
    "likes": "like_count",
    "views": "impression_count",
    "saves": "bookmark_count",
}
_MEDIA = {
    PostType.PHOTO: ("3", "photo", 1),
    PostType.ALBUM: ("3", "photo", 3),
    PostType.VIDEO: ("7", "video", 1),
    PostType.REEL: ("7", "video", 1),
    PostType.SHORT: ("7", "video", 1),
    PostType.LIVE: ("7", "video", 1),
}


class Shapes:
    """Makes users, posts and what they refer to."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def user(self, account: WorldAccount, selection: Selection, now: int) -> JsonObject:
        """One user."""
        handle = self._directory.handle(account)
        full: JsonObject = {
            "id": account.id,
            "name": account.name,
            "username": handle,
            "created_at": _time(account.created),
            "description": f"Official account of {account.name}.",
            "location": "China",
            "profile_image_url": "https://pbs.twimg.com/profile_images/1/sandbox_normal.jpg",
            "protected": False,
            "url": "",
            "verified": True,
            "verified_type": "government",
        }
        wanted = selection.user
        user = {name: value for name, value in full.items() if name in wanted}
        if "public_metrics" in wanted:
            user["public_metrics"] = _user_metrics(account, selection, now)
        pinned = selection.dialect.pinned
        if pinned in wanted:
            shown = [post.id for post in account.visible(now) if post.pinned]
            user.update({pinned: shown[-1]} if shown else {})
        return user

    def posts(self, posts: Sequence[WorldPost], selection: Selection, now: int) -> list[JsonObject]:
        """Posts, in the order given."""
        wanted, dialect = selection.post, selection.dialect
        metrics = "public_metrics" in wanted
        rows = []
        for post in posts:
            row = {
                name: value for name, value in (post.face or _face(post)).items() if name in wanted
            }
            if metrics:
                row["public_metrics"] = _post_metrics(post, dialect.reposts, now)
            rows.append(row)
        return rows

    def includes(self, posts: Sequence[WorldPost], selection: Selection, now: int) -> JsonObject:
        """`includes`, and `errors` for what cannot be expanded (originals outside the world)."""
        expansions = selection.expansions
        included: JsonObject = {}
        if "attachments.media_keys" in expansions:
            media = [item for post in posts for item in _media(post, selection.media)]
            included.update({"media": media} if media else {})
        if "author_id" in expansions:
            owners = {post.account.id: post.account for post in posts}
            included["users"] = [self.user(owner, selection, now) for owner in owners.values()]
        answer: JsonObject = {"includes": included} if included else {}
        if expansions & {"referenced_posts", "referenced_tweets.id"}:
            missing = [_unreadable(post, selection.dialect) for post in posts if _refers(post)]
            answer.update({"errors": missing} if missing else {})
        return answer


def _time(instant: int) -> str:
    return f"{to_moment(instant):%Y-%m-%dT%H:%M:%S}.{instant // 1000 % 1000:03d}Z"


def _face(post: WorldPost) -> JsonObject:
    """What never changes of a post, under the names of both dialects."""
    face: JsonObject = {
        "id": post.id,
        "text": _text(post),
        "edit_history_tweet_ids": [post.id],
        "edit_history_post_ids": [post.id],
        "author_id": post.account.id,
        "conversation_id": post.id,
        "created_at": _time(post.published),
        "lang": post.lang,
        "possibly_sensitive": False,
        "reply_settings": "everyone",
    }
    if post.type in _MEDIA:
        face["attachments"] = {"media_keys": _media_keys(post)}
    if post.type is PostType.LINK:
        url = f"https://t.co/{zlib.crc32(post.id.encode()):08x}"
        target = f"https://example.org/{post.id}"
        face["entities"] = {"urls": [{"start": 0, "end": 1, "url": url, "expanded_url": target}]}
    if _refers(post):
        kind = "retweeted" if post.type is PostType.REPOST else "quoted"
        references = [{"type": kind, "id": _original(post)}]
        face["referenced_tweets"] = face["referenced_posts"] = references
    post.face = face
    return face


def _text(post: WorldPost) -> str:
    if post.type is PostType.REPOST and not post.text.startswith("RT @"):
        return f"RT @example_city: {post.text}"
    return post.text


def _refers(post: WorldPost) -> bool:
    return post.type in (PostType.REPOST, PostType.QUOTE)


def _original(post: WorldPost) -> str:
    """The id of a post somewhat older; nobody knows more of it."""
    return str(max(int(post.id) - (zlib.crc32(post.id.encode()) << 16) - 1, 1))


def _unreadable(post: WorldPost, dialect: Dialect) -> JsonObject:
    original = _original(post)
    return {
        "value": original,
        "detail": f"Could not find tweet with {dialect.references}.id: [{original}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": f"{dialect.references}.id",
        "resource_id": original,
        "type": f"{PROBLEMS}/resource-not-found",
    }


def _media_keys(post: WorldPost) -> list[str]:
    prefix, _, number = _MEDIA[post.type]
    return [f"{prefix}_{int(post.id) + 1 + item}" for item in range(number)]


def _media(post: WorldPost, wanted: frozenset[str]) -> list[JsonObject]:
    if post.type not in _MEDIA:
        return []
    kind = _MEDIA[post.type][1]
    items = []
    for key in _media_keys(post):
        full: JsonObject = {"media_key": key, "type": kind, "height": 720, "width": 1280}
        picture = f"https://pbs.twimg.com/media/{key}.jpg"
        full |= {"url": picture} if kind == "photo" else {"preview_image_url": picture}
        if kind == "video":
            full["duration_ms"] = 5_000 + zlib.crc32(post.id.encode()) % 120_000
        items.append({name: value for name, value in full.items() if name in wanted})
    return items


def _user_metrics(account: WorldAccount, selection: Selection, now: int) -> JsonObject:
    """Every user has a number of posts: where the world keeps none, its visible posts count."""
    shown = account.counters.at(now)
    posts = shown.get("posts", account.published(now))
    other = zlib.crc32(account.id.encode())
    metrics: JsonObject = {
        "following_count": other % 500,
        "listed_count": other % 97,
        "like_count": other % 1_009,
    }
    if "followers" in shown:
        metrics["followers_count"] = shown["followers"]
    names = ("tweet_count", "post_count") if selection.both else (selection.dialect.posts_of_user,)
    metrics.update(dict.fromkeys(names, posts))
    return metrics


def _post_metrics(post: WorldPost, reposts: str, now: int) -> JsonObject:
    shown = post.counters.at(now)
    shares = shown.get("shares")
    if post.type is PostType.REPOST:
        metrics = dict.fromkeys(
            ("reply_count", "like_count", "quote_count", "bookmark_count", "impression_count"), 0
        )
        if shares is not None:
            metrics[reposts] = shares
        return metrics
    metrics = {_POST_METRICS[name]: shown[name] for name in shown.keys() & _POST_METRICS}
    if shares is not None:
        quotes = shares // _QUOTES_AMONG_SHARES
        metrics[reposts] = shares - quotes
        metrics["quote_count"] = quotes
    return metrics

"""Users and posts in the shapes of X API v2, with the fields that were asked for.

Sources: X OpenAPI documents 2.159 (classic names) and 2.167 (new names). Shares are given as
reposts and quotes, so that a reader has to add them up; a repost shows the original's reposts
and zeros.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from model.items import PostType
from sandbox.service.exchange import BadParameter, Json, Request, listed, words
from sandbox.world.directory import Directory
from sandbox.world.model import Account, Post, moment

PROBLEMS = "https://api.x.com/2/problems"
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


@dataclass(frozen=True, slots=True)
class Dialect:
    """The names of one of the two OpenAPI documents."""

    post_fields: str
    history: str
    references: str
    reposts: str
    posts_of_user: str
    pinned: str
    newest: str
    included_posts: str


CLASSIC = Dialect(
    "tweet.fields",
    "edit_history_tweet_ids",
    "referenced_tweets",
    "retweet_count",
    "tweet_count",
    "pinned_tweet_id",
    "most_recent_tweet_id",
    "tweets",
)
NEW = Dialect(
    "post.fields",
    "edit_history_post_ids",
    "referenced_posts",
    "repost_count",
    "post_count",
    "pinned_post_id",
    "most_recent_post_id",
    "posts",
)
_POST_FIELDS = words(
    "article article_title attachments author_id card_uri community_id context_annotations "
    "conversation_id created_at display_text_range edit_controls edit_history_post_ids "
    "edit_history_tweet_ids entities geo id in_reply_to_user_id lang matched_media_notes "
    "media_metadata non_public_metrics note_post note_request_suggestions note_tweet "
    "organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics "
    "referenced_posts referenced_tweets reply_settings scopes source suggested_source_links "
    "suggested_source_links_with_counts text username withheld"
)
_USER_FIELDS = words(
    "affiliation confirmed_email connection_status created_at description entities id "
    "is_identity_verified location most_recent_post_id most_recent_tweet_id name parody "
    "pinned_post_id pinned_tweet_id profile_banner_url profile_image_url protected "
    "public_metrics receives_your_dm subscribes_to_you subscription subscription_type url "
    "username verified verified_followers_count verified_type withheld"
)
_MEDIA_FIELDS = words(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics "
    "preview_image_url promoted_metrics public_metrics type url variants width"
)
_EXPANSIONS = words(
    "affiliation affiliation.user_id article.cover_media article.media_entities "
    "attachments.media_keys attachments.media_source_tweet attachments.poll_ids author_id "
    "edit_history_post_ids edit_history_tweet_ids entities.mentions.username "
    "entities.note.mentions.username geo.place_id in_reply_to_user_id most_recent_post_id "
    "most_recent_tweet_id pinned_post_id pinned_tweet_id referenced_posts referenced_tweets.id "
    "referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id "
    "username"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a request asks for."""

    dialect: Dialect
    both: bool
    """Whether the request does not tell the dialect, so that counts go by both names."""
    post: frozenset[str]
    user: frozenset[str]
    media: frozenset[str]
    expansions: frozenset[str]


class Shapes:
    """Makes users, posts and what they refer to."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def selection(self, ask: Request, dialect: Dialect) -> Selection:
        """The fields and expansions of a request. Raises BadParameter for unknown ones."""
        post = _known(ask, dialect.post_fields, _POST_FIELDS)
        expansions = _known(ask, "expansions", _EXPANSIONS)
        post |= {"id", "text", dialect.history}
        if "attachments.media_keys" in expansions:
            post |= {"attachments"}
        if "author_id" in expansions:
            post |= {"author_id"}
        if expansions & {"referenced_posts", "referenced_tweets.id"}:
            post |= {dialect.references}
        return Selection(
            dialect=dialect,
            both=not ask.params.keys() & {"tweet.fields", "post.fields"},
            post=frozenset(post),
            user=frozenset(_known(ask, "user.fields", _USER_FIELDS) | {"id", "name", "username"}),
            media=frozenset(_known(ask, "media.fields", _MEDIA_FIELDS) | {"media_key", "type"}),
            expansions=frozenset(expansions),
        )

    def user(self, account: Account, selection: Selection, now: int) -> Json:
        """One user."""
        handle = self._directory.handle(account)
        full: Json = {
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

    def posts(self, posts: Sequence[Post], selection: Selection, now: int) -> list[Json]:
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

    def includes(self, posts: Sequence[Post], selection: Selection, now: int) -> Json:
        """`includes`, and `errors` for what cannot be expanded (originals outside the world)."""
        expansions = selection.expansions
        included: Json = {}
        if "attachments.media_keys" in expansions:
            media = [item for post in posts for item in _media(post, selection.media)]
            included.update({"media": media} if media else {})
        if "author_id" in expansions:
            owners = {post.account.id: post.account for post in posts}
            included["users"] = [self.user(owner, selection, now) for owner in owners.values()]
        answer: Json = {"includes": included} if included else {}
        if expansions & {"referenced_posts", "referenced_tweets.id"}:
            missing = [_unreadable(post, selection.dialect) for post in posts if _refers(post)]
            answer.update({"errors": missing} if missing else {})
        return answer


def _known(ask: Request, name: str, known: frozenset[str]) -> set[str]:
    values = listed(ask, name)
    for value in values:
        if value not in known:
            raise BadParameter(name, value, f"one of [{','.join(sorted(known))}]")
    return set(values)


def _time(instant: int) -> str:
    return f"{moment(instant):%Y-%m-%dT%H:%M:%S}.{instant // 1000 % 1000:03d}Z"


def _face(post: Post) -> Json:
    """What never changes of a post, under the names of both dialects."""
    face: Json = {
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


def _text(post: Post) -> str:
    if post.type is PostType.REPOST and not post.text.startswith("RT @"):
        return f"RT @example_city: {post.text}"
    return post.text


def _refers(post: Post) -> bool:
    return post.type in (PostType.REPOST, PostType.QUOTE)


def _original(post: Post) -> str:
    """The id of a post somewhat older; nobody knows more of it."""
    return str(max(int(post.id) - (zlib.crc32(post.id.encode()) << 16) - 1, 1))


def _unreadable(post: Post, dialect: Dialect) -> Json:
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


def _media_keys(post: Post) -> list[str]:
    prefix, _, number = _MEDIA[post.type]
    return [f"{prefix}_{int(post.id) + 1 + item}" for item in range(number)]


def _media(post: Post, wanted: frozenset[str]) -> list[Json]:
    if post.type not in _MEDIA:
        return []
    kind = _MEDIA[post.type][1]
    items = []
    for key in _media_keys(post):
        full: Json = {"media_key": key, "type": kind, "height": 720, "width": 1280}
        picture = f"https://pbs.twimg.com/media/{key}.jpg"
        full |= {"url": picture} if kind == "photo" else {"preview_image_url": picture}
        if kind == "video":
            full["duration_ms"] = 5_000 + zlib.crc32(post.id.encode()) % 120_000
        items.append({name: value for name, value in full.items() if name in wanted})
    return items


def _user_metrics(account: Account, selection: Selection, now: int) -> Json:
    """Every user has a number of posts: where the world keeps none, its visible posts count."""
    shown = account.counters.at(now)
    posts = shown.get("posts", account.published(now))
    other = zlib.crc32(account.id.encode())
    metrics: Json = {
        "following_count": other % 500,
        "listed_count": other % 97,
        "like_count": other % 1_009,
    }
    if "followers" in shown:
        metrics["followers_count"] = shown["followers"]
    names = ("tweet_count", "post_count") if selection.both else (selection.dialect.posts_of_user,)
    metrics.update(dict.fromkeys(names, posts))
    return metrics


def _post_metrics(post: Post, reposts: str, now: int) -> Json:
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

"""Users and posts in the layouts of X's public pages."""

from __future__ import annotations

import zlib

from model.items import PostType
from sandbox.service.exchange import JsonObject
from sandbox.world.model import WorldAccount, WorldPost, to_moment

_SCHEMA = "https://schema.org"
_MEDIA = {
    PostType.PHOTO: "photo",
    PostType.ALBUM: "photo",
    PostType.VIDEO: "video",
    PostType.LIVE: "video",
}
_TIME = "%a %b %d %H:%M:%S +0000 %Y"


VALIDATION: JsonObject = {
    "message": "BadRequest: the features cannot be null",
    "code": 214,
    "kind": "Validation",
    "name": "BadRequestError",
    "extensions": {"code": 214, "kind": "Validation", "name": "BadRequestError"},
}
"""What GraphQL says of a call whose form it does not take."""


def suspended_user() -> JsonObject:
    """A user who is suspended, in the layout of 2026."""
    result = {
        "__typename": "UserUnavailable",
        "message": "User is suspended",
        "unavailable_reason": "Suspended",
    }
    return {"result": result}


def _numbers(account: WorldAccount, now: int) -> dict[str, int]:
    """Followers and posts; of these every user has a number, as in the official API."""
    shown = account.counters.at(now)
    return {"posts": account.published(now), **shown}


def person(account: WorldAccount, handle: str, now: int) -> JsonObject:
    """The profile as schema.org has it."""
    shown = _numbers(account, now)
    actions = {"followers": ("FollowAction", "Follows"), "posts": ("WriteAction", "Tweets")}
    statistic = [
        {
            "@type": "InteractionCounter",
            "interactionType": f"{_SCHEMA}/{action}",
            "name": name,
            "userInteractionCount": shown[counter],
        }
        for counter, (action, name) in actions.items()
        if counter in shown
    ]
    return {
        "@context": _SCHEMA,
        "@type": "ProfilePage",
        "dateCreated": f"{to_moment(account.created):%Y-%m-%dT%H:%M:%S.000Z}",
        "mainEntity": {
            "@type": "Person",
            "additionalName": handle,
            "givenName": account.name,
            "identifier": account.id,
            "interactionStatistic": statistic,
        },
    }


def graphql_user(account: WorldAccount, handle: str, now: int) -> JsonObject:
    """A user in the layout of 2026."""
    shown = _numbers(account, now)
    user: JsonObject = {
        "__typename": "User",
        "rest_id": account.id,
        "core": {
            "created_at": f"{to_moment(account.created):{_TIME}}",
            "name": account.name,
            "screen_name": handle,
        },
        "relationship_counts": {"following": zlib.crc32(account.id.encode()) % 500},
        "tweet_counts": {"tweets": shown["posts"], "media_tweets": 0},
        "verification": {"verified": True, "verified_type": "Government"},
        "privacy": {"protected": False},
    }
    if "followers" in shown:
        user["relationship_counts"]["followers"] = shown["followers"]
    return user


def timeline_entry(post: WorldPost, handle: str, now: int) -> JsonObject:
    """One post of the timeline; views are a string, or their state alone."""
    shown = post.counters.at(now)
    views: JsonObject = {"state": "Enabled"}
    if "views" in shown and post.type is not PostType.REPOST:
        views = {"state": "EnabledWithCount", "count": str(shown["views"])}
    user = {"core": {"screen_name": handle}, "rest_id": post.account.id, "__typename": "User"}
    result = {
        "__typename": "Tweet",
        "rest_id": post.id,
        "core": {"user_results": {"result": user}},
        "legacy": _legacy(post, shown),
        "views": views,
    }
    content = {"itemContent": {"itemType": "TimelineTweet", "tweet_results": {"result": result}}}
    return {"entryId": f"tweet-{post.id}", "content": content}


def _legacy(post: WorldPost, shown: dict[str, int]) -> JsonObject:
    repost = post.type is PostType.REPOST
    names = {"likes": "favorite_count", "comments": "reply_count"}
    legacy: JsonObject = {
        "id_str": post.id,
        "user_id_str": post.account.id,
        "created_at": f"{to_moment(post.published):{_TIME}}",
        "full_text": f"RT @example_city: {post.text}" if repost else post.text,
        "lang": post.lang,
        "is_quote_status": post.type is PostType.QUOTE,
        "quote_count": 0,
    }
    for name, key in names.items():
        if name in shown:
            legacy[key] = 0 if repost else shown[name]
    if "shares" in shown:
        legacy["retweet_count"] = shown["shares"]
    if post.type in _MEDIA:
        legacy["extended_entities"] = {"media": [{"type": _MEDIA[post.type], "id_str": post.id}]}
    return legacy

"""X's public pages: a profile whose script asks GraphQL for the user and for some of the posts.

Logged out, the timeline shows well-liked posts of all times in no order: it is good for nothing but
single posts. The user's numbers are exact. GraphQL wants a guest token, which the page fetches.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

import msgspec

from model.items import PostType
from sandbox.service.exchange import Json, Refused, Reply, Request
from sandbox.service.pages import Site, data, escape, page, script
from sandbox.service.services import Call, Endpoint
from sandbox.world.model import Account, Post, moment

_GUEST = "1900000000000000001"
_SHOWN = 20
_SCHEMA = "https://schema.org"
_MEDIA = {
    PostType.PHOTO: "photo",
    PostType.ALBUM: "photo",
    PostType.VIDEO: "video",
    PostType.LIVE: "video",
}
_TIME = "%a %b %d %H:%M:%S +0000 %Y"


class XSite(Site):
    """Profiles, single posts, and the GraphQL calls of their script."""

    name = "x"
    login_title = "Log in to X / X"
    login_body = '<a href="/i/flow/login">Log in</a><input type="password" name="password">'
    challenge_title = "Just a moment..."
    challenge_body = '<div id="challenge-platform" class="arkoselabs"></div>'

    def endpoints(self) -> list[Endpoint]:
        """Below `/web/x`."""
        root = "/web/x"
        graphql = f"{root}/i/api/graphql/{{query}}"
        guest = f"{root}/1.1/guest/activate.json"
        return [
            Endpoint("guest", guest, self.guest, method="POST", open=True),
            Endpoint("user", f"{graphql}/UserByScreenName", self.user, open=True),
            Endpoint("timeline", f"{graphql}/UserTweets", self.timeline, open=True),
            Endpoint("post", f"{root}/{{name}}/status/{{id}}", self.post, open=True),
            Endpoint("profile", f"{root}/{{name}}", self.profile, open=True),
        ]

    def guest(self, _: Call) -> Reply:
        """POST /1.1/guest/activate.json"""
        return Reply({"guest_token": _GUEST})

    def profile(self, turn: Call) -> Reply:
        """GET /{name}: the profile as structured data; the rest is fetched by the script."""
        name = turn.ask.parts["name"]
        account = self.stage.directory.by_handle("x", name)
        if account is None:
            raise Refused(page("X", "<p>This account doesn’t exist</p>", status=404))
        handle = self.stage.directory.handle(account)
        person = _person(account, handle, turn.now)
        head = data(person, 'type="application/ld+json" data-testid="UserProfileSchema-test"')
        body = f'<main data-name="{escape(handle)}"><h2>{escape(account.name)}</h2></main>'
        return page(f"{account.name} (@{handle}) / X", f"{body}{script('x')}", head)

    def post(self, turn: Call) -> Reply:
        """GET /{name}/status/{id}"""
        post = self.stage.directory.post("x", turn.ask.parts["id"], turn.now)
        if post is None:
            raise Refused(page("X", "<p>This post doesn’t exist</p>", status=404))
        body = (
            f'<main><article data-testid="tweet"><h3>{escape(post.account.name)}</h3>'
            f'<div data-testid="tweetText">{escape(post.text)}</div>'
            f"<time>{moment(post.published):%b %d, %Y}</time></article></main>"
        )
        return page(f"{post.account.name} on X", body, rows=1)

    def user(self, turn: Call) -> Reply:
        """GET /i/api/graphql/{queryId}/UserByScreenName?variables=…"""
        name = _variables(turn.ask).get("screen_name", "")
        account = self.stage.directory.by_handle("x", str(name))
        if account is None:
            return Reply({"data": {"user": {}}})
        user = _user(account, self.stage.directory.handle(account), turn.now)
        return Reply({"data": {"user": {"result": user}}}, rows=[user])

    def timeline(self, turn: Call) -> Reply:
        """GET /i/api/graphql/{queryId}/UserTweets?variables=…: some well-liked posts, shuffled."""
        user_id = _variables(turn.ask).get("userId", "")
        account = self.stage.directory.account("x", str(user_id))
        if account is None:
            return Reply({"data": {"user": {}}})
        handle = self.stage.directory.handle(account)
        posts = [p for p in account.visible(turn.now) if "likes" in p.counters.at(turn.now)]
        liked = sorted(posts, key=lambda p: (-p.counters.at(turn.now)["likes"], p.id))
        shuffled = sorted(liked[:_SHOWN], key=lambda p: hashlib.sha256(p.id.encode()).digest())
        entries = [_entry(post, handle, turn.now) for post in shuffled]
        instructions = [
            {"type": "TimelineClearCache"},
            {"type": "TimelineAddEntries", "entries": entries},
        ]
        timeline = {"timeline": {"instructions": instructions}}
        result = {"__typename": "User", "rest_id": account.id, "timeline": timeline}
        return Reply({"data": {"user": {"result": result}}}, rows=entries)


def _variables(ask: Request) -> dict[str, Any]:
    """The variables of a GraphQL call. Raises Refused without a guest token."""
    if ask.headers.get("x-guest-token") != _GUEST or not ask.bearer:
        errors = [{"code": 239, "message": "Bad guest token"}]
        raise Refused(Reply({"errors": errors}, status=403))
    try:
        return msgspec.json.decode(ask.params.get("variables", ""), type=dict[str, Any])
    except msgspec.DecodeError as error:
        errors = [{"code": 336, "message": "The variables cannot be read"}]
        raise Refused(Reply({"errors": errors}, status=400)) from error


def _numbers(account: Account, now: int) -> dict[str, int]:
    """Followers and posts; of these every user has a number, as in the official API."""
    shown = account.counters.at(now)
    return {"posts": account.published(now), **shown}


def _person(account: Account, handle: str, now: int) -> Json:
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
        "dateCreated": f"{moment(account.created):%Y-%m-%dT%H:%M:%S.000Z}",
        "mainEntity": {
            "@type": "Person",
            "additionalName": handle,
            "givenName": account.name,
            "identifier": account.id,
            "interactionStatistic": statistic,
        },
    }


def _user(account: Account, handle: str, now: int) -> Json:
    """A user in the layout of 2026."""
    shown = _numbers(account, now)
    user: Json = {
        "__typename": "User",
        "rest_id": account.id,
        "core": {
            "created_at": f"{moment(account.created):{_TIME}}",
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


def _entry(post: Post, handle: str, now: int) -> Json:
    """One post of the timeline; views are a string, or their state alone."""
    shown = post.counters.at(now)
    views: Json = {"state": "Enabled"}
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


def _legacy(post: Post, shown: dict[str, int]) -> Json:
    repost = post.type is PostType.REPOST
    names = {"likes": "favorite_count", "comments": "reply_count"}
    legacy: Json = {
        "id_str": post.id,
        "user_id_str": post.account.id,
        "created_at": f"{moment(post.published):{_TIME}}",
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

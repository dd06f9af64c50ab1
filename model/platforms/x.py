"""X. Names: help page "Username registration". Prices and limits: X API v2, pay per use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from urllib.parse import parse_qs

from model.handles import Named, Naming, matching
from model.platforms.definitions import Definition
from model.platforms.facts import Facts, Need, Shown
from model.platforms.tariff import Limit, Price, Tariff
from model.proof import Ceiling, PostList, Proof

_PAGES = frozenset(
    (
        *("about", "account", "accounts", "communities", "compose", "connect_people", "download"),
        *("explore", "hashtag", "help", "home", "i", "intent", "invitations", "jobs", "lists"),
        *("login", "logout", "messages", "moments", "newtwitter", "notifications", "oauth"),
        *("personalization", "privacy", "rules", "search", "search-advanced", "search-home"),
        *("sessions", "settings", "share", "signin", "signup", "similar_to", "sitemap", "status"),
        *("statuses", "terms", "topics", "tos", "welcome", "who_to_follow", "widgets"),
    )
)
"""Routes of the site, as its own pages link to them."""
VIEWS_FROM = datetime(2022, 12, 1, tzinfo=UTC)
"""From when on posts count views (impressions): X Help Center, "About view counts", noted
2026-11-28. Of older posts the API shows 0, the pages nothing."""
_MEANINGS_NOTED = date(2026, 11, 28)
_SINCE, _NOTED = date(2026, 2, 6), date(2026, 8, 22)


def _address(segments: Sequence[str], query: str) -> Named | None:
    if segments[:2] == ["i", "user"] and len(segments) == 3:
        return Named(id=segments[2])
    if segments[0].lower() == "intent":
        asked = parse_qs(query)
        names, ids = asked.get("screen_name", [""]), asked.get("user_id", [""])
        named = Named(handle=names[0].lstrip("@"), id=ids[0])
        return named if named.handle or named.id else None
    if segments[0].lower() in _PAGES:
        return None
    return Named(handle=segments[0].lstrip("@"))


LIST = PostList(
    proofs=(Proof.END_MARK,),
    page=100,
    ceilings=(
        Ceiling(
            what="newest posts of an account, reposts among them",
            most=3_200,
            answer="say what is missing: the posts of the window behind it",
            noted=date(2026, 11, 28),
            source="X API v2, GET /2/users/:id/tweets: the 3,200 most recent posts",
        ),
    ),
)
"""The timeline of the official API."""


FACTS = Facts(
    mapper_version=2,
    zh="X平台",
    en="X",
    aliases=("twitter", "推特", "x (twitter)", "x(twitter)", "twitter/x", "x/twitter"),
    naming=Naming(
        hosts=("x.com", "twitter.com"),
        handle=matching(r"[A-Za-z0-9_]{1,15}"),
        handle_words="a name of at most 15 letters, digits or underscores",
        id=re.compile(r"[1-9][0-9]{0,18}"),
        id_words="a user id of at most 19 digits",
        pages=_PAGES,
        address=_address,
        address_words="the address of an account, such as x.com/NAME",
    ),
    post_id=re.compile(r"[0-9]+"),
    tariff=Tariff(
        unit="post or user read",
        billing="resources",
        prices=(
            Price(
                subject="post",
                dollars=0.005,
                since=_SINCE,
                noted=_NOTED,
                source="X API pricing, pay per use: post read",
            ),
            Price(
                subject="user",
                dollars=0.010,
                since=_SINCE,
                noted=_NOTED,
                source="X API pricing, pay per use: user read",
            ),
        ),
        dated_limits=(
            Limit(
                what="posts read a month",
                of="posts",
                units=3_000_000,
                per="month",
                since=_SINCE,
                noted=_NOTED,
                source="X API pricing, pay per use: monthly cap of post reads",
            ),
            Limit(
                what="timeline calls a quarter of an hour and app",
                of="timeline",
                units=10_000,
                per="quarter",
                since=_SINCE,
                noted=_NOTED,
                source="X API v2, Rate limits: GET /2/users/:id/tweets",
            ),
            Limit(
                what="user lookups a quarter of an hour and app",
                of="profile",
                units=300,
                per="quarter",
                since=_SINCE,
                noted=_NOTED,
                source="X API v2, Rate limits: GET /2/users",
            ),
        ),
    ),
    need=Need(
        keys=("tokens",),
        permission="read access to users and posts (app-only bearer token)",
        remedy="create a project and app in the X developer portal and copy its bearer token; "
        "reading is paid per post and user",
    ),
    pages="followers and number of posts; no posts, as they are shown neither all nor in order",
    shows={
        route: Shown(
            account=("followers", "posts"),
            post=("likes", "comments", "shares", "views", "saves"),
        )
        for route in ("api", "web")
    },
    views_on_every_post=True,
    repost="a retweet, by its reference `retweeted` or its text `RT @…`; a quote is a post",
    lists={
        "api": LIST,
        "web": PostList(proofs=()),
    },
    definitions=(
        Definition(
            counter="views",
            subjects=("post",),
            since=VIEWS_FROM.date(),
            kind="begun",
            en="views (impressions) are counted on posts published since; older posts have none",
            zh="此后发布的帖文才统计浏览量（展示次数），更早的帖文没有",
            source="X Help Center, About view counts",
            noted=_MEANINGS_NOTED,
        ),
        Definition(
            counter="shares",
            subjects=("post",),
            since=date(2026, 8, 7),
            kind="renamed",
            en="reposts are called `repost_count` beside `retweet_count`, in both cases without"
            " quotes, which are added",
            zh="转帖数由 `retweet_count` 改称 `repost_count`，均不含引用，引用另加",
            source="X API v2, OpenAPI 2.167",
            noted=_MEANINGS_NOTED,
        ),
        Definition(
            counter="posts",
            subjects=("account",),
            since=date(2026, 8, 7),
            kind="renamed",
            en="the number of posts is called `post_count` beside `tweet_count`",
            zh="帖文总数由 `tweet_count` 改称 `post_count`",
            source="X API v2, OpenAPI 2.167",
            noted=_MEANINGS_NOTED,
        ),
    ),
)

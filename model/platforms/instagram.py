"""Instagram. Names: help page "Instagram usernames". Limits: Graph API, Rate Limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from model.handles import Named, Naming, matching
from model.platforms.definitions import Definition
from model.platforms.facebook import GRAPH_VERSION_ENDS
from model.platforms.facts import Facts, Need, Shown
from model.platforms.tariff import Limit, Tariff
from model.proof import Ceiling, PostList, Proof

_PAGES = frozenset(
    (
        *("_n", "_u", "about", "accounts", "api", "blog", "business", "challenge", "create"),
        *("developer", "developers", "direct", "directory", "download", "emails", "explore"),
        *("graphql", "guides", "help", "invites", "legal", "lite", "locations", "login"),
        *("nametag", "oauth", "p", "press", "privacy", "qr", "query", "reel", "reels", "s"),
        *("session", "settings", "share", "signup", "static", "stories", "tags", "terms"),
        *("topics", "tv", "web", "your_activity"),
    )
)
"""Routes of the site, as its own pages link to them."""


def _address(segments: Sequence[str], _query: str) -> Named | None:
    first = segments[0].lower()
    if first in ("_u", "stories") and len(segments) > 1 and segments[1] != "highlights":
        return Named(handle=segments[1])
    return None if first in _PAGES else Named(handle=segments[0].removeprefix("@"))


FACTS = Facts(
    version_ends=GRAPH_VERSION_ENDS,
    zh="照片墙",
    en="Instagram",
    aliases=("ins", "ig", "照片墙"),
    naming=Naming(
        hosts=("instagram.com", "instagr.am"),
        handle=matching(r"(?!\.)(?!.*\.\.)[a-z0-9._]{1,30}(?<!\.)"),
        handle_words="a name of at most 30 letters, digits, underscores or single periods inside",
        id=re.compile(r"[1-9][0-9]{0,19}"),
        id_words="a user id of digits",
        address=_address,
        address_words="the address of an account, such as instagram.com/NAME",
        pages=_PAGES,
        lower=True,
        by_handle_alone=True,
    ),
    post_id=re.compile(r"[0-9]+"),
    tariff=Tariff(
        unit="call",
        billing="calls",
        dated_limits=(
            Limit(
                what="calls an hour for each daily user of the app (business discovery counts on"
                " it)",
                units=200,
                per="hour",
                noted=date(2026, 11, 22),
                source="Graph API, Rate Limits: platform rate limit (app and user tokens)",
            ),
        ),
    ),
    need=Need(
        keys=("tokens", "user_id"),
        permission="instagram_basic, instagram_manage_insights, pages_read_engagement with "
        "Advanced Access",
        remedy="link your own professional Instagram account to a Facebook page, grant these "
        "permissions to your Meta app, and set that account's id",
    ),
    pages="followers, posts with likes, comments and plays of reels; never shares",
    shows={
        "api": Shown(
            account=("followers", "posts"),
            post=("likes", "comments", "views", "plays", "shares", "saves"),
        ),
        "web": Shown(
            account=("followers", "posts"), post=("likes", "comments", "views", "plays", "shares")
        ),
    },
    lists={
        "api": PostList(
            proofs=(Proof.OLDER_POST, Proof.TOTAL, Proof.END_MARK, Proof.COUNTERS),
            page=50,
            ceilings=(
                Ceiling(
                    what="newest media of an account",
                    most=10_000,
                    answer="say what is missing: the posts of the window behind it",
                    noted=date(2026, 11, 28),
                    source="Instagram Platform, IG User Media: 10K most recently created media",
                ),
            ),
        ),
        "web": PostList(
            proofs=(Proof.OLDER_POST, Proof.COUNTERS),
            page=12,
            ceilings=(
                Ceiling(
                    what="newest posts of a profile for those who are not logged in",
                    most=12,
                    answer="read known posts one by one, and say that newer ones may be missing",
                    noted=date(2026, 11, 28),
                    source="public profile pages, logged out",
                ),
            ),
        ),
    },
    definitions=(
        Definition(
            counter="impressions",
            subjects=(),
            since=date(2025, 4, 21),
            kind="meaning",
            en="insights of one's own account give views in place of impressions and plays",
            zh="自有账号的洞察数据以浏览量取代展示量和播放量",
            source="Graph API v22.0, Changelog: Instagram Platform, Insights metrics",
            noted=date(2026, 11, 28),
        ),
    ),
)

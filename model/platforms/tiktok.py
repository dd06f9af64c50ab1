"""TikTok. Names: help page "Changing your username". Limits: Research API, FAQ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from model.handles import Named, Naming, matching
from model.platforms.facts import Facts, Need, Shown
from model.platforms.tariff import Limit, Tariff
from model.proof import PostList, Proof

_NOTED = date(2026, 11, 22)


_PAGES = frozenset(
    (
        *("about", "business", "creators", "discover", "download", "embed", "explore"),
        *("following", "foryou", "friends", "legal", "live", "login", "logout", "messages"),
        *("music", "privacy", "search", "setting", "signup", "tag", "trending", "upload", "video"),
    )
)
"""Routes of the site, as its own pages link to them."""


def _address(segments: Sequence[str], _query: str) -> Named | None:
    return Named(handle=segments[0][1:]) if segments[0].startswith("@") else None


FACTS = Facts(
    mapper_version=2,
    zh="TikTok",
    en="TikTok",
    aliases=("tik tok", "抖音国际版", "海外抖音", "国际版抖音"),
    naming=Naming(
        hosts=("tiktok.com",),
        handle=matching(r"[a-z0-9._]{2,30}(?<!\.)"),
        handle_words="a name of 2 to 30 letters, digits, underscores or periods (none at the end)",
        id=re.compile(r"[1-9][0-9]{4,19}"),
        id_words="a user id of digits",
        address=_address,
        address_words="the address of an account, such as tiktok.com/@NAME",
        pages=_PAGES,
        subdomains=re.compile(r"www|m|[a-z]{2}"),
        at_sign=True,
        lower=True,
        by_handle_alone=True,
    ),
    post_id=re.compile(r"[0-9]+"),
    tariff=Tariff(
        unit="request",
        billing="calls",
        together=100,
        query_days=30,
        dated_limits=(
            Limit(
                what="requests a day and client",
                units=1_000,
                per="day",
                hard=True,
                noted=_NOTED,
                source="TikTok Research API, FAQ: daily request quota, reset at 00:00 UTC",
            ),
            Limit(
                what="rows a day and client",
                of="rows",
                units=100_000,
                per="day",
                noted=_NOTED,
                source="TikTok Research API, FAQ: daily record quota, reset at 00:00 UTC",
            ),
        ),
    ),
    need=Need(
        keys=("client_key", "client_secret"),
        permission="Research API, scope research.data.basic",
        remedy="apply for Research API access (non-profit research in the US or Europe) and copy "
        "the client key and secret",
    ),
    pages="followers and posts with all their counters",
    shows={
        route: Shown(
            account=("followers", "posts", "likes"),
            post=("likes", "comments", "shares", "views", "saves"),
        )
        for route in ("api", "web")
    },
    lists={
        "api": PostList(proofs=(Proof.END_MARK, Proof.COUNTERS), page=100),
        "web": PostList(proofs=(Proof.OLDER_POST, Proof.END_MARK, Proof.COUNTERS), page=35),
    },
)

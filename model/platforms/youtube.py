"""YouTube. Names: help page "Handles naming guidelines". Quota: YouTube Data API v3."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from model.handles import Named, Naming
from model.platforms.definitions import Definition
from model.platforms.facts import Facts, Need, Shown
from model.platforms.tariff import Limit, Tariff
from model.proof import Ceiling, PostList, Proof

_NOTED = date(2026, 11, 28)


_OLDER = ("user/", "c/")
"""Of user names (before 2014) and custom addresses (before handles, 2022): they still lead to their
channels, but only those of user names are known to the API (`forUsername`)."""
_PAGES = frozenset(
    (
        *("about", "account", "ads", "attribution_link", "c", "channel", "clip", "creators"),
        *("embed", "feed", "gaming", "hashtag", "howyoutubeworks", "jobs", "kids", "live"),
        *("login", "logout", "music", "new", "oops", "playlist", "playlists", "post", "premium"),
        *("redirect", "results", "rewind", "shorts", "signin", "source", "supported_browsers"),
        *("t", "trending", "user", "v", "watch", "yt"),
    )
)
"""Routes of the site, as its own pages link to them."""


def _is_handle(handle: str) -> bool:
    """Letters of many scripts are allowed; those of some need fewer than the usual three."""
    if handle.startswith(_OLDER):
        name = handle.partition("/")[2]
        return len(name) <= 100 and _is_spelt(name)
    least = 3 if handle.isascii() else 1
    return least <= len(handle) <= 30 and _is_spelt(handle)


def _is_spelt(name: str) -> bool:
    return bool(name) and all(
        sign in "_-.·" or unicodedata.category(sign)[0] in "LMN" for sign in name
    )


def _address(segments: Sequence[str], _query: str) -> Named | None:
    if segments[0].startswith("@"):
        return Named(handle=segments[0][1:])
    first = segments[0].lower()
    if first == "channel" and len(segments) > 1:
        return Named(id=segments[1])
    if f"{first}/" in _OLDER and len(segments) > 1:
        return Named(handle=f"{first}/{segments[1]}")
    return None


FACTS = Facts(
    mapper_version=2,
    zh="优兔",
    en="YouTube",
    aliases=("yt", "优兔", "油管"),
    naming=Naming(
        hosts=("youtube.com", "youtu.be"),
        handle=_is_handle,
        handle_words="a handle of 3 to 30 letters, digits, underscores, hyphens or periods",
        id=re.compile(r"UC[A-Za-z0-9_-]{22}"),
        id_words="a channel id: UC and 22 letters, digits, hyphens or underscores",
        address=_address,
        address_words="the address of a channel: youtube.com/@HANDLE or youtube.com/channel/UC…",
        pages=_PAGES,
        subdomains=re.compile(r"www|m|gaming|music|studio"),
        at_sign=True,
        older=_OLDER,
    ),
    post_id=re.compile(r"[A-Za-z0-9_-]{11}"),
    tariff=Tariff(
        unit="quota unit",
        billing="calls",
        zone="America/Los_Angeles",
        together=50,
        dated_limits=(
            Limit(
                what="units a day and project",
                units=10_000,
                per="day",
                hard=True,
                noted=date(2026, 11, 22),
                source="YouTube Data API v3, Quota: default allocation, reset at midnight Pacific"
                " time",
            ),
        ),
    ),
    need=Need(
        keys=("tokens",),
        permission="YouTube Data API v3 enabled (an API key; no user consent needed)",
        remedy="create a Google Cloud project, enable the API and make a key; "
        "10,000 units a day are free, about 225 read 138 channels once",
    ),
    pages="views and likes; subscribers, and comments from 1,000 on, rounded; never shares",
    shows={
        route: Shown(account=("followers", "posts", "views"), post=("likes", "comments", "views"))
        for route in ("api", "web")
    },
    lists={
        "api": PostList(
            proofs=(Proof.OLDER_POST, Proof.TOTAL, Proof.END_MARK, Proof.COUNTERS),
            page=50,
            ceilings=(
                Ceiling(
                    what="newest videos of a channel's list of uploads",
                    most=20_000,
                    answer="say what is missing: the videos of the window behind it",
                    noted=date(2026, 11, 28),
                    source="Google issue tracker: playlistItems.list stops at 20,000 entries",
                ),
            ),
        ),
        "web": PostList(proofs=(Proof.OLDER_POST, Proof.END_MARK), page=30),
    },
    definitions=(
        Definition(
            counter="followers",
            subjects=("account",),
            since=date(2019, 9, 10),
            kind="precision",
            en="subscribers are shown with three significant figures, rounded down",
            zh="订阅数只显示三位有效数字（向下取整）",
            source="YouTube Data API v3, Revision history: September 10, 2019",
            noted=_NOTED,
        ),
        Definition(
            counter="views",
            subjects=("account", "post"),
            since=date(2025, 3, 31),
            kind="meaning",
            types=frozenset(("short",)),
            en="views of Shorts count from the start of playback, replays included",
            zh="短视频（Shorts）自开始播放即计一次观看，重播也计",
            source="YouTube Data API v3, Revision history: March 26, 2025",
            noted=_NOTED,
        ),
        Definition(
            counter="views",
            subjects=("account", "post"),
            since=date(2026, 8, 27),
            kind="meaning",
            en="views of all formats count from the start of playback",
            zh="所有格式的视频自开始播放即计一次观看",
            source="YouTube Data API v3, Revision history: August 27, 2026 (seen from August 24"
            " on)",
            noted=_NOTED,
        ),
    ),
)

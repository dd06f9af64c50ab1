"""Facebook. Names: help page "Create a custom username for your Page". Limits: Graph API, Rate
Limits (page and system-user tokens count otherwise: 4,800 calls a day for each engaged user of a
page, which no plan comes near)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from urllib.parse import parse_qs

from model.handles import Named, Naming, matching
from model.platforms.definitions import Definition
from model.platforms.facts import Facts, Need, Shown
from model.platforms.tariff import Limit, Tariff
from model.proof import Ceiling, PostList, Proof

_PAGE_SLUG = re.compile(r"(?:.*-)?([0-9]{8,20})")
_MEANINGS_NOTED = date(2026, 11, 28)
_PAGES = frozenset(
    (
        *("_u", "about", "ads", "ajax", "bookmarks", "business", "checkpoint", "dialog"),
        *("directory", "events", "find-friends", "friends", "fundraisers", "gaming", "groups"),
        *("hashtag", "help", "home.php", "instantgames", "jobs", "l.php", "latest", "legal"),
        *("lists", "lite", "live", "login", "login.php", "logout.php", "maps", "marketplace"),
        *("media", "memories", "messages", "mobile", "notes", "notifications", "offers", "pages"),
        *("people", "permalink.php", "photo", "photo.php", "photos", "plugins", "policies"),
        *("policy.php", "posts", "privacy", "profile.php", "public", "r.php", "recover", "reel"),
        *("reels", "reg", "saved", "search", "settings", "share", "share.php", "sharer"),
        *("sharer.php", "signup", "sitemap", "stories", "story.php", "terms", "terms.php", "tr"),
        *("unsupportedbrowser", "video", "video.php", "videos", "watch", "weather"),
    )
)
"""Routes of the site, as its own pages link to them."""
_PAGES_WITH_ID = ("profile.php", "permalink.php", "story.php")


def _address(segments: Sequence[str], query: str) -> Named | None:
    first = segments[0].lower()
    if first in _PAGES_WITH_ID:
        ids = parse_qs(query).get("id", [])
        return Named(id=ids[0]) if ids else None
    if first in ("people", "pages", "p", "pg"):
        slug = _PAGE_SLUG.fullmatch(segments[-1])
        if slug:
            return Named(id=slug[1])
        return Named(handle=segments[1]) if first == "pg" and len(segments) > 1 else None
    if first in _PAGES:
        return None
    slug = _PAGE_SLUG.fullmatch(segments[0])
    return Named(id=slug[1]) if slug else Named(handle=segments[0].removeprefix("@"))


GRAPH_VERSION_ENDS = {
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
"""Source: Graph API changelog, noted 2026-11-28. Later versions have no end yet."""

FACTS = Facts(
    mapper_version=2,
    version_ends=GRAPH_VERSION_ENDS,
    zh="脸书",
    en="Facebook",
    aliases=("fb", "脸书", "脸谱", "脸谱网"),
    naming=Naming(
        hosts=("facebook.com", "fb.com"),
        handle=matching(r"(?=.*[A-Za-z])[A-Za-z0-9.]{2,50}"),
        handle_words="a page name of 5 to 50 letters, digits or periods (shorter: with its id)",
        id=re.compile(r"[1-9][0-9]{4,19}"),
        id_words="a page id of digits",
        address=_address,
        address_words="the address of a page, such as facebook.com/NAME",
        shortest=5,
        pages=_PAGES,
        subdomains=re.compile(r"www|web|m|mbasic|mobile|touch|[a-z]{2}-[a-z]{2}"),
        ignores_periods=True,
    ),
    post_id=re.compile(r"[0-9]+_[0-9]+"),
    post_id_has_owner=True,
    tariff=Tariff(
        unit="call",
        billing="ids",
        videos_apart=True,
        dated_limits=(
            Limit(
                what="calls an hour for each daily user of the app",
                units=200,
                per="hour",
                noted=date(2026, 11, 22),
                source="Graph API, Rate Limits: platform rate limit (app and user tokens)",
            ),
        ),
    ),
    need=Need(
        keys=("tokens",),
        permission="Page Public Content Access (posts and counters of other people's pages)",
        remedy="create a Meta app, pass App Review and Business Verification for that feature, "
        "and use a system user token",
    ),
    pages="posts with their counters, views of videos; followers rounded",
    shows={
        "api": Shown(account=("followers", "likes"), post=("likes", "comments", "shares", "views")),
        "web": Shown(account=("followers", "likes"), post=("likes", "comments", "shares", "views")),
    },
    lists={
        "api": PostList(
            proofs=(Proof.OLDER_POST, Proof.END_MARK),
            page=100,
            ceilings=(
                Ceiling(
                    what="posts of a page's feed in a year, newest first",
                    most=600,
                    answer="say what is missing: the posts of the window behind it",
                    noted=date(2026, 11, 28),
                    source="Graph API, Page Feed: maximum of 600 ranked, published posts per year",
                ),
            ),
        ),
        "web": PostList(proofs=(Proof.OLDER_POST, Proof.END_MARK), page=3),
    },
    definitions=(
        Definition(
            counter="impressions",
            subjects=(),
            since=date(2025, 11, 15),
            kind="meaning",
            en="insights of one's own page give views in place of impressions, follows in place of"
            " fans",
            zh="自有主页的洞察数据以浏览量取代展示量，以关注数取代粉丝数",
            source="Meta for Developers, Page Insights API updates, August 15, 2025",
            noted=_MEANINGS_NOTED,
        ),
        Definition(
            counter="reach",
            subjects=(),
            since=date(2026, 6, 15),
            kind="ended",
            en="insights of one's own page no longer give unique impressions (reach) and views of"
            " three seconds",
            zh="自有主页的洞察数据不再提供触达人数（去重展示量）和3秒观看量",
            source="Meta for Developers, Graph API v25.0, February 18, 2026",
            noted=_MEANINGS_NOTED,
        ),
    ),
)

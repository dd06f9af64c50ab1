"""The requests that collecting takes: reads of the Graph API, and public pages in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import msgspec

from crawler.contract import Browse, Call
from crawler.platforms.facebook.api_parts import REACTION_KINDS
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.paging import handle_of
from crawler.reading import graph
from model.messages import Visit, Window
from model.route import Route

ROWS = 100
"""Posts or videos a call, the most the edges give."""
_LOOK_BACK = timedelta(days=62)
"""So long before the window a list is asked for that is to show an older post, at least; back to
the beginning of its year, for about 600 posts of a year are listed."""
TIMELINE = "timeline"
"""Endpoint of a page that is scrolled."""

_PAGE_FIELDS = "id,name,username,link,followers_count,fan_count,verification_status,is_published"
_POST_FIELDS = (
    "id,created_time,permalink_url,status_type,message,shares,attachments{media_type,type,target},"
    "comments.limit(0).summary(true),reactions.limit(0).summary(total_count)"
)
_VIDEO_FIELDS = "id,created_time,permalink_url,views,post_id,live_status"


def pages_by_id(ids: Sequence[str], config: FacebookConfig) -> Call:
    """The counters of up to 50 pages."""
    return _together("profile", [_object(id_, _PAGE_FIELDS) for id_ in ids], config)


def posts_by_id(ids: Sequence[str], config: FacebookConfig) -> Call:
    """Up to 50 posts."""
    return _together("refresh", [_object(id_, _POST_FIELDS) for id_ in ids], config)


def reactions_by_kind(asked: Sequence[tuple[str, str]], config: FacebookConfig) -> Call:
    """How many reactions of a kind each post has, for up to 50 pairs of post and kind."""
    query = "limit=0&summary=total_count"
    parts = [f"{post}/reactions?type={kind.upper()}&{query}" for post, kind in asked]
    return _together("reactions", parts, config)


def kinds_of(posts: Sequence[str]) -> list[tuple[str, str]]:
    """Every pair of a post and a kind of reaction."""
    return [(post, kind) for post in posts for kind in REACTION_KINDS]


def _object(id_: str, fields: str) -> str:
    return f"{quote(id_, safe='')}?{urlencode({'fields': fields})}"


def _together(endpoint: str, parts: Sequence[str], config: FacebookConfig) -> Call:
    """Reads in one synchronous batch, each billed as a call; one read alone needs none."""
    root = graph.root_url(config)
    if len(parts) == 1:
        return Call(endpoint=endpoint, url=f"{root}{parts[0]}")
    batch = msgspec.json.encode([{"method": "GET", "relative_url": part} for part in parts])
    return Call(
        endpoint=endpoint,
        url=root,
        method="POST",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode({"batch": batch.decode(), "include_headers": "true"}).encode(),
        units=len(parts),
    )


def published_posts(
    account: str, window: Window, config: FacebookConfig, newest: datetime | None = None
) -> str:
    """The address of a window's first page of posts; the edge is asked for a second more.

    `newest`: the list begins there instead of at the window's end, and goes on far beyond its
    start, so that an older post may tell that none is missing in between.
    """
    since = window.start - timedelta(seconds=1)
    if newest is not None:
        since = min(window.start - _LOOK_BACK, _new_year(window.start))
    return graph.url(
        config,
        f"{account}/published_posts",
        fields=_POST_FIELDS,
        since=int(since.timestamp()),
        until=int((newest or window.end).timestamp()),
        limit=ROWS,
    )


def _new_year(at: datetime) -> datetime:
    return at.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def page_videos(account: str, config: FacebookConfig) -> str:
    """The address of the first of a page's videos."""
    return graph.url(config, f"{account}/videos", fields=_VIDEO_FIELDS, limit=ROWS)


def browsed_page(
    visit: Visit, config: FacebookConfig, endpoint: str, browse: Browse, path: str = ""
) -> Call:
    """The public page, or one below it; by its id where it is known, which outlasts its name."""
    named = visit.account if visit.account.isdigit() else handle_of(visit)
    url = f"{config.web_url.rstrip('/')}/{quote(named, safe='')}{path}"
    return Call(endpoint=endpoint, url=url, route=Route.WEB, browse=browse)

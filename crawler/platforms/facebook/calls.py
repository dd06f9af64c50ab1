"""The requests that collecting takes: reads of the Graph API, and public pages in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from crawler.contract import Browse, Call
from crawler.platforms.facebook.api_parts import REACTION_KINDS
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.paging import handle_of
from crawler.reading import graph
from model.messages import Visit, Window
from model.route import Route

BATCH = 50
"""Ids a call; each is billed as a call of its own."""
ROWS = 100
"""Posts or videos a call, the most the edges give."""
TIMELINE = "timeline"
"""Endpoint of a page that is scrolled."""

_PAGE_FIELDS = "id,name,username,link,followers_count,fan_count,verification_status,is_published"
_BY_KIND = ",".join(
    f"reactions.type({kind.upper()}).limit(0).summary(total_count).as({kind})"
    for kind in REACTION_KINDS
)
_POST_FIELDS = (
    "id,created_time,permalink_url,status_type,message,shares,attachments{media_type,type,target},"
    f"comments.limit(0).summary(true),reactions.limit(0).summary(total_count),{_BY_KIND}"
)
_VIDEO_FIELDS = "id,created_time,permalink_url,views,post_id,live_status"


def pages_by_id(ids: Sequence[str], config: FacebookConfig) -> Call:
    """`GET /?ids=…`: the counters of up to 50 pages."""
    url = graph.url(config, "", ids=",".join(ids), fields=_PAGE_FIELDS)
    return Call(endpoint="profile", url=url, units=len(ids))


def posts_by_id(ids: Sequence[str], config: FacebookConfig) -> Call:
    """`GET /?ids=…`: up to 50 posts."""
    url = graph.url(config, "", ids=",".join(ids), fields=_POST_FIELDS)
    return Call(endpoint="refresh", url=url, units=len(ids))


def published_posts(account: str, window: Window, config: FacebookConfig) -> str:
    """The address of a window's first page of posts; the edge is asked for a second more."""
    since = window.start - timedelta(seconds=1)
    return graph.url(
        config,
        f"{account}/published_posts",
        fields=_POST_FIELDS,
        since=int(since.timestamp()),
        until=int(window.end.timestamp()),
        limit=ROWS,
    )


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

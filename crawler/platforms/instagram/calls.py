"""The requests that collecting takes: business discovery, and public pages by plain HTTP."""

from __future__ import annotations

from crawler.contract import Call
from crawler.platforms.instagram.config import InstagramConfig
from crawler.reading import graph
from model.messages import Visit
from model.route import Route

ROWS = 50
"""Media a call; the edge takes more, but then complains about the amount of data."""

_ACCOUNT_FIELDS = "id,username,name,followers_count,media_count"
_MEDIA_FIELDS = (
    "id,caption,timestamp,permalink,media_type,media_product_type,"
    "like_count,comments_count,view_count"
)
_HEADERS = {"accept-language": "en-US,en;q=0.9"}


def account_counters(visit: Visit, config: InstagramConfig) -> Call:
    """The counters of an account."""
    return _discovery(visit, config, "profile", _ACCOUNT_FIELDS)


def media_page(visit: Visit, config: InstagramConfig, cursor: str | None, limit: int) -> Call:
    """`limit` media after a cursor; without one the newest, and the account's counters."""
    if cursor is None:
        fields = f"{_ACCOUNT_FIELDS},media.limit({limit}){{{_MEDIA_FIELDS}}}"
    else:
        fields = f"id,media.after({cursor}).limit({limit}){{{_MEDIA_FIELDS}}}"
    return _discovery(visit, config, "timeline", fields)


def public_page(config: InstagramConfig, endpoint: str, path: str) -> Call:
    """A public page."""
    url = f"{config.web_url.rstrip('/')}/{path}/"
    return Call(endpoint=endpoint, url=url, headers=_HEADERS, route=Route.WEB)


def _discovery(visit: Visit, config: InstagramConfig, endpoint: str, fields: str) -> Call:
    """`GET /OWN?fields=business_discovery.username(NAME){…}`."""
    asked = f"business_discovery.username({visit.handle}){{{fields}}}"
    return Call(endpoint=endpoint, url=graph.url(config, config.user_id, fields=asked))

"""The calls of TikTok's Research API that we make, and what all their answers have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from crawler.contract import Answer, Browse, Call, TokenCall
from crawler.errors import Retry
from crawler.platforms.tiktok import errors
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.reading.shape import decode, mapping, member, optional_inner, text, whole
from model.messages import Outcome
from model.route import Route

ROWS = 100
"""Most videos of one page (Research API, query videos: max_count)."""
NAMES = 100
"""Usernames asked for at once."""

_USER_FIELDS = "display_name,is_verified,follower_count,following_count,likes_count,video_count"
_VIDEO_FIELDS = (
    "id,username,create_time,video_description,video_duration,region_code,"
    "like_count,comment_count,share_count,view_count,favorites_count"
)


def user_info(handle: str, config: TikTokConfig) -> Call:
    """`POST /v2/research/user/info/`: the counters of one user."""
    return _call(config, "user", "user/info", _USER_FIELDS, {"username": handle})


def video_query(
    handles: Sequence[str],
    config: TikTokConfig,
    first: date,
    last: date,
    page: tuple[int, str] | None,
) -> Call:
    """`POST /v2/research/video/query/`: a page of the videos of several users.

    Dates are UTC and both inclusive; `page` is the cursor and search id of the page before.
    """
    condition = {"operation": "IN", "field_name": "username", "field_values": list(handles)}
    body: dict[str, Any] = {
        "query": {"and": [condition]},
        "start_date": f"{first:%Y%m%d}",
        "end_date": f"{last:%Y%m%d}",
        "max_count": ROWS,
    }
    if page is not None:
        body["cursor"], body["search_id"] = page
    return _call(config, "videos", "video/query", _VIDEO_FIELDS, body)


def videos_by_id(ids: Sequence[str], config: TikTokConfig, first: date, last: date) -> Call:
    """The same call for videos by their ids, whoever's they are: at most a page of them."""
    condition = {"operation": "IN", "field_name": "video_id", "field_values": list(ids)}
    body: dict[str, Any] = {
        "query": {"and": [condition]},
        "start_date": f"{first:%Y%m%d}",
        "end_date": f"{last:%Y%m%d}",
        "max_count": ROWS,
    }
    return _call(config, "videos", "video/query", _VIDEO_FIELDS, body)


def profile_page(handle: str, config: TikTokConfig, browse: Browse) -> Call:
    """A profile's public page."""
    url = f"{config.web_url}/@{quote(handle)}"
    return Call(endpoint="profile", url=url, route=Route.WEB, browse=browse)


def token(config: TikTokConfig) -> TokenCall | None:
    """`POST /v2/oauth/token/` with the client's credentials; None where a token is configured."""
    if config.tokens or config.client_key is None or config.client_secret is None:
        return None
    form = {
        "client_key": config.client_key,
        "client_secret": config.client_secret.get_secret_value(),
        "grant_type": "client_credentials",
    }
    call = Call(
        endpoint="token",
        url=f"{config.api_url}/v2/oauth/token/",
        method="POST",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
        units=0,
    )
    return TokenCall(call, _read_token)


def _read_token(answer: Answer) -> tuple[str, float]:
    """The access token and its lifetime in seconds. Raises CrawlError."""
    document = mapping(decode(answer.body), "")
    errors.raise_error(document, answer.observed_at)
    lifetime = whole(member(document, "expires_in"), "expires_in")
    return text(document, "access_token"), float(lifetime)


def data_of(answer: Answer) -> dict[str, Any]:
    """The `data` of an answer. Raises what its `error` stands for, and Retry if there is none."""
    document = decode(answer.body)
    errors.raise_error(document, answer.observed_at)
    found = optional_inner(mapping(document, ""), "data")
    if not found:
        raise Retry(Outcome.EMPTY_UNEXPECTED, "HTTP 200 without any data")
    return found


def _call(
    config: TikTokConfig, endpoint: str, path: str, fields: str, body: dict[str, Any]
) -> Call:
    return Call(
        endpoint=endpoint,
        url=f"{config.api_url}/v2/research/{path}/?{urlencode({'fields': fields}, safe=',')}",
        method="POST",
        headers={"content-type": "application/json"},
        body=msgspec.json.encode(body),
    )

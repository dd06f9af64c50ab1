"""The three list calls of the Data API v3 that collecting takes; each costs one unit."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from crawler.config import PlatformConfig
from crawler.contract import Call

AT_ONCE = 50
"""Most ids, and most results, of one call."""


def channels(config: PlatformConfig, ids: Sequence[str]) -> Call:
    """channels.list of at most 50 ids. Without `maxResults` only five would be answered."""
    return _call(
        config,
        "channels",
        {"part": "snippet,statistics", "id": ",".join(ids), "maxResults": str(AT_ONCE)},
    )


def channel_by_handle(config: PlatformConfig, handle: str) -> Call:
    """channels.list of one handle: the API takes no more at once."""
    query = {"part": "snippet,statistics", "forHandle": "@" + handle.removeprefix("@")}
    return _call(config, "channels", query)


def uploads(config: PlatformConfig, channel: str, page: str | None = None) -> Call:
    """playlistItems.list of a channel's uploads.

    The list's id is the channel's with UU for UC (it is what
    `contentDetails.relatedPlaylists.uploads` says), so that no call is needed to learn it.
    """
    query = {
        "part": "contentDetails",
        "playlistId": "UU" + channel.removeprefix("UC"),
        "maxResults": str(AT_ONCE),
    }
    return _call(config, "playlistItems", query if page is None else {**query, "pageToken": page})


def videos(config: PlatformConfig, ids: Sequence[str]) -> Call:
    """videos.list of at most 50 ids, of whatever channels."""
    parts = "snippet,statistics,contentDetails,liveStreamingDetails"
    return _call(config, "videos", {"part": parts, "id": ",".join(ids)})


def _call(config: PlatformConfig, endpoint: str, query: dict[str, str]) -> Call:
    base = config.api_url.rstrip("/")
    return Call(endpoint=endpoint, url=f"{base}/youtube/v3/{endpoint}?{urlencode(query, safe=',')}")

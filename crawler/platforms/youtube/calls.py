"""The requests that collecting takes: three list calls of the Data API v3, and public pages.

A list call costs one unit. All pages but a tab's further ones are plain HTTP. Their cookie is what
YouTube sets where somebody turns all optional cookies down; without it some countries are shown a
dialog instead of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote, urlencode

from crawler.config import PlatformConfig
from crawler.contract import Browse, Call, Captured
from crawler.platforms.youtube.config import YouTubeConfig
from model.route import Route

AT_ONCE = 50
"""Most ids, and most results, of one call."""
TABS = ("videos", "shorts", "streams")
"""The tabs of a channel's page that hold its videos, each newest first."""
FURTHER = "/youtubei/v1/browse"
"""Where a tab fetches what follows; robots.txt keeps it from all but the page itself."""
_HEADERS = {"accept-language": "en-US,en;q=0.9", "cookie": "SOCS=CAI"}


def list_channels(config: PlatformConfig, ids: Sequence[str]) -> Call:
    """channels.list of at most 50 ids. Without `maxResults` only five would be answered."""
    return _call(
        config,
        "channels",
        {"part": "snippet,statistics", "id": ",".join(ids), "maxResults": str(AT_ONCE)},
    )


def list_channel_by_handle(config: PlatformConfig, handle: str) -> Call:
    """channels.list of one handle: the API takes no more at once.

    A user name (`user/NAME`) is asked for as such. The API knows no custom addresses (`c/NAME`):
    when handles came, channels could take the same name as theirs.
    """
    older, _, name = handle.rpartition("/")
    asked = {"forUsername": name} if older == "user" else {"forHandle": f"@{name.lstrip('@')}"}
    return _call(config, "channels", {"part": "snippet,statistics", **asked})


def list_uploads(config: PlatformConfig, channel: str, page: str | None = None) -> Call:
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


def list_videos(config: PlatformConfig, ids: Sequence[str]) -> Call:
    """videos.list of at most 50 ids, of whatever channels."""
    parts = "snippet,statistics,contentDetails,liveStreamingDetails"
    return _call(config, "videos", {"part": parts, "id": ",".join(ids)})


def _call(config: PlatformConfig, endpoint: str, query: dict[str, str]) -> Call:
    base = config.api_url.rstrip("/")
    return Call(endpoint=endpoint, url=f"{base}/youtube/v3/{endpoint}?{urlencode(query, safe=',')}")


def feed_page(config: YouTubeConfig, channel: str) -> Call:
    """The Atom feed of a channel: its 15 newest videos."""
    return _page(config, "feed", f"feeds/videos.xml?channel_id={quote(channel)}")


def channel_page(config: YouTubeConfig, named: str) -> Call:
    """A channel's page, by its id, `@handle`, `@user/NAME` or `@c/NAME`."""
    return _page(config, "channel", f"{_path(named)}/{TABS[0]}")


def tab_page(config: YouTubeConfig, named: str, name: str) -> Call:
    """The newest videos of one tab: 30, or 48 shorts."""
    return _page(config, "channel", f"{_path(named)}/{name}")


def whole_tab(
    config: YouTubeConfig,
    named: str,
    name: str,
    further: int,
    idle: Callable[[Sequence[bytes]], bool],
) -> Call:
    """A tab in the browser, scrolled until it has fetched so many further pages, or those that it
    fetches bring nothing new (`idle`)."""

    def enough(_: bytes, captured: Sequence[Captured]) -> bool:
        return len(captured) >= further or idle([one.body for one in captured])

    url = f"{config.web_url.rstrip('/')}/{_path(named)}/{name}"
    browse = Browse(capture=(FURTHER,), enough=enough)
    return Call(endpoint="channel", url=url, route=Route.WEB, browse=browse)


def watch_page(config: YouTubeConfig, video: str) -> Call:
    """A video's page."""
    return _page(config, "watch", f"watch?v={quote(video, safe='')}")


def _path(named: str) -> str:
    older, _, name = named.removeprefix("@").rpartition("/")
    if older:
        return f"{older}/{quote(name, safe='')}"
    if named.startswith("@"):
        return f"@{quote(named[1:], safe='')}"
    return f"channel/{quote(named, safe='')}"


def _page(config: YouTubeConfig, endpoint: str, path: str) -> Call:
    url = f"{config.web_url.rstrip('/')}/{path}"
    return Call(endpoint=endpoint, url=url, headers=_HEADERS, route=Route.WEB)

"""The public pages that collecting takes: the feed, a channel's tabs, watch pages.

All but a tab's further pages are plain HTTP. The cookie is what YouTube sets where somebody turns
all optional cookies down; without it some countries are shown a dialog instead of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from crawler.contract import Browse, Call, Captured
from crawler.platforms.youtube.config import YouTubeConfig

TABS = ("videos", "shorts", "streams")
"""The tabs of a channel's page that hold its videos, each newest first."""
FURTHER = "/youtubei/v1/browse"
"""Where a tab fetches what follows; robots.txt keeps it from all but the page itself."""
_HEADERS = {"accept-language": "en-US,en;q=0.9", "cookie": "SOCS=CAI"}


def feed(config: YouTubeConfig, channel: str) -> Call:
    """The Atom feed of a channel: its 15 newest videos."""
    return _page(config, "feed", f"feeds/videos.xml?channel_id={quote(channel)}")


def channel(config: YouTubeConfig, named: str) -> Call:
    """A channel's page, by its id or `@handle`."""
    return _page(config, "channel", f"{_path(named)}/{TABS[0]}")


def tab(config: YouTubeConfig, named: str, name: str) -> Call:
    """The newest videos of one tab: 30, or 48 shorts."""
    return _page(config, "channel", f"{_path(named)}/{name}")


def whole_tab(config: YouTubeConfig, named: str, name: str, further: int) -> Call:
    """A tab in the browser, scrolled until it has fetched so many further pages."""

    def enough(_: bytes, captured: Sequence[Captured]) -> bool:
        return len(captured) >= further

    url = f"{config.web_url.rstrip('/')}/{_path(named)}/{name}"
    browse = Browse(capture=(FURTHER,), enough=enough)
    return Call(endpoint="channel", url=url, route="web", browse=browse)


def watch(config: YouTubeConfig, video: str) -> Call:
    """A video's page."""
    return _page(config, "watch", f"watch?v={quote(video, safe='')}")


def _path(named: str) -> str:
    if named.startswith("@"):
        return f"@{quote(named[1:], safe='')}"
    return f"channel/{quote(named, safe='')}"


def _page(config: YouTubeConfig, endpoint: str, path: str) -> Call:
    url = f"{config.web_url.rstrip('/')}/{path}"
    return Call(endpoint=endpoint, url=url, headers=_HEADERS, route="web")

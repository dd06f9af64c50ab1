"""YouTube's settings."""

from __future__ import annotations

from crawler.config import PlatformConfig


class YouTubeConfig(PlatformConfig):
    """`tokens` are API keys of a project with the Data API v3 enabled."""

    api_url: str = "https://youtube.googleapis.com"
    web_url: str = "https://www.youtube.com"
    web_feed: bool = True
    """Whether the web route reads feeds; the tabs of the channel's page tell the same, dearer."""


CONFIG = YouTubeConfig

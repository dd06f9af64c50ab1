"""What X can be configured with."""

from __future__ import annotations

from typing import Literal

from crawler.config import PlatformConfig


class XConfig(PlatformConfig):
    """Settings of X; the limits are those of the API v2 reference."""

    api_url: str = "https://api.x.com"
    web_url: str = "https://x.com"
    dialect: Literal["classic", "new"] = "classic"
    """Field names of requests: `tweet.fields` (API v2 up to specification 2.159) or `post.fields`
    (2.167 and later). Answers are read in both."""
    expand_media: bool = True
    """Ask for the media's types, so that posts with videos are known as such. Platforms may bill
    expansions; without it the kind is read from the media keys alone."""


CONFIG = XConfig

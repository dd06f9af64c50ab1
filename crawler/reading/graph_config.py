"""Settings of the platforms that are read through Meta's Graph API; nothing that reads answers."""

from __future__ import annotations

from pydantic import Field

from crawler.config import PlatformConfig


class GraphConfig(PlatformConfig):
    """Settings of both platforms that are read through the Graph API."""

    api_url: str = "https://graph.facebook.com"
    api_version: str = Field(default="v25.0", pattern=r"^v\d+\.\d+$")
    """A version lives for about two years; answers name theirs in `facebook-api-version`."""

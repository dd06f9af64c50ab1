"""Facebook's settings."""

from __future__ import annotations

from crawler.reading.graph import GraphConfig


class FacebookConfig(GraphConfig):
    """Tokens need the feature Page Public Content Access for pages of others."""

    web_url: str = "https://www.facebook.com"

"""Instagram's settings."""

from __future__ import annotations

from crawler.reading.graph_config import GraphConfig


class InstagramConfig(GraphConfig):
    """Tokens need instagram_basic, instagram_manage_insights and pages_read_engagement."""

    web_url: str = "https://www.instagram.com"
    user_id: str = ""
    """The Instagram id of the team's own professional account, through which others are read."""

    @property
    def has_credentials(self) -> bool:
        """Whether the official route can be tried at all: it asks by way of the own account."""
        return bool(self.tokens) and bool(self.user_id)


CONFIG = InstagramConfig

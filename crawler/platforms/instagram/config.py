"""Instagram's settings."""

from __future__ import annotations

from crawler.graph import GraphConfig


class InstagramConfig(GraphConfig):
    """Tokens need instagram_basic, instagram_manage_insights and pages_read_engagement."""

    web_url: str = "https://www.instagram.com"
    user_id: str = ""
    """The Instagram id of the team's own professional account, through which others are read."""

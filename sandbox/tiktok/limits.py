"""TikTok's limits. Source: Research API, daily quota and query videos."""

from __future__ import annotations

from typing import ClassVar, Literal

from sandbox.service.limits import PlatformLimits


class TikTokLimits(PlatformLimits):
    """What the Research API allows one client."""

    prefix: ClassVar[str] = "tiktok"
    requests_a_day: int = 1_000
    rows_a_day: int = 100_000
    window_days: int = 30
    token_seconds: int = 7_200
    search_seconds: int = 0
    """How long a search id is not known yet after it was issued."""
    posts_listed: int = 1_000_000
    """The newest so many of a search or of an account's page; TikTok names no number."""
    page_layout: Literal["web", "app"] = "web"
    """How what pages fetch is laid out: as in the browser, or as the app has it."""

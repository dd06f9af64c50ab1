"""Facebook's limits beside those of the Graph API. Source: Graph API reference, Page feed."""

from __future__ import annotations

from typing import ClassVar, Literal

from sandbox.service.limits import PlatformLimits


class FacebookLimits(PlatformLimits):
    """How much of a page's posts is listed, and how its public page is laid out."""

    prefix: ClassVar[str] = "facebook"
    posts_a_year: int = 600
    page_layout: Literal["plain", "2024", "2025", "2026"] = "2025"
    """How public pages are laid out."""

"""YouTube's limits. Source: Data API v3, default quota of a project."""

from __future__ import annotations

from typing import ClassVar

from sandbox.service.limits import PlatformLimits


class YouTubeLimits(PlatformLimits):
    """What the Data API allows one project, a day of Pacific time."""

    prefix: ClassVar[str] = "youtube"
    units_a_day: int = 10_000
    searches_a_day: int = 100
    uploads_listed: int = 20_000
    """The newest so many of an uploads playlist."""
    collaborations: bool = False
    """Whether videos are shown as those of two channels, the first of which owns them."""

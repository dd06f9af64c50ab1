"""Instagram's limits beside those of the Graph API. Source: Instagram API, IG User media."""

from __future__ import annotations

from typing import ClassVar

from sandbox.service.limits import PlatformLimits


class InstagramLimits(PlatformLimits):
    """How much of an account's media is listed."""

    prefix: ClassVar[str] = "instagram"
    media_listed: int = 10_000
    """The newest so many."""

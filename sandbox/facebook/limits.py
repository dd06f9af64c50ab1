"""Facebook's limits beside those of the Graph API. Source: Graph API reference, Page feed."""

from __future__ import annotations

from typing import ClassVar

from sandbox.service.limits import PlatformLimits


class FacebookLimits(PlatformLimits):
    """How much of a page's posts is listed."""

    prefix: ClassVar[str] = "facebook"
    posts_a_year: int = 600

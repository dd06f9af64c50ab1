"""Facebook's settings."""

from __future__ import annotations

from pydantic import Field

from crawler.reading.graph_config import GraphConfig

BATCH = 50
"""Calls in one synchronous batch, the most that it takes; each is billed as a call of its own."""


class FacebookConfig(GraphConfig):
    """Tokens need the feature Page Public Content Access for pages of others."""

    web_url: str = "https://www.facebook.com"
    objects_a_call: int = Field(default=BATCH, ge=1, le=BATCH)
    """Pages or posts by id that one call asks for: a synchronous batch, whose parts are billed one
    by one; 1 sends a plain call an object."""
    reaction_kinds: bool = False
    """Whether the kinds of reactions (love, care, …) are read beside their total: seven further
    units a post."""


CONFIG = FacebookConfig

"""JSON answers of www.instagram.com that say no: walls, limits, and what does not exist."""

from __future__ import annotations

from typing import Any

from crawler.errors import CrawlError, GiveUp
from crawler.reading.meta_pages import said
from crawler.reading.shape import dig
from model.messages import Outcome

_ROOTS = (
    ("data", "user"),
    ("graphql", "user"),
    ("data", "xig_user_by_username"),
    ("data", "shortcode_media"),
    ("data", "xdt_shortcode_media"),
    ("graphql", "shortcode_media"),
    ("data", "xig_polaris_media"),
    ("data", "xdt_api__v1__media__shortcode__web_info"),
)
"""Where the one object an answer is about stands; null there means that it does not exist."""


def refusal(document: Any) -> CrawlError | None:
    """What a JSON answer without rows says; None if it says nothing."""
    if not isinstance(document, dict):
        return None
    for outer, name in _ROOTS:
        held = dig(document, outer)
        if isinstance(held, dict) and name in held and held[name] is None:
            return GiveUp(Outcome.GONE, f"{outer}.{name} is null")
    if document.get("status") != "fail" and "require_login" not in document:
        return None
    message = str(document.get("message"))
    login = document.get("require_login") is True
    unknown = Outcome.LOGIN_WALL if login else Outcome.FORBIDDEN
    return said(message) or GiveUp(unknown, f"the site says: {message[:120]}")

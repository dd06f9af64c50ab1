"""Error answers of the Graph API, and what the JSON of www.instagram.com says without rows."""

from __future__ import annotations

from typing import Any

from crawler.contract import Answer
from crawler.errors import CrawlError, GiveUp
from crawler.reading import graph
from crawler.reading.meta_pages import refusal_of
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


def check(answer: Answer) -> None:
    """Raises the CrawlError that an answer stands for; returns for usable ones.

    A name that is no professional account's (code 110, subcode 2207013) counts as gone: the API
    does not tell a missing account from a personal one. A page of media that is too heavy is asked
    for again in smaller ones by the visit's own steps.
    """
    fault = graph.fault(answer)
    too_heavy = isinstance(fault, graph.TooMuchData) and answer.call.endpoint == "timeline"
    if fault is not None and not too_heavy:
        raise fault


def refusal_in(document: Any) -> CrawlError | None:
    """The error of a JSON answer without rows; None if it names none."""
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
    return refusal_of(message) or GiveUp(unknown, f"the site says: {message[:120]}")

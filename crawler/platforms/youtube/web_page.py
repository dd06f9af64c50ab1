"""HTML pages: the JSON embedded in them, and pages that stand in the way of it."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.reading.shape import refuse_crumbs
from model.messages import Outcome

_ASSIGNED = re.compile(
    r"(?:var\s+|window\[\s*[\"'])(ytInitialData|ytInitialPlayerResponse)(?:[\"']\s*\])?\s*=\s*(?=\{)"
)
_TITLE = re.compile(r"<title[^>]*>([^<]{0,200})", re.IGNORECASE)


def embedded(body: bytes) -> dict[str, dict[str, Any]]:
    """`ytInitialData` and `ytInitialPlayerResponse` of a page, as far as they are there.

    Raises CrawlError for a page that has neither.
    """
    refuse_crumbs(body.count(b"{") + body.count(b"["))
    html = body.decode("utf-8", errors="replace")
    found: dict[str, dict[str, Any]] = {}
    for match in _ASSIGNED.finditer(html):
        found.setdefault(match[1], _object_at(html, match.end(), match[1]))
    if not found:
        raise _obstacle(html)
    return found


def _object_at(html: str, start: int, name: str) -> dict[str, Any]:
    try:
        value, _ = _decoder.raw_decode(html, start)
    except (ValueError, RecursionError) as error:
        raise ShapeError(name, f"is not JSON: {str(error)[:100]}") from error
    if not isinstance(value, dict):
        raise ShapeError(name, "is not an object")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse)


def _obstacle(html: str) -> CrawlError:
    """What a page without data is: a consent dialog, a challenge, a login wall, or not there."""
    title = _TITLE.search(html)
    named = title[1].strip() if title else "no title"
    if "ytcfg.set" in html:
        return ShapeError("ytInitialData", f"is not in YouTube's own page: {named}")
    if "consent.youtube.com" in html or "consent.google.com" in html:
        return Retry(Outcome.CHALLENGE, f"a consent dialog instead of the page: {named}")
    if "g-recaptcha" in html or "unusual traffic" in html:
        return Retry(Outcome.CHALLENGE, f"a challenge instead of the page: {named}")
    if "/ServiceLogin" in html or "accounts.google.com/v3/signin" in html:
        return Retry(Outcome.LOGIN_WALL, f"a login instead of the page: {named}")
    if re.search(r"\b404\b", named):
        return GiveUp(Outcome.GONE, f"page not found: {named}")
    return ShapeError("ytInitialData", f"is not in the page: {named}")

"""HTML pages: the JSON embedded in them, its texts and the numbers in those, and obstacles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NoReturn

from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.reading import shape
from crawler.reading.html_json import title
from crawler.reading.numbers import count_in, exact
from crawler.reading.shape import refuse_oversized
from model.count import Count
from model.messages import Outcome

_ASSIGNED = re.compile(
    r"(?:var\s+|window\[\s*[\"'])(ytInitialData|ytInitialPlayerResponse)(?:[\"']\s*\])?\s*=\s*(?=\{)"
)
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{1,62}")
_NOT_VIEWS = ("watching", "waiting", "scheduled")
"""Words of live and coming streams, where the number is that of people, not of views."""


def embedded(body: bytes) -> dict[str, dict[str, Any]]:
    """`ytInitialData` and `ytInitialPlayerResponse` of a page, as far as they are there.

    Raises CrawlError for a page that has neither.
    """
    refuse_oversized(body.count(b"{") + body.count(b"["))
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
    named = title(html)[:200] or "no title"
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


def words(node: Any) -> str | None:
    """The text of a text node, whichever of its three forms it has; None if it is none."""
    if isinstance(node, str):
        return node
    for key in ("simpleText", "content"):
        if isinstance(shape.dig(node, key), str):
            return str(node[key])
    texts = _runs(node)
    return "".join(texts) if texts else None


def _runs(node: Any) -> list[str]:
    runs = shape.dig(node, "runs")
    parts = [shape.dig(run, "text") for run in runs] if isinstance(runs, list) else []
    return [part for part in parts if isinstance(part, str)]


def _with_number(node: Any) -> str | None:
    """The same of a node that holds a number. One that would come of the ends of two runs is none
    that YouTube wrote.
    """
    touching = any(a[-1:].isdigit() and b[:1].isdigit() for a, b in pairwise(_runs(node)))
    return None if touching else words(node)


def number_in(node: Any, lang: str | None) -> Count | None:
    """The number in a text node, with its step; None if there is no telling."""
    text = _with_number(node)
    return None if text is None else count_in(text, lang)


def view_count(node: Any, lang: str | None) -> Count | None:
    """The number of views in a text node; None for people watching now."""
    text = _with_number(node)
    if text is None or any(word in text.casefold() for word in _NOT_VIEWS):
        return None
    return count_in(text, lang)


def spoken_number(text: Any) -> Count | None:
    """The exact number in a sentence for screen readers ("along with 13,520 other people")."""
    number = exact(text) if isinstance(text, str) else None
    return None if number is None else Count(number.value)


def language_of(answer: Any) -> str | None:
    """The language in which a page was asked for, where its search box tells."""
    box = shape.dig(
        answer, "topbar", "desktopTopbarRenderer", "searchbox", "fusionSearchboxRenderer"
    )
    lang = shape.dig(box, "config", "webSearchboxConfig", "requestLanguage")
    return lang if isinstance(lang, str) else None


def handle_in(url: Any) -> str | None:
    """The handle in a channel's address, "/@city" or "http://www.youtube.com/@city"."""
    if not isinstance(url, str) or "/@" not in url:
        return None
    return url.rsplit("/@", 1)[1].split("/")[0].split("?")[0] or None


def channels_in(node: Any) -> Iterator[tuple[str, Any]]:
    """The channels that a byline leads to: (id, endpoint), the owner first.

    A video of several channels (since 2025-10) leads to a dialog that lists them instead of to a
    page; the first of them owns it.
    """
    for _, command in shape.walk(node, lambda inner: "browseEndpoint" in inner):
        endpoint = command["browseEndpoint"]
        named = shape.dig(endpoint, "browseId")
        if isinstance(named, str) and _CHANNEL.fullmatch(named):
            yield named, endpoint


def first(*candidates: Count | None) -> Count | None:
    """The first count that was found."""
    return next((found for found in candidates if found is not None), None)

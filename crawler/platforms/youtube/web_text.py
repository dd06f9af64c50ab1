"""What YouTube's page JSON says in words, and the numbers in it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from crawler.reading import shape
from crawler.reading.numbers import count, exact
from model.count import Count

_NOT_VIEWS = ("watching", "waiting", "scheduled")
"""Words of live and coming streams, where the number is that of people, not of views."""


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


def number(node: Any, lang: str | None) -> Count | None:
    """The number in a text node, with its step; None if there is no telling."""
    text = _with_number(node)
    return None if text is None else count(text, lang)


def views(node: Any, lang: str | None) -> Count | None:
    """The number of views in a text node; None for people watching now."""
    text = _with_number(node)
    if text is None or any(word in text.casefold() for word in _NOT_VIEWS):
        return None
    return count(text, lang)


def said(text: Any) -> Count | None:
    """The exact number in a sentence for screen readers ("along with 13,520 other people")."""
    found = exact(text) if isinstance(text, str) else None
    return None if found is None else Count(found.value)


def language(answer: Any) -> str | None:
    """The language in which a page was asked for, where its search box tells."""
    box = shape.dig(
        answer, "topbar", "desktopTopbarRenderer", "searchbox", "fusionSearchboxRenderer"
    )
    lang = shape.dig(box, "config", "webSearchboxConfig", "requestLanguage")
    return lang if isinstance(lang, str) else None


def handle_of(url: Any) -> str | None:
    """The handle in a channel's address, "/@city" or "http://www.youtube.com/@city"."""
    if not isinstance(url, str) or "/@" not in url:
        return None
    return url.rsplit("/@", 1)[1].split("/")[0].split("?")[0] or None


def first(*candidates: Count | None) -> Count | None:
    """The first count that was found."""
    return next((found for found in candidates if found is not None), None)

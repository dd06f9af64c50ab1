"""Public answers of Meta's sites: their JSON, whole, by lines, guarded, or inside a page; walls.

{...}                                              XHR
for (;;);{...}                                     guarded XHR
{...}\\n{...}                                       GraphQL, one document a line
<script type="application/json" data-sjs>{...}     server-side rendered pages since 2022
<script>window._sharedData = {...};</script>       pages of Instagram until 2021
"""

from __future__ import annotations

import html
import re
from typing import Any

from crawler.browser.consent import asks_consent
from crawler.errors import CrawlError, GiveUp, ShapeError, Wait
from crawler.reading.html_json import is_markup, page_text, scripts, title
from crawler.reading.public import is_challenge
from crawler.reading.shape import decode
from model.messages import Outcome

_GUARD = b"for (;;);"
_BOM = b"\xef\xbb\xbf"
_HANDED_OVER = re.compile(r"\s*window\.(?:_sharedData\s*=|__additionalDataLoaded\([^,]{1,300},)\s*")
_META = re.compile(r"<meta\b([^>]{1,5000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PASSWORD = re.compile(r"<input\b[^>]{0,500}?(?:type|name)=[\"']?pass", re.IGNORECASE)
_LOGIN = re.compile(r"\blog ?in\b", re.IGNORECASE)
_CHALLENGE = re.compile(r"captcha|checkpoint|challenge|security check|are you human", re.IGNORECASE)
_SAID = (
    (re.compile(r"wait a few minutes|rate limit|too many", re.IGNORECASE), Outcome.RATE_LIMITED),
    (_CHALLENGE, Outcome.CHALLENGE),
    (re.compile(r"login|log ?in|logged in", re.IGNORECASE), Outcome.LOGIN_WALL),
    (re.compile(r"not found|unavailable|not exist|invalid id", re.IGNORECASE), Outcome.GONE),
)
"""What refusals say, in the order in which it counts."""


def _bare(body: bytes) -> bytes:
    """The body without byte order mark, guard and space around it."""
    return body.removeprefix(_BOM).strip().removeprefix(_GUARD).lstrip()


def documents(body: bytes) -> list[Any]:
    """Every JSON document of an answer. Raises ShapeError for what is neither JSON nor a page."""
    found, broken = readable_documents(body)
    if broken:
        raise broken[0]
    return found


def readable_documents(body: bytes) -> tuple[list[Any], list[ShapeError]]:
    """The JSON documents of an answer, and what is wrong with those that are none.

    Raises ShapeError for what is neither JSON nor a page.
    """
    if is_markup(body):
        return _embedded(page_text(body)), []
    stripped = _bare(body)
    try:
        return [decode(stripped)], []
    except ShapeError:
        lines = [line for line in stripped.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
    found: list[Any] = [decode(_bare(lines[0]))]
    broken: list[ShapeError] = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            found.append(decode(_bare(line)))
        except ShapeError:
            broken.append(ShapeError("answer", f"is not JSON from its document {number} on"))
    return found, broken


def _embedded(page: str) -> list[Any]:
    """The JSON documents inside a page; scripts that are cut off or no JSON are left out."""
    found = []
    for script in scripts(page):
        handed_over = _HANDED_OVER.match(script.text)
        if handed_over is None and not script.holds_json:
            continue
        written = script.text if handed_over is None else _value(script.text[handed_over.end() :])
        try:
            found.append(decode(written.strip().encode("utf-8", errors="replace")))
        except ShapeError:
            continue
    return found


def _value(code: str) -> str:
    """What is assigned or handed over, without the end of its statement."""
    return code.rstrip().rstrip(";").removesuffix(")")


def metas(page: str) -> dict[str, str]:
    """`content` by `property` or `name` of a page's meta tags, the first of each."""
    found: dict[str, str] = {}
    for tag in _META.findall(page):
        attributes = {
            name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(tag)
        }
        name = attributes.get("property") or attributes.get("name")
        if name and "content" in attributes:
            found.setdefault(name, html.unescape(attributes["content"]))
    return found


def wall(body: bytes) -> CrawlError | None:
    """The wall, dialog or challenge that a page without rows is; None if it is none of them."""
    if not is_markup(body):
        return None
    page = page_text(body)
    named = html.unescape(title(page))[:80]
    if asks_consent(body):
        return GiveUp(Outcome.CHALLENGE, f"a consent dialog instead of the page: {named}")
    if is_challenge(page) or _CHALLENGE.search(named):
        return GiveUp(Outcome.CHALLENGE, f"a challenge instead of the page: {named}")
    if _PASSWORD.search(page) or _LOGIN.search(named):
        return GiveUp(Outcome.LOGIN_WALL, f"a login form instead of the page: {named}")
    return None


def refusal_of(message: str) -> CrawlError | None:
    """What the sentence of a refusal means; None if it is not known."""
    for pattern, outcome in _SAID:
        if pattern.search(message):
            kind = Wait if outcome is Outcome.RATE_LIMITED else GiveUp
            return kind(outcome, f"the site says: {message[:120]}")
    return None

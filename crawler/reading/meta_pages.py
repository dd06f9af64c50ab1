"""Public answers of Meta's sites: their JSON, whole, by lines, guarded, or inside a page; walls.

{...}                                              XHR
for (;;);{...}                                     guarded XHR
{...}\\n{...}                                       GraphQL, one document a line
<script type="application/json" data-sjs>{...}     server-side rendered pages since 2022
<script>window._sharedData = {...};</script>       pages of Instagram until 2021
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

from crawler.browser.consent import asks_consent
from crawler.errors import CrawlError, GiveUp, ShapeError, Wait
from crawler.reading.html_json import attributes_of, is_markup, page_text, scripts, tags, title
from crawler.reading.public import is_challenge
from crawler.reading.shape import decode, refuse_oversized
from model.messages import Outcome

_GUARD = b"for (;;);"
_decoder = json.JSONDecoder()
_SPACE = re.compile(r"\s*")
_BOM = b"\xef\xbb\xbf"
_HANDED_OVER = re.compile(r"\s*window\.(?:_sharedData\s*=|__additionalDataLoaded\([^,]{1,300},)\s*")
_STREAMED = '"__bbox"'
"""What hands a document over to the script of a page that streams."""
_PASSWORD = re.compile(r"(?:type|name)=[\"']?pass", re.IGNORECASE)
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
    """Every JSON document of an answer; of a page, those that can be read.

    Raises ShapeError for what is neither JSON nor a page.
    """
    found, broken = readable_documents(body)
    if broken and not is_markup(body):
        raise broken[0]
    return found


def readable_documents(body: bytes) -> tuple[list[Any], list[ShapeError]]:
    """The JSON documents of an answer, and what is wrong with those that are none.

    Raises ShapeError for what is neither JSON nor a page.
    """
    if is_markup(body):
        return _embedded(page_text(body))
    stripped = _bare(body)
    try:
        return [decode(stripped)], []
    except ShapeError as error:
        found, broken = _by_lines(stripped)
        together = _run_together(stripped) if broken or not found else []
        if not (found or together):
            raise error
    return (together, []) if together else (found, broken)


def _by_lines(body: bytes) -> tuple[list[Any], list[ShapeError]]:
    """One document a line; none where the first is none."""
    lines = [line for line in body.splitlines() if line.strip()]
    found: list[Any] = []
    broken: list[ShapeError] = []
    for number, line in enumerate(lines if len(lines) > 1 else (), start=1):
        try:
            found.append(decode(_bare(line)))
        except ShapeError:
            if number == 1:
                break
            broken.append(ShapeError("answer", f"is not JSON from its document {number} on"))
    return found, broken


def _run_together(body: bytes) -> list[Any]:
    """Documents that follow each other anyhow; none if one of them cannot be read."""
    found: list[Any] = []
    try:
        refuse_oversized(body.count(b"{") + body.count(b"["))
        text, place = body.decode(), 0
        while place < len(text):
            value, place = _decoder.raw_decode(text, place)
            found.append(value)
            space = _SPACE.match(text, place)
            place = space.end() if space else place
    except (ValueError, RecursionError, ShapeError):
        return []
    return found


def _embedded(page: str) -> tuple[list[Any], list[ShapeError]]:
    """The JSON documents inside a page, and which of its streamed ones are cut off or no JSON;
    other scripts that are no JSON are left out.
    """
    found: list[Any] = []
    broken: list[ShapeError] = []
    for number, script in enumerate(scripts(page), start=1):
        handed_over = _HANDED_OVER.match(script.text)
        if handed_over is None and not script.holds_json:
            continue
        written = script.text if handed_over is None else _value(script.text[handed_over.end() :])
        try:
            found.append(decode(written.strip().encode("utf-8", errors="replace")))
        except ShapeError:
            if _STREAMED in script.text:
                broken.append(ShapeError("answer", f"is not JSON in script {number} of the page"))
    last = page[max(page.rfind("<script"), 0) :]
    if _STREAMED in last and "</script" not in last:
        broken.append(ShapeError("answer", "ends in the middle of a script of the page"))
    return found, broken


def _value(code: str) -> str:
    """What is assigned or handed over, without the end of its statement."""
    return code.rstrip().rstrip(";").removesuffix(")")


def metas(page: str) -> dict[str, str]:
    """`content` by `property` or `name` of a page's meta tags, the first of each."""
    found: dict[str, str] = {}
    for tag in tags(page, "meta"):
        attributes = attributes_of(tag)
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
    if _LOGIN.search(named) or any(_PASSWORD.search(tag) for tag in tags(page, "input")):
        return GiveUp(Outcome.LOGIN_WALL, f"a login form instead of the page: {named}")
    return None


def refusal_of(message: str) -> CrawlError | None:
    """What the sentence of a refusal means; None if it is not known."""
    for pattern, outcome in _SAID:
        if pattern.search(message):
            kind = Wait if outcome is Outcome.RATE_LIMITED else GiveUp
            return kind(outcome, f"the site says: {message[:120]}")
    return None

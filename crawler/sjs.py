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
from datetime import timedelta
from typing import Any

from crawler.contract import Answer
from crawler.errors import CrawlError, GiveUp, Retry, ShapeError, Wait
from crawler.pauses import retry_after
from crawler.shape import decode
from model.messages import Outcome

_GUARD = b"for (;;);"
_BOM = b"\xef\xbb\xbf"
_SCRIPT = re.compile(
    r"<script(?=[^>]*\stype=[\"']?application/(?:ld\+)?json)[^>]*>(.*?)</script>",
    re.DOTALL | re.IGNORECASE,
)
_ASSIGNED = re.compile(
    r"(?:window\._sharedData\s*=|window\.__additionalDataLoaded\([^,]{1,300},)\s*(\{.*?\})\)?;?\s*</script>",
    re.DOTALL,
)
_META = re.compile(r"<meta\b([^>]{1,5000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_PASSWORD = re.compile(r"<input\b[^>]*(?:type|name)=[\"']?pass", re.IGNORECASE)
_LOGIN = re.compile(r"\blog ?in\b|login_form|/accounts/login", re.IGNORECASE)
_CHALLENGE = re.compile(r"captcha|checkpoint|challenge|security check|are you human", re.IGNORECASE)
_SAID = (
    (re.compile(r"wait a few minutes|rate limit|too many", re.IGNORECASE), Outcome.RATE_LIMITED),
    (_CHALLENGE, Outcome.CHALLENGE),
    (re.compile(r"login|log ?in|logged in", re.IGNORECASE), Outcome.LOGIN_WALL),
    (re.compile(r"not found|unavailable|not exist|invalid id", re.IGNORECASE), Outcome.GONE),
)
"""What refusals say, in the order in which it counts."""


def bare(body: bytes) -> bytes:
    """The body without byte order mark, guard and space around it."""
    return body.removeprefix(_BOM).strip().removeprefix(_GUARD).lstrip()


def is_page(body: bytes) -> bool:
    """Whether a body is HTML."""
    return bare(body)[:1] == b"<"


def documents(body: bytes) -> list[Any]:
    """Every JSON document of an answer. Raises ShapeError for what is neither JSON nor a page."""
    stripped = bare(body)
    if is_page(body):
        return embedded(text(body))
    try:
        return [decode(stripped)]
    except ShapeError:
        lines = [line for line in stripped.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [decode(bare(line)) for line in lines]


def text(body: bytes) -> str:
    """A page's text; bytes that are no UTF-8 are replaced, for its JSON is ASCII-safe."""
    return body.decode("utf-8", errors="replace")


def embedded(page: str) -> list[Any]:
    """The JSON documents inside a page; scripts that are cut off or no JSON are left out."""
    found = []
    for script in [*_SCRIPT.findall(page), *_ASSIGNED.findall(page)]:
        try:
            found.append(decode(script.strip().encode("utf-8", errors="replace")))
        except ShapeError:
            continue
    return found


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
    """The login wall or challenge that a page without rows is; None if it is neither."""
    if not is_page(body):
        return None
    page = text(body)
    title = html.unescape(" ".join(_TITLE.findall(page)[:1])).strip()
    if _CHALLENGE.search(title) or (_CHALLENGE.search(page) and not _PASSWORD.search(page)):
        return GiveUp(Outcome.CHALLENGE, f"a challenge instead of the page: {title[:80]}")
    if _PASSWORD.search(page) or _LOGIN.search(title):
        return GiveUp(Outcome.LOGIN_WALL, f"a login form instead of the page: {title[:80]}")
    return None


def said(message: str) -> CrawlError | None:
    """What the sentence of a refusal means; None if it is not known."""
    for pattern, outcome in _SAID:
        if pattern.search(message):
            kind = Wait if outcome is Outcome.RATE_LIMITED else GiveUp
            return kind(outcome, f"the site says: {message[:120]}")
    return None


def check_page(answer: Answer) -> None:
    """Raises what the status of a public answer stands for; the mappers read what it shows."""
    if answer.status == 200:
        if not answer.body.strip():
            raise Retry(Outcome.EMPTY_UNEXPECTED, "HTTP 200 with an empty body")
        return
    after = retry_after(answer.headers, answer.observed_at)
    detail = f"HTTP {answer.status}"
    if answer.status == 404:
        raise GiveUp(Outcome.GONE, detail)
    if answer.status == 429:
        until = None if after is None else answer.observed_at + timedelta(seconds=after)
        raise Wait(Outcome.RATE_LIMITED, detail, until)
    if answer.status == 408 or answer.status >= 500:
        raise Retry(Outcome.SERVER_ERROR, detail, after)
    if 300 <= answer.status < 400:
        raise GiveUp(_led_to(answer.headers.get("location", "")), f"{detail} to another page")
    raise wall(answer.body) or GiveUp(Outcome.FORBIDDEN, detail)


def _led_to(location: str) -> Outcome:
    if _CHALLENGE.search(location):
        return Outcome.CHALLENGE
    return Outcome.LOGIN_WALL if "login" in location else Outcome.CHANGED_SHAPE

"""TikTok's public pages: the state that the page starts from, as HTML carries it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.platforms.tiktok import web_map
from crawler.reading.html_json import assigned, page_text, scripts, title
from crawler.reading.public import consent_dialog, is_challenge
from crawler.reading.shape import decode
from model.items import Mapped
from model.messages import Outcome

STATES = ("__UNIVERSAL_DATA_FOR_REHYDRATION__", "SIGI_STATE", "__NEXT_DATA__")
"""Ids of the script elements that hold it, today's first."""

_WALLS = ("log in | tiktok", "login | tiktok", "log in to tiktok")
_VERIFIES = ("verify-bar", "tiktok-verify-page", "captcha_verify")


def read(body: bytes, observed_at: datetime) -> Mapped:
    """Maps a page by the state inside it. Raises CrawlError, for walls and challenges too."""
    html = page_text(body)
    state = next(_states(html), None)
    if state is None:
        raise _why_nothing(html)
    return web_map.read_any(state, observed_at)


def _states(html: str) -> Iterator[Any]:
    found = {script.id: script.text for script in scripts(html)}
    for name in STATES:
        text = found.get(name) or assigned(html, name)
        if text is not None:
            yield decode(text.encode("utf-8", "replace"))


def _why_nothing(html: str) -> CrawlError:
    said = title(html)
    if said.lower().startswith(_WALLS):
        return GiveUp(Outcome.LOGIN_WALL, f"the page asks to log in: {said[:80]}")
    if is_challenge(html) or any(mark in html for mark in _VERIFIES):
        return GiveUp(Outcome.CHALLENGE, f"the page wants a proof of being human: {said[:80]}")
    if dialog := consent_dialog(html):
        return dialog
    if not said and "<body" not in html.lower():
        return Retry(Outcome.EMPTY_UNEXPECTED, "the page is empty")
    return ShapeError("page", f"holds no state known here: {said[:80]!r}")

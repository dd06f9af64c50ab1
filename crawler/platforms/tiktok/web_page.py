"""TikTok's public pages: the state that the page starts from, as HTML carries it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawler.platforms.tiktok import web_map
from crawler.reading.html_json import assigned, page_text, scripts
from crawler.reading.public import obstacle
from crawler.reading.shape import decode
from model.items import Mapped

_STATES = ("__UNIVERSAL_DATA_FOR_REHYDRATION__", "SIGI_STATE", "__NEXT_DATA__")
"""Ids of the script elements that hold it, today's first."""

_WALLS = ("log in | tiktok", "login | tiktok", "log in to tiktok")
_VERIFIES = ("verify-bar", "tiktok-verify-page", "captcha_verify")


def map_page(body: bytes, observed_at: datetime) -> Mapped:
    """Maps a page by the state inside it. Raises CrawlError, for walls and challenges too."""
    html = page_text(body)
    state = next(_states(html), None)
    if state is None:
        raise obstacle(html, _WALLS, challenge_marks=_VERIFIES)
    return web_map.map_document(state, observed_at)


def _states(html: str) -> Iterator[Any]:
    texts = {script.id: script.text for script in scripts(html)}
    for name in _STATES:
        text = texts.get(name) or assigned(html, name)
        if text is not None:
            yield decode(text.encode("utf-8", "replace"))

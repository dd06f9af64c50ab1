"""Which of TikTok's answers one is, by its shape alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.errors import Retry
from crawler.platforms.tiktok import api_map, web_map, web_page
from crawler.reading.html_json import is_markup
from crawler.reading.shape import decode
from model.items import Mapped
from model.messages import Outcome
from model.route import Route


def map_answer(body: bytes, observed_at: datetime, route: Route | None) -> Mapped:
    """Maps an answer of the open API, of the pages' own calls, or a page. Raises CrawlError."""
    if not body.strip():
        raise Retry(Outcome.EMPTY_UNEXPECTED, "the answer is empty")
    if is_markup(body):
        return web_page.map_page(body, observed_at)
    document = decode(body)
    if route is Route.API or (route is None and _is_open_api(document)):
        return api_map.map_document(document, observed_at)
    return web_map.map_document(document, observed_at)


def _is_open_api(document: Any) -> bool:
    """The open API always says `error`, and wraps what it has in `data`."""
    if not isinstance(document, dict) or "statusCode" in document or "status_code" in document:
        return False
    data = document.get("data")
    shown = ("videos", "user", "follower_count")
    if "error" in document:
        return True
    return isinstance(data, dict) and not web_map.is_account(data) and any(k in data for k in shown)

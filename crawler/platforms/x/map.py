"""Which of X's answers one is, by its shape alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.errors import Retry
from crawler.platforms.x import api_map, web_map, web_page, web_post
from crawler.reading.html_json import is_markup
from crawler.reading.shape import decode, dig
from model.items import Mapped
from model.messages import Outcome
from model.route import Route


def map_answer(body: bytes, observed_at: datetime, route: Route | None) -> Mapped:
    """Maps an API answer, an answer to X's own pages, or a page. Raises CrawlError."""
    if not body.strip():
        raise Retry(Outcome.EMPTY_UNEXPECTED, "the answer is empty")
    if is_markup(body):
        return web_page.map_page(body, observed_at)
    document = decode(body)
    posts, users = _old(document)
    if posts or users:
        return web_map.map_rows(posts, users, None, observed_at)
    if route is Route.WEB or _is_graphql(document):
        return web_map.map_document(document, observed_at)
    return api_map.map_document(document, observed_at)


def _is_graphql(document: Any) -> bool:
    """GraphQL names what was asked for below `data`; the API has its rows there."""
    if isinstance(dig(document, "entryId"), str):
        return True
    data = dig(document, "data")
    if not isinstance(data, dict) or "id" in data or "meta" in document:
        return False
    return not data or any(isinstance(value, dict | list) for value in data.values())


def _old(document: Any) -> tuple[list[web_map.Row], list[web_map.Row]]:
    """Posts and users of the API 1.1, one or a list of them."""
    listed = document if isinstance(document, list) else [document]
    rows = [(f"[{place}]", one) for place, one in enumerate(listed) if isinstance(one, dict)]
    return (
        [web_map.Row(at, web_post.modern(one)) for at, one in rows if web_post.is_old(one)],
        [
            web_map.Row(at, web_post.modern_user(one))
            for at, one in rows
            if web_post.is_old_user(one)
        ],
    )

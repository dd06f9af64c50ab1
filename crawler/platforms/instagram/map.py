"""Any raw answer of Instagram, by its shape."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.errors import CrawlError, GiveUp, ShapeError
from crawler.platforms.instagram import api_map, web_map
from crawler.platforms.instagram.errors import refusal_in
from crawler.platforms.instagram.web_post import described
from crawler.reading import graph, meta_pages
from crawler.reading.html_json import is_markup, page_text, title
from crawler.reading.shape import dig
from model.items import Mapped
from model.messages import Outcome
from model.route import Route


def map_answer(body: bytes, observed_at: datetime, route: Route | None) -> Mapped:
    """Maps one answer; `route` forbids the shapes of the other one.

    Raises the CrawlError of an error body or a wall, ShapeError for what is no answer.
    """
    error = graph.error_of(body) if route is not Route.WEB else None
    if error is not None:
        raise graph.classify(error)
    documents = meta_pages.documents(body)
    official = _official(documents) if route is not Route.WEB else None
    if official is not None:
        return api_map.map_document(official, observed_at)
    public = web_map.map_documents(documents, observed_at) if route is not Route.API else None
    if public is not None:
        return public
    return _without_rows(body, documents, observed_at, route)


def _official(documents: list[Any]) -> dict[str, Any] | None:
    (only,) = documents if len(documents) == 1 else (None,)
    return only if isinstance(only, dict) and api_map.is_graph_answer(only) else None


def _without_rows(
    body: bytes, documents: list[Any], observed_at: datetime, route: Route | None
) -> Mapped:
    """A refusal, a wall, or a page whose description is all it shows."""
    for document in documents:
        refused: CrawlError | None = refusal_in(document)
        if refused is not None:
            raise refused
    if is_markup(body) and route is not Route.API:
        account = described(meta_pages.metas(page_text(body)), observed_at)
        if account is not None:
            return Mapped(shape="instagram.description", accounts=(account,))
    if any(dig(held, "entry_data", "LoginAndSignupPage") for held in documents):
        raise GiveUp(Outcome.LOGIN_WALL, "a login form instead of the page")
    if is_markup(body) and title(page_text(body)).startswith("Page not found"):
        raise GiveUp(Outcome.GONE, "the site says that there is no such page")
    raise meta_pages.wall(body) or ShapeError("answer", "is nothing that Instagram answers")

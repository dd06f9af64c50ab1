"""Any raw answer of Facebook, by its shape."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from crawler.errors import CrawlError, GiveUp, ShapeError
from crawler.platforms.facebook import api_map, web_map
from crawler.platforms.facebook.web_stream import read_stream
from crawler.reading import graph, meta_pages
from crawler.reading.graph_batch import is_batch
from crawler.reading.html_json import is_markup, page_text
from model.items import Mapped
from model.messages import Outcome
from model.route import Route

_UNAVAILABLE = re.compile(r"(?:content|page) isn.{1,6}t available", re.IGNORECASE)


def map_answer(body: bytes, observed_at: datetime, route: Route | None) -> Mapped:
    """Maps one answer; `route` forbids the shapes of the other one.

    Raises the CrawlError of an error body or a wall, ShapeError for what is no answer.
    """
    error = graph.error_of(body) if route is not Route.WEB else None
    if error is not None:
        raise graph.classify(error)
    stream = read_stream(body)
    documents = stream.documents
    if route is not Route.WEB and len(documents) == 1 and is_batch(documents[0]):
        return api_map.map_batch(documents[0], observed_at)
    official = _official(documents) if route is not Route.WEB else None
    if official is not None:
        return api_map.map_document(official, observed_at)
    public = web_map.map_stream(body, stream, observed_at) if route is not Route.API else None
    if public is not None:
        return public
    for document in documents:
        refused = web_map.graphql_refusal(document)
        if refused is not None:
            raise refused
    raise meta_pages.wall(body) or _unavailable(body) or _unknown()


def _unavailable(body: bytes) -> CrawlError | None:
    """A page that is not shown; the same words stand for deleted and for restricted ones."""
    if is_markup(body) and _UNAVAILABLE.search(page_text(body)):
        return GiveUp(Outcome.FORBIDDEN, "the site says that this is not available")
    return None


def _unknown() -> ShapeError:
    return ShapeError("answer", "is nothing that Facebook answers")


def _official(documents: list[Any]) -> dict[str, Any] | None:
    """The only document, if it is of the Graph API."""
    (only,) = documents if len(documents) == 1 else (None,)
    return only if isinstance(only, dict) and api_map.is_official(only) else None

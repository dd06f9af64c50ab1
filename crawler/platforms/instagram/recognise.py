"""Any raw answer of Instagram, by its shape."""

from __future__ import annotations

from datetime import datetime

from crawler import graph
from crawler.errors import ShapeError
from crawler.platforms.instagram import listings
from crawler.shape import decode
from model.items import Mapped


def answer(body: bytes, observed_at: datetime, route: str | None) -> Mapped:
    """Maps one answer. Raises the CrawlError of an error body, ShapeError for what is no answer."""
    error = graph.error_of(body)
    if error is not None:
        raise graph.classify(error)
    document = decode(body)
    if isinstance(document, dict):
        return listings.document(document, observed_at)
    raise ShapeError("answer", "is nothing that Instagram answers")

"""Which of YouTube's answers a body is, told by its shape alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler import shape
from crawler.errors import ShapeError
from crawler.platforms.youtube import api, errors
from model.items import Mapped


def recognise(body: bytes, observed_at: datetime) -> Mapped:
    """Maps any answer of YouTube. Raises CrawlError for error bodies, ShapeError for the rest."""
    return official(shape.mapping(shape.decode(body), ""), observed_at)


def official(answer: dict[str, Any], observed_at: datetime) -> Mapped:
    """Maps an answer of the Data API. Raises CrawlError."""
    if "error" in answer:
        errors.raise_for(answer["error"], observed_at)
    match answer.get("kind"):
        case api.CHANNELS:
            return api.channels(answer, observed_at)
        case api.VIDEOS:
            return api.videos(answer, observed_at)
        case api.UPLOADS:
            found = api.uploads(answer)
            return Mapped(shape="youtube.playlistItems", unmapped=found.unmapped, next=found.next)
    raise ShapeError("kind", "names no answer that is known here")

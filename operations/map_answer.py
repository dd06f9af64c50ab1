"""One raw answer through today's mappers, as plain rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.engine.sinks import row
from crawler.errors import CrawlError
from crawler.platforms import platform
from model.messages import Outcome
from model.platform import PlatformName
from model.route import Route


def mapped_answer(
    name: PlatformName, body: bytes, observed_at: datetime, route: Route | None = None
) -> dict[str, Any]:
    """`rows` as the crawler would harvest them, and the outcome a visit would have ended in."""
    try:
        mapped = platform(name).map(body, observed_at, route=route)
    except CrawlError as error:
        recognised = error.outcome is not Outcome.CHANGED_SHAPE
        return {
            "rows": [],
            "shape": "error",
            "outcome": error.outcome.value,
            "detail": error.detail,
            "unmapped": [],
            "gone": [],
            "recognised": recognised,
        }
    rows = [*map(row, mapped.accounts), *map(row, mapped.posts)]
    return {
        "rows": rows,
        "shape": mapped.shape,
        "outcome": Outcome.OK.value,
        "detail": "",
        "unmapped": list(mapped.unmapped),
        "gone": list(mapped.gone),
        "recognised": True,
    }

"""Which error answers end a call, and which the visit's own steps deal with.

A call for several ids fails as a whole if one of them is gone, a page of posts can be too heavy,
and a page may show its posts but not its videos: those answers are usable to the steps in
`crawler.platforms.facebook.visits`. So is the page of a single post that is not found.
"""

from __future__ import annotations

from crawler.contract import Answer
from crawler.errors import CrawlError
from crawler.reading import graph
from crawler.reading.public import check_page
from model.messages import Outcome
from model.route import Route

_REFUSED = frozenset({Outcome.FORBIDDEN, Outcome.GONE})


def check(answer: Answer) -> None:
    """Raises the CrawlError that an answer stands for, unless the visit's steps deal with it."""
    if answer.call.route is not Route.API:
        if not (answer.call.endpoint == "post" and answer.status == 404):
            check_page(answer)
        return
    found = graph.fault(answer)
    if found is not None and not _dealt_with(found, answer.call.endpoint):
        raise found


def _dealt_with(found: CrawlError, endpoint: str) -> bool:
    if isinstance(found, graph.TooMuchData):
        return True
    if endpoint == "videos":
        return found.outcome in _REFUSED
    return found.outcome is Outcome.GONE and endpoint in ("profile", "refresh")

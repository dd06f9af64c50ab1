"""Which error answers end a call, and which the visit's own steps deal with.

The parts of a batch fail one by one, a page of posts can be too heavy, and a page may show its
posts but not its videos: those answers are usable to the visit's own steps.
"""

from __future__ import annotations

from crawler.contract import Answer
from crawler.errors import CrawlError
from crawler.reading import graph, graph_batch
from model.messages import Outcome

_REFUSED = frozenset({Outcome.FORBIDDEN, Outcome.GONE})


def check(answer: Answer) -> None:
    """Raises the CrawlError that an answer stands for, unless the visit's steps deal with it."""
    fault = graph.fault(answer)
    if fault is None and answer.call.method == "POST":
        fault = graph_batch.common_fault(answer)
    if fault is not None and not _dealt_with(fault, answer.call.endpoint):
        raise fault


def _dealt_with(fault: CrawlError, endpoint: str) -> bool:
    if isinstance(fault, graph.TooMuchData):
        return endpoint in ("timeline", "videos")
    if endpoint in ("videos", "reactions"):
        return fault.outcome in _REFUSED
    return fault.outcome is Outcome.GONE and endpoint in ("profile", "refresh")

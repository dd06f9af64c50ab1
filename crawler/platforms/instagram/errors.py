"""Error answers of the Graph API and of the public pages."""

from __future__ import annotations

from crawler.contract import Answer
from crawler.reading import graph
from crawler.reading.public import check_page
from model.route import Route


def check(answer: Answer) -> None:
    """Raises the CrawlError that an answer stands for; returns for usable ones.

    A name that is no professional account's (code 110, subcode 2207013) counts as gone: the API
    does not tell a missing account from a personal one. A page of media that is too heavy is asked
    for again in smaller ones by the visit's own steps, and a single post that is not found is told
    as gone by them.
    """
    if answer.call.route is not Route.API:
        if not (answer.call.endpoint == "post" and answer.status == 404):
            check_page(answer)
        return
    found = graph.fault(answer)
    too_heavy = isinstance(found, graph.TooMuchData) and answer.call.endpoint == "timeline"
    if found is not None and not too_heavy:
        raise found

"""Visits by X's public pages: a profile's counters, and nothing else.

Logged out, a profile shows popular posts of all times in no order, and not all of any stretch of
time: sums over them would be partial without anybody noticing.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.paging import handle_of, knows_id, renamed
from crawler.platforms.x import calls
from crawler.platforms.x.config import XConfig
from crawler.platforms.x.map import map_answer
from model.items import AccountItem
from model.messages import Outcome, Visit, VisitKind
from model.route import Route

_NO_TIMELINE = (
    "X's public pages show no complete timeline, so posts are not counted; the official API does"
)


def start(visit: Visit, config: XConfig) -> list[Action]:
    """The profile page; visits for posts end as forbidden, without any call."""
    if visit.kind is not VisitKind.PROFILE:
        return [Close(visit, Outcome.FORBIDDEN, _NO_TIMELINE)]
    call = calls.user_page(handle_of(visit), config)
    return [Fetch(call, lambda answer: _read(visit, answer), (visit,))]


def minimum(kind: str, accounts: int, _posts: Sequence[int]) -> int:
    """Fewest pages: one a profile; none for posts, which are not to be had."""
    return accounts if kind == VisitKind.PROFILE else 0


def _read(visit: Visit, answer: Answer) -> list[Action]:
    """The counters of what the page fetched, else of what it says of itself."""
    failures: list[CrawlError] = []
    for shown in (*answer.fetched(calls.USER_QUERY), answer):
        try:
            return _read_profile(visit, shown)
        except CrawlError as error:
            failures.append(error)
    raise failures[0]


def _read_profile(visit: Visit, answer: Answer) -> list[Action]:
    mapped = map_answer(answer.body, answer.observed_at, Route.WEB)
    if not mapped.accounts:
        raise ShapeError("data.user.result", "holds no counters")
    shown = mapped.accounts[0]
    ours = shown.id == visit.account or not knows_id(visit)
    kept: tuple[AccountItem, ...] = (shown,) if ours else ()
    page = Page(answer, msgspec.structs.replace(mapped, accounts=kept, posts=()), (visit,))
    return [page, Close(visit, Outcome.OK) if ours else renamed(visit, shown.id)]

"""Visits by X's public pages: a profile's counters, and nothing else.

Logged out, a profile shows popular posts of all times in no order, and not all of any stretch of
time: sums over them would be partial without anybody noticing.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from crawler.contract import Action, Answer, Browse, Call, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.x import map as recognise
from crawler.platforms.x.config import XConfig
from model.items import AccountItem
from model.messages import Outcome, Visit, VisitKind

USER = "/UserByScreenName"
"""What the address of the page's own question for the user holds."""
_NO_TIMELINE = (
    "X's public pages show no complete timeline, so posts are not counted; the official API does"
)


def start(visit: Visit, config: XConfig) -> list[Action]:
    """The profile page; visits for posts end as forbidden, without any call."""
    if visit.kind is not VisitKind.PROFILE:
        return [Close(visit, Outcome.FORBIDDEN, _NO_TIMELINE)]
    url = f"{config.web_url}/{quote(visit.handle.removeprefix('@'))}"
    call = Call(endpoint="profile", url=url, route="web", browse=Browse(capture=(USER,)))
    return [Fetch(call, lambda answer: _read(visit, answer), (visit,))]


def minimum(kind: str, accounts: int, _posts: Sequence[int]) -> int:
    """Fewest pages: one a profile; none for posts, which are not to be had."""
    return accounts if kind == VisitKind.PROFILE else 0


def _read(visit: Visit, answer: Answer) -> list[Action]:
    """The counters of what the page fetched, else of what it says of itself."""
    failures: list[CrawlError] = []
    for one in (*answer.fetched(USER), answer):
        try:
            return _shown(visit, one)
        except CrawlError as error:
            failures.append(error)
    raise failures[0]


def _shown(visit: Visit, answer: Answer) -> list[Action]:
    mapped = recognise.answer(answer.body, answer.observed_at, "web")
    if not mapped.accounts:
        raise ShapeError("data.user.result", "holds no counters")
    shown = mapped.accounts[0]
    # While the id is not known, `@handle` stands in its place.
    ours = shown.id == visit.account or visit.account.startswith("@")
    kept: tuple[AccountItem, ...] = (shown,) if ours else ()
    page = Page(answer, msgspec.structs.replace(mapped, accounts=kept, posts=()), (visit,))
    if ours:
        return [page, Close(visit, Outcome.OK)]
    why = f"@{visit.handle.removeprefix('@')} is account {shown.id} now"
    return [page, Close(visit, Outcome.RENAMED, why)]

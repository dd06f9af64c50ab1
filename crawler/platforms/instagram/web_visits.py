"""Which public pages a visit takes, logged out, all by plain HTTP.

profile    the profile's page                    followers and number of posts, exact
timeline   the same, with its 12 newest posts    little more than their addresses
           a page for each of them, newest first, until two in a row lie before the window
           a page for each known post of the window that the profile does not show any more
refresh    a page for each known post

Older posts than those 12 are for those who are logged in. A window that they do not cover ends
`forbidden`, whatever was read of it: what else was published in it cannot be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.platforms.instagram import calls
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.instagram.lookups import renamed_account
from crawler.platforms.instagram.map import map_answer
from crawler.platforms.instagram.web_lookups import PostPages
from crawler.platforms.instagram.web_timeline import ProfileTimeline, account_in
from crawler.platforms.paging import handle_of, without_window
from model.messages import Outcome, Visit, VisitKind
from model.route import Route

_HANDLE = re.compile(r"[A-Za-z0-9._]{1,30}")


def start(visit: Visit, config: InstagramConfig) -> Iterator[Action]:
    """The first actions for a visit of the web route."""
    if visit.kind is VisitKind.REFRESH:
        outcome = Outcome.OK if visit.posts else Outcome.OK_NOTHING_NEW
        yield from PostPages(visit, config).in_turn(visit.posts, Close(visit, outcome))
    elif not _HANDLE.fullmatch(handle_of(visit)):
        detail = f"{visit.handle[:40]!r} cannot be an Instagram name"
        yield Close(visit, Outcome.GONE, detail)
    elif visit.kind is VisitKind.PROFILE:
        yield _profile(visit, config)
    elif visit.window is None:
        yield without_window(visit)
    else:
        yield ProfileTimeline(visit, visit.window, config).fetch()


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest pages: one a profile, and one a post."""
    if kind == VisitKind.PROFILE:
        return accounts
    return sum(posts) + (accounts if kind == VisitKind.TIMELINE else 0)


def _profile(visit: Visit, config: InstagramConfig) -> Fetch:
    def then(answer: Answer) -> Iterator[Action]:
        mapped = map_answer(answer.body, answer.observed_at, Route.WEB)
        account = account_in(visit, mapped)
        other = renamed_account(visit, [account])
        if other is None:
            rows = msgspec.structs.replace(mapped, accounts=(account,), posts=())
            yield Page(answer, rows, (visit,))
        yield other or Close(visit, Outcome.OK)

    call = calls.public_page(config, "profile", quote(handle_of(visit), safe=""))
    return Fetch(call, then, (visit,))

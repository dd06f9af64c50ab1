"""Which calls a visit to TikTok takes: the fewest, as streams of actions without any I/O.

One call for each user's counters; videos by username, many accounts a query, 100 rows a page, at
most 30 days a query (Research API). A user's counters come without an id: they get the visit's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.platforms.tiktok import api_map, calls, timeline, web_visits
from crawler.platforms.tiktok.config import TikTokConfig
from model.items import Mapped
from model.messages import Outcome, Visit, VisitKind


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Timelines of one slot and window together, 100 accounts at most; all others alone, and all
    by public pages.
    """
    alike: dict[tuple[object, ...], list[Visit]] = {}
    for visit in visits:
        if visit.kind is VisitKind.TIMELINE and visit.route != "web":
            alike.setdefault((visit.slot, str(visit.window)), []).append(visit)
        else:
            yield [visit]
    for members in alike.values():
        for first in range(0, len(members), calls.NAMES):
            yield members[first : first + calls.NAMES]


def start(visits: Sequence[Visit], config: TikTokConfig) -> list[Action]:
    """The first actions of one group."""
    if visits[0].route == "web":
        return web_visits.start(visits[0], config)
    kind = visits[0].kind
    if kind is VisitKind.TIMELINE:
        return timeline.window(tuple(visits), config)
    if kind is VisitKind.PROFILE:
        return [_profile(visit, config) for visit in visits]
    why = "videos cannot be read by id alone: their timeline is read again instead"
    return [Close(visit, Outcome.GAVE_UP, why) for visit in visits]


def minimum(kind: str, accounts: int, posts: Sequence[int], windows: int) -> int:
    """Fewest calls: one a user; 100 rows a page across accounts, at least one page a window."""
    if kind == VisitKind.PROFILE:
        return accounts
    return max(windows, -(-sum(posts) // calls.ROWS)) if accounts else 0


def _profile(visit: Visit, config: TikTokConfig) -> Fetch:
    call = calls.user(timeline.bare(visit), config)
    return Fetch(call, lambda answer: _read_profile(visit, answer), (visit,))


def _read_profile(visit: Visit, answer: Answer) -> list[Action]:
    item = api_map.read_user(
        calls.data(answer),
        answer.observed_at,
        account=visit.account,
        handle=timeline.bare(visit),
    )
    mapped = Mapped(shape="tiktok.user", accounts=(item,))
    return [Page(answer, mapped, (visit,)), Close(visit, Outcome.OK)]

"""Which calls a visit takes: 50 channels a call, 50 uploads a page, 50 videos a call.

The visits of a group share the calls: video ids of all its channels fill the same batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crawler.config import PlatformConfig
from crawler.contract import Action
from crawler.platforms.paging import alike, chunks, pages
from crawler.platforms.youtube import lookups, timeline
from crawler.platforms.youtube.calls import AT_ONCE
from model.messages import Visit, VisitKind


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Visits of the same kind, slot and window, at most 50 together."""
    for members in alike(visits):
        yield from chunks(members, AT_ONCE)


def start(visits: Sequence[Visit], config: PlatformConfig) -> Iterable[Action]:
    """The first actions for one group."""
    kind = visits[0].kind
    if kind is VisitKind.PROFILE:
        return lookups.profiles(visits, config)
    if kind is VisitKind.TIMELINE:
        return timeline.timelines(visits, config)
    return lookups.refreshes(visits, config)


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls for one visit of each account, with `posts` posts each.

    Profiles: one a 50 channels. Timelines: a page a 50 uploads, at least one, and one call a 50
    videos of all channels together. Refreshes: those alone. Raises ValueError for another kind.
    """
    batches = pages(sum(posts), AT_ONCE)
    match VisitKind(kind):
        case VisitKind.PROFILE:
            return pages(accounts, AT_ONCE)
        case VisitKind.TIMELINE:
            silent = max(accounts - len(posts), 0)
            return silent + sum(max(1, pages(number, AT_ONCE)) for number in posts) + batches
        case VisitKind.REFRESH:
            return batches

"""Which calls a visit to X takes: the fewest, by id, as streams of actions without any I/O.

Users by 100 a call; a timeline of its own for each account, by the server's window; known posts by
100 a call across accounts (X API v2 reference).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crawler.contract import Action
from crawler.platforms.paging import alike, chunks, packed, pages
from crawler.platforms.x import lookups, timeline
from crawler.platforms.x.calls import BATCH
from crawler.platforms.x.config import XConfig
from model.messages import Visit, VisitKind

_MOST_POSTS = 20 * BATCH
"""Most posts of one group of refreshes: their calls follow one another."""


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Profiles by 100, refreshes by 2,000 posts, timelines alone; one kind, slot, window each."""
    for members in alike(visits):
        if members[0].kind is VisitKind.PROFILE:
            yield from chunks(members, BATCH)
        elif members[0].kind is VisitKind.REFRESH:
            yield from packed(members, _MOST_POSTS)
        else:
            yield from chunks(members, 1)


def start(visits: Sequence[Visit], config: XConfig) -> Iterable[Action]:
    """The first actions of one group."""
    kind = visits[0].kind
    if kind is VisitKind.PROFILE:
        return lookups.profiles(tuple(visits), config)
    if kind is VisitKind.REFRESH:
        return lookups.refreshes(tuple(visits), config)
    return timeline.timelines(visits, config)


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls: users by 100; pages of 100 posts up to one that is not full; known posts by
    100."""
    if kind == VisitKind.PROFILE:
        return pages(accounts, BATCH)
    if kind == VisitKind.REFRESH:
        return pages(sum(posts), BATCH)
    return sum(number // BATCH + 1 for number in posts)

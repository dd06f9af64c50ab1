"""Which calls Facebook visits take, in the fewest calls (Graph API reference, limits of v25.0).

profile    POST /vN.0/, a batch of GET /PAGE    50 pages a call, each billed as one
timeline   GET /PAGE/published_posts            100 posts a call, window kept by the server
           GET /PAGE/videos                     100 a call, only while views of posts are unknown
refresh    POST /vN.0/, a batch of GET /POST    50 posts a call, then their videos as above

Several ids in one call (`?ids=`), aliases (`.as()`) and formatted dates are closed to apps
registered since 2026-11-04 (Graph API, changelog of v27.0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crawler.contract import Action
from crawler.platforms.facebook import lookups, timeline
from crawler.platforms.facebook.calls import ROWS
from crawler.platforms.facebook.config import BATCH, FacebookConfig
from crawler.platforms.paging import alike, chunks, pages
from model.messages import Visit, VisitKind


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Profiles of one slot by 50; every other visit alone, for it shares no call."""
    for members in alike(visits):
        yield from chunks(members, BATCH if members[0].kind is VisitKind.PROFILE else 1)


def start(visits: Sequence[Visit], config: FacebookConfig) -> Iterable[Action]:
    """The first actions for one group."""
    kind = visits[0].kind
    if kind is VisitKind.PROFILE:
        return lookups.profiles(tuple(visits), config)
    if kind is VisitKind.TIMELINE:
        return timeline.timelines(visits, config)
    return lookups.refreshes(visits, config)


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls; an account with posts is taken to have videos among them."""
    if kind == VisitKind.PROFILE:
        return pages(accounts, BATCH)
    size = ROWS if kind == VisitKind.TIMELINE else BATCH
    least = 1 if kind == VisitKind.TIMELINE else 0
    return sum(max(least, pages(number, size)) + min(number, 1) for number in posts)

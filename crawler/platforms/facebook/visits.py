"""Which calls Facebook visits take, in the fewest calls (Graph API reference, limits of v25.0).

profile    GET /?ids=…                     50 pages a call, each billed as one
timeline   GET /PAGE/published_posts       100 posts a call, window kept by the server
           GET /PAGE/videos                100 a call, only while views of posts are unknown
refresh    GET /?ids=…                     50 posts a call, then their videos as above
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from crawler.contract import Action, Close
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.lookups import BATCH, Profiles, Refresh
from crawler.platforms.facebook.timeline import PAGE, Timeline
from model.messages import Outcome, Visit, VisitKind


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Profiles of one slot by 50; every other visit alone, for it shares no call."""
    profiles: dict[object, list[Visit]] = {}
    for visit in visits:
        if visit.kind is not VisitKind.PROFILE:
            yield [visit]
            continue
        waiting = profiles.setdefault(visit.slot, [])
        waiting.append(visit)
        if len(waiting) == BATCH:
            yield profiles.pop(visit.slot)
    yield from profiles.values()


def start(visits: Sequence[Visit], config: FacebookConfig) -> Iterable[Action]:
    """The first actions for one group."""
    if visits[0].kind is VisitKind.PROFILE:
        yield from Profiles(config).ask(tuple(visits))
        return
    for visit in visits:
        if visit.kind is VisitKind.REFRESH:
            yield from Refresh.of(visit, config).step()
        elif visit.window is None:
            yield Close(visit, Outcome.GAVE_UP, "a timeline visit without a window")
        else:
            yield from Timeline.of(visit, visit.window, config).start()


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls; an account with posts is taken to have videos among them."""
    if kind == VisitKind.PROFILE:
        return ceil(accounts / BATCH)
    size = PAGE if kind == VisitKind.TIMELINE else BATCH
    least = 1 if kind == VisitKind.TIMELINE else 0
    return sum(max(least, ceil(n / size)) + min(n, 1) for n in posts)

"""Which calls a visit takes: 50 channels a call, 50 uploads a page, 50 videos a call.

The visits of a group share the calls: video ids of all its channels fill the same batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from crawler.config import PlatformConfig
from crawler.contract import Action
from crawler.platforms.youtube.calls import AT_ONCE
from crawler.platforms.youtube.lookups import Refreshes
from crawler.platforms.youtube.profiles import profiles
from crawler.platforms.youtube.timeline import Timelines
from model.messages import Visit, VisitKind


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Visits of the same kind, slot and window, at most 50 together."""
    for _, same in groupby(sorted(visits, key=_key), key=_key):
        together = list(same)
        for first in range(0, len(together), AT_ONCE):
            yield together[first : first + AT_ONCE]


def _key(visit: Visit) -> tuple[str, str, str]:
    window = visit.window
    span = "" if window is None else f"{window.start.isoformat()} {window.end.isoformat()}"
    return visit.kind.value, visit.slot.isoformat(), span


def start(visits: Sequence[Visit], config: PlatformConfig) -> Iterable[Action]:
    """The first actions for one group."""
    kind = visits[0].kind
    if kind is VisitKind.PROFILE:
        return profiles(visits, config)
    if kind is VisitKind.TIMELINE:
        return Timelines(config, visits).start()
    return Refreshes(config, visits).start()


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls for one visit of each account, with `posts` posts each.

    Profiles: one a 50 channels. Timelines: a page a 50 uploads, at least one, and one call a 50
    videos of all channels together. Refreshes: those alone. Raises ValueError for another kind.
    """
    batches = -(-sum(posts) // AT_ONCE)
    match VisitKind(kind):
        case VisitKind.PROFILE:
            return -(-accounts // AT_ONCE)
        case VisitKind.TIMELINE:
            silent = max(accounts - len(posts), 0)
            return silent + sum(max(1, -(-number // AT_ONCE)) for number in posts) + batches
        case VisitKind.REFRESH:
            return batches

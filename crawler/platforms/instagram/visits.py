"""Which calls Instagram visits take: business discovery, one account a call.

profile    GET /OWN?fields=business_discovery.username(NAME){…}
timeline   the same with `media.limit(50){…}`, then `media.after(CURSOR).limit(50){…}`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.contract import Action, Close
from crawler.platforms.instagram import lookups, timeline
from crawler.platforms.instagram.calls import ROWS
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.paging import chunks, pages, without_window
from model.messages import Outcome, Visit, VisitKind

_HANDLE = re.compile(r"[A-Za-z0-9._]{1,30}")


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Every visit alone: one account a call."""
    return chunks(visits, 1)


def start(visits: Sequence[Visit], config: InstagramConfig) -> Iterator[Action]:
    """The first actions for one group."""
    for visit in visits:
        obstacle = _obstacle(visit, config)
        if obstacle is not None:
            yield obstacle
        elif visit.kind is VisitKind.TIMELINE:
            yield from timeline.timelines([visit], config)
        else:
            yield from lookups.profiles([visit], config)


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls; a timeline takes one even if it is empty."""
    if kind != VisitKind.TIMELINE:
        return accounts
    return sum(max(1, pages(number, ROWS)) for number in posts)


def _obstacle(visit: Visit, config: InstagramConfig) -> Close | None:
    """Why a visit cannot even be asked for."""
    if not config.user_id.isdecimal():
        return Close(visit, Outcome.FORBIDDEN, "CITYREACH_INSTAGRAM__USER_ID is not set")
    if not _HANDLE.fullmatch(visit.handle):
        return Close(visit, Outcome.GONE, f"{visit.handle[:40]!r} cannot be an Instagram name")
    if visit.kind is VisitKind.REFRESH:
        return Close(visit, Outcome.GAVE_UP, "business discovery reads no posts by id")
    if visit.kind is VisitKind.TIMELINE and visit.window is None:
        return without_window(visit)
    return None

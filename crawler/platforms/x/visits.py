"""Which calls a visit to X takes: the fewest, by id, as streams of actions without any I/O.

Users by 100 a call; a timeline of its own for each account, by the server's window; known posts by
100 a call across accounts (X API v2 reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from crawler.contract import Action
from crawler.platforms.x import lookups, timeline, web_visits
from crawler.platforms.x.calls import BATCH
from crawler.platforms.x.config import XConfig
from model.messages import Visit, VisitKind

CHAIN = 20 * BATCH
"""Most posts of one group of refreshes: their calls follow one another."""


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Profiles by 100, refreshes by 2,000 posts, timelines alone; one kind, slot, window each.

    Visits by public pages share nothing.
    """
    alike: dict[tuple[object, ...], list[Visit]] = {}
    for visit in visits:
        if visit.route == "web":
            yield [visit]
            continue
        key = (visit.kind, visit.slot, str(visit.window), lookups.known(visit))
        alike.setdefault(key, []).append(visit)
    for members in alike.values():
        if members[0].kind is VisitKind.PROFILE:
            yield from _chunks(members)
        elif members[0].kind is VisitKind.REFRESH:
            yield from _packed(members)
        else:
            yield from ([visit] for visit in members)


def start(visits: Sequence[Visit], config: XConfig) -> list[Action]:
    """The first actions of one group."""
    if visits[0].route == "web":
        return web_visits.start(visits[0], config)
    kind = visits[0].kind
    if kind is VisitKind.PROFILE:
        return lookups.profiles(tuple(visits), config)
    if kind is VisitKind.REFRESH:
        return lookups.refreshes(tuple(visits), config)
    return timeline.window(visits[0], config)


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls: users by 100; pages of 100 posts, at least one; known posts by 100."""
    if kind == VisitKind.PROFILE:
        return _pages(accounts)
    if kind == VisitKind.REFRESH:
        return _pages(sum(posts))
    return sum(max(1, _pages(number)) for number in posts)


def _pages(number: int) -> int:
    return -(-number // BATCH)


def _chunks(visits: list[Visit]) -> Iterator[list[Visit]]:
    remaining = iter(visits)
    while chunk := list(islice(remaining, BATCH)):
        yield chunk


def _packed(visits: list[Visit]) -> Iterator[list[Visit]]:
    group: list[Visit] = []
    size = 0
    for visit in visits:
        if group and size + len(visit.posts) > CHAIN:
            yield group
            group, size = [], 0
        group.append(visit)
        size += len(visit.posts)
    if group:
        yield group

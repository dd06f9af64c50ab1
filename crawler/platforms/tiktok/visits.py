"""Which calls a visit to TikTok takes: the fewest, as streams of actions without any I/O.

One call for each user's counters; videos by username, many accounts a query, 100 rows a page, at
most 30 days a query (Research API). A user's counters come without an id: they get the visit's,
once a known video of the account was found under its handle, which one call tells of 100 accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crawler.contract import Action, Close
from crawler.platforms.paging import alike, chunks, pages
from crawler.platforms.tiktok import calls, identity, lookups, timeline
from crawler.platforms.tiktok.config import TikTokConfig
from model.messages import Outcome, Visit, VisitKind


def groups(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Timelines of one slot and window together, 100 accounts at most, and so profiles of accounts
    that are recognised by their videos; all others alone.
    """
    for members in alike(visits):
        alone = [visit for visit in members if not _together(visit)]
        yield from chunks(alone, 1)
        yield from chunks([visit for visit in members if _together(visit)], calls.NAMES)


def _together(visit: Visit) -> bool:
    known_profile = visit.kind is VisitKind.PROFILE and identity.known(visit)
    return visit.kind is VisitKind.TIMELINE or bool(known_profile)


def start(visits: Sequence[Visit], config: TikTokConfig) -> Iterable[Action]:
    """The first actions of one group."""
    kind = visits[0].kind
    if kind is VisitKind.TIMELINE:
        return timeline.timelines(tuple(visits), config)
    if kind is VisitKind.PROFILE:
        return lookups.profiles(visits, config)
    why = "videos cannot be read by id alone: their timeline is read again instead"
    return [Close(visit, Outcome.GAVE_UP, why) for visit in visits]


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls: one a user, and one for 100 accounts that are recognised by a known video;
    100 rows a page across accounts, at least one, and one for each account without a video, whose
    user must be asked for. `posts` of profiles: the known videos of each."""
    if kind == VisitKind.PROFILE:
        return accounts + pages(sum(number > 0 for number in posts), calls.NAMES)
    return pages(sum(posts), calls.ROWS) + _silent(accounts, posts) if accounts else 0


def _silent(accounts: int, posts: Sequence[int]) -> int:
    return accounts - sum(number > 0 for number in posts)

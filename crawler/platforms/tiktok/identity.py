"""Whose a handle is: the Research API asks by handle and names no account, so an account is known
by its videos alone.

A known video of the account is asked for by its id, for all accounts together; where it is not
found, all others that are known. Found under the handle, the account is the one that was meant;
found under another, it was renamed; not found at all, the handle may be a stranger's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from crawler.contract import Action, Answer, Close, Fetch
from crawler.errors import Retry
from crawler.platforms.paging import handle_of
from crawler.platforms.tiktok import calls
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.reading.shape import array, dig
from model.messages import Outcome, Visit

_LONGEST = timedelta(days=29)
"""From the first to the last date of one query."""
_MANY = 3
"""So many known videos do not all vanish at once by their owner's hand."""
_FIRST = date(2014, 1, 1)
"""Ids hold the second of publication in their upper 32 bits; one that tells an earlier day, or a
day to come, does not."""


@dataclass(frozen=True, slots=True)
class Whose:
    """What the known videos of an account say."""

    found: frozenset[str] = frozenset()
    """Known videos that are there under the handle that was asked for."""
    other: str = ""
    """The handle under which the account is found instead."""


Verdicts = Mapping[str, Whose]
"""By the id of the visit."""


def published(video: str) -> datetime | None:
    """When a video was published, by its id alone; None where it does not tell."""
    if not (video.isascii() and video.isdigit() and len(video) < 20):
        return None
    at = datetime.fromtimestamp(int(video) >> 32, UTC)
    return at if at.date() >= _FIRST else None


def known(visit: Visit) -> tuple[str, ...]:
    """The known videos of the visit's account that can be asked for, in the visit's order."""
    dated = ((video, published(video)) for video in visit.posts)
    return tuple(video for video, at in dated if at is not None and at <= visit.slot)


def recognise(
    visits: Iterable[Visit],
    config: TikTokConfig,
    then: Callable[[Verdicts], Iterable[Action]],
) -> Iterator[Action]:
    """Asks for a known video of each of these accounts, and goes on with what they say. Each visit
    must know one."""
    asked = {visit: known(visit)[:1] for visit in visits}
    yield from _Recognition(config, then).ask(asked, others=True)


@dataclass(frozen=True, slots=True)
class _Recognition:
    """Queries by id, one after the other. Immutable: an answer that is read twice counts once."""

    config: TikTokConfig
    then: Callable[[Verdicts], Iterable[Action]]
    found: Mapping[str, str] = field(default_factory=dict)
    """Handles in lower case, by video."""
    before: Verdicts = field(default_factory=dict)

    def ask(self, wanted: Mapping[Visit, Sequence[str]], *, others: bool) -> Iterator[Action]:
        """`others`: whether further known videos are asked for where none of these is found."""
        queries = list(_queries([video for ids in wanted.values() for video in ids]))
        yield from self._go_on(wanted, queries, others)

    def _go_on(
        self, wanted: Mapping[Visit, Sequence[str]], queries: Sequence[Sequence[str]], others: bool
    ) -> Iterator[Action]:
        if queries:
            days = [at.date() for video in queries[0] if (at := published(video)) is not None]
            call = calls.videos_by_id(queries[0], self.config, min(days), max(days))

            def read(answer: Answer) -> Iterator[Action]:
                after = replace(self, found={**self.found, **_owners(answer)})
                yield from after._go_on(wanted, queries[1:], others)

            yield Fetch(call, read, tuple(wanted))
            return
        verdicts = {visit: self._whose(visit, ids) for visit, ids in wanted.items()}
        open_ = {v: known(v)[1:] for v, whose in verdicts.items() if whose == Whose()}
        rest = {visit: ids for visit, ids in open_.items() if ids and others}
        told = {v.id: whose for v, whose in verdicts.items() if v not in rest}
        if told:
            yield from self.then(told)
        if rest:
            yield from replace(self, found={}).ask(rest, others=False)

    def _whose(self, visit: Visit, ids: Sequence[str]) -> Whose:
        handle = handle_of(visit).lower()
        handles = {video: self.found[video] for video in ids if video in self.found}
        mine = frozenset(video for video, name in handles.items() if name == handle)
        return Whose(mine, "" if mine else next(iter(handles.values()), ""))


def _queries(videos: Sequence[str]) -> Iterator[list[str]]:
    """Videos that may be asked for together: at most a page, within the longest span of dates."""
    dated = sorted((at, video) for video in videos if (at := published(video)) is not None)
    query: list[str] = []
    first = _FIRST
    for at, video in dated:
        if query and (len(query) >= calls.ROWS or at.date() - first > _LONGEST):
            yield query
            query = []
        if not query:
            first = at.date()
        query.append(video)
    if query:
        yield query


def _owners(answer: Answer) -> dict[str, str]:
    """Handles in lower case, by video. Raises CrawlError."""
    data = calls.data_of(answer)
    rows = array(data, "videos", "data")
    counted = data.get("cursor")
    if not rows and isinstance(counted, int) and counted > 0:
        raise Retry(Outcome.EMPTY_UNEXPECTED, f"no videos, though {counted} are counted")
    owners: dict[str, str] = {}
    for row in rows:
        video, name = dig(row, "id") or dig(row, "video_id"), dig(row, "username")
        if video is not None and isinstance(name, str):
            owners[str(video)] = name.lower()
    return owners


def renamed(visit: Visit, whose: Whose) -> Close:
    """The end of a visit whose account has another handle now."""
    return Close(visit, Outcome.RENAMED, f"@{handle_of(visit)} is called @{whose.other} now")


def is_few(visit: Visit) -> bool:
    """Whether so few videos are known that the account itself may have deleted them."""
    return len(known(visit)) < _MANY


def strange(visit: Visit, seen: Sequence[str] = ()) -> Close:
    """The end of a visit whose handle answers, and none of the known videos is there. Of a few it
    tells nothing for certain."""
    number = len(known(visit))
    detail = f"none of {number} known videos is there: @{handle_of(visit)} may be somebody else's"
    outcome = Outcome.EMPTY_UNEXPECTED if is_few(visit) else Outcome.RENAMED
    return Close(visit, outcome, detail, tuple(seen))

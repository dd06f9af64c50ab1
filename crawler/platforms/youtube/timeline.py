"""Reading uploads lists, then the videos of the window, for a group of channels.

An uploads list is newest first, but not strictly: scheduled videos and premieres may stand where
they were uploaded. A walk therefore ends only where the last entries of a page all lie well before
the window. Entries without a date (private or deleted videos) are asked for like the others and
are no posts if videos.list leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.paging import DISPLACED, endless, finished
from crawler.platforms.youtube import api_map, calls
from crawler.platforms.youtube.lookups import Videos, VideoWalk
from crawler.reading import shape
from model.items import Mapped
from model.messages import Outcome, Visit, Window
from model.proof import Proof

_MARGIN = timedelta(days=7)
"""How far before the window a page must reach before the walk ends."""
_TAIL = 3
"""How many entries at a page's end must lie there: one alone may be out of order."""


def timelines(visits: Sequence[Visit], config: PlatformConfig) -> Iterator[Action]:
    """The first page of every channel's list of uploads."""
    return _Timelines(config, visits).start()


class _Timelines(Videos):
    """Visits of kind timeline."""

    def start(self) -> Iterator[Action]:
        """The first page of every list."""
        for walk in list(self.walks.values()):
            if walk.visit.account.startswith("UC"):
                yield self._list(walk)
            else:
                detail = f"{walk.visit.account!r} is no channel id: verify the account"
                yield Close(walk.visit, Outcome.GAVE_UP, detail)
                yield from self.drop((walk.visit,))

    def _list(self, walk: VideoWalk, page: str | None = None) -> Fetch:
        call = calls.list_uploads(self.config, walk.visit.account, page)
        return self._alone(walk, call, lambda answer: self._listed(walk, answer, page))

    def _alone(
        self, walk: VideoWalk, call: Call, then: Callable[[Answer], Iterable[Action]]
    ) -> Fetch:
        return Fetch(call, then, (walk.visit,), lambda: self.drop((walk.visit,)))

    def _listed(self, walk: VideoWalk, answer: Answer, page: str | None) -> Iterator[Action]:
        if answer.status == 404:
            yield self._ask_for_channel(walk)
            return
        found = api_map.read_uploads(shape.mapping(shape.decode(answer.body), ""))
        if not found.entries and found.next is not None and not walk.doubted:
            walk.doubted = True
            yield self._list(walk, page)
            return
        mapped = Mapped(shape="youtube.playlistItems", unmapped=found.unmapped, next=found.next)
        yield Page(answer, mapped, (walk.visit,))
        walk.lost += found.unmapped
        walk.gap = walk.gap or (walk.doubted and not found.entries)
        walk.doubted = False
        back = page is not None and found.next == page
        videos = [entry.video for entry in found.entries]
        walk.listed = walk.listed.with_page(videos, leads_back=back)
        self.enqueue(walk, _wanted(walk, found.entries))
        yield from self._go_on(walk, found)

    def _go_on(self, walk: VideoWalk, found: api_map.Uploads) -> Iterator[Action]:
        past = _past(found.entries, walk.visit.window)
        if found.next is not None and not past and not walk.listed.leads_nowhere:
            yield self._list(walk, found.next)
        else:
            walk.listing = False
            walk.proof, walk.unproven = _proof(walk, found, past=past)
            yield from self.finish(walk)
        yield from self.drain()

    def _ask_for_channel(self, walk: VideoWalk) -> Fetch:
        """An unknown list is that of an unknown channel, or of one that never uploaded.

        channels.list tells which, for one more unit.
        """
        call = calls.list_channels(self.config, [walk.visit.account])
        return self._alone(walk, call, lambda answer: self._without_list(walk, answer))

    def _without_list(self, walk: VideoWalk, answer: Answer) -> Iterator[Action]:
        mapped = api_map.map_channels(
            shape.mapping(shape.decode(answer.body), ""), answer.observed_at
        )
        if mapped.unmapped:
            raise ShapeError(mapped.unmapped[0])
        yield Page(answer, mapped, (walk.visit,))
        mine = [row for row in mapped.accounts if row.id == walk.visit.account]
        yield _without_list(walk.visit, mine[0].counts["posts"].value if mine else None)
        yield from self.drop((walk.visit,))


def _wanted(walk: VideoWalk, entries: Sequence[api_map.Upload]) -> Iterator[str]:
    """The ids to ask for: dated within the window, or not dated at all."""
    window = walk.visit.window
    for entry in entries:
        date = entry.published_at
        inside = date is None or window is None or date in window
        if inside and walk.want(entry.video, dated=date is not None):
            yield entry.video


def _past(entries: Sequence[api_map.Upload], window: Window | None) -> bool:
    """Whether a page ends well before the window."""
    dates = [entry.published_at for entry in entries if entry.published_at is not None]
    if window is None or not dates:
        return False
    return all(date < window.start - _MARGIN for date in dates[-_TAIL:])


def _proof(walk: VideoWalk, found: api_map.Uploads, *, past: bool) -> tuple[Proof | None, str]:
    """What shows that the list was read far enough, else why nothing does."""
    number, full = len(walk.listed.ids), len(found.entries) >= calls.AT_ONCE
    if found.total is not None and number >= found.total:
        return Proof.TOTAL, ""
    if walk.gap or walk.listed.displaced:
        return None, "a page of the list of uploads came empty" if walk.gap else DISPLACED
    if past:
        return Proof.OLDER_POST, ""
    if found.next is not None:
        return None, endless(walk.visit, ()).detail
    if found.total is not None:
        return None, f"the list ended after {number} of {found.total} uploads (totalResults)"
    if full:
        return None, "the list ended on a full page without a further one or a total"
    return Proof.END_MARK, ""


def _without_list(visit: Visit, videos: int | None) -> Close:
    """How a visit ends whose uploads list does not exist; `videos`: None for no such channel."""
    if videos is None:
        return Close(visit, Outcome.GONE, f"channels.list knows no channel {visit.account}")
    if videos:
        detail = f"the channel has {videos} videos, but its list of uploads is not found"
        return Close(visit, Outcome.EMPTY_UNEXPECTED, detail)
    return finished(visit, (), Proof.COUNTERS, "the channel has no videos")

"""A timeline by public pages: the feed, its tabs where that ends too early, a page a video.

The feed tells the time of the 15 newest videos. Tabs tell no time at all, so of their videos that
are not in the feed the watch page is read, newest first, until two in a row lie before the window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.paging import DISPLACED, Listed, Scrolled, endless, finished, unproven
from crawler.platforms.youtube import calls
from crawler.platforms.youtube.config import YouTubeConfig
from crawler.platforms.youtube.map import map_answer
from crawler.platforms.youtube.web_listing import FEED_SHAPE
from crawler.platforms.youtube.web_lookups import Watching, unread
from crawler.platforms.youtube.web_map import open_tab
from model.items import Mapped, PostItem
from model.messages import Visit, Window
from model.proof import Proof

_FEED_ENTRIES = 15
"""Entries of a feed; one with fewer holds all there are."""
_TAIL = 2
"""How many videos at the end must lie before the window: one alone may be out of order."""
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Where an answer is looked through for its ids alone."""
_MOST = 100
"""Most further pages of a tab that are asked for at once."""


@dataclass(slots=True, eq=False)
class _Tab:
    """The open tab of a channel's page, as far as it was looked through."""

    name: str
    videos: list[str]
    onward: bool
    """Whether it says that more follows."""
    further: int = 0
    """How many further pages of it were fetched."""
    place: int = 0
    older: int = 0
    """Videos before the window, in a row, up to `place`."""

    @property
    def page(self) -> int:
        """How many videos come at once."""
        return max(len(self.videos) // (self.further + 1), 1)


@dataclass(slots=True, eq=False)
class ChannelTimeline:
    """One visit, one page at a time."""

    config: YouTubeConfig
    visit: Visit
    window: Window
    watching: Watching = field(init=False)
    waiting: list[str] = field(default_factory=list)
    """Videos of the window whose page is still to be read."""
    tabs: list[str] = field(default_factory=list)
    """Tabs still to be opened."""
    tab: _Tab | None = None
    proof: Proof = Proof.OLDER_POST
    """The weakest of what showed that the lists went far enough."""
    unproven: str = ""
    """Why nothing shows it."""

    def __post_init__(self) -> None:
        self.watching = Watching(self.config, self.visit)

    def start(self) -> Iterator[Action]:
        """The feed; the tabs at once where feeds are switched off."""
        if self.config.web_feed:
            yield self._fetch(calls.feed_page(self.config, self.visit.account), self._fed)
        else:
            self.tabs = list(calls.TABS)
            yield from self._go_on()

    def _fetch(self, call: Call, then: Callable[[Answer], Iterable[Action]]) -> Fetch:
        return Fetch(call, then, (self.visit,))

    def _fed(self, answer: Answer) -> Iterator[Action]:
        if answer.status == 404:
            # Feeds are at times not to be had of channels that exist: their page knows.
            self.tabs = list(calls.TABS)
        else:
            mapped = map_answer(answer.body, answer.observed_at)
            if mapped.shape != FEED_SHAPE:
                raise ShapeError("feed", f"came as {mapped.shape}")
            self.watching.lost += mapped.unmapped
            mine = [post for post in mapped.posts if self._note(post)]
            yield Page(answer, msgspec.structs.replace(mapped, posts=tuple(mine)), (self.visit,))
            self.waiting = [post.id for post in mine]
            self.tabs = [] if self._reaches_back(mapped) else list(calls.TABS)
        yield from self._go_on()

    def _note(self, post: PostItem) -> bool:
        """Whether an entry is of the window. Others would lack comments: they are not kept."""
        if post.published_at is None or post.account not in (None, self.visit.account):
            return False
        self.watching.listed[post.id] = post
        self.watching.dates[post.id] = post.published_at
        return post.published_at in self.window

    def _reaches_back(self, mapped: Mapped) -> bool:
        """Whether the feed is all that is needed. One without entries proves nothing."""
        dates = [post.published_at for post in mapped.posts if post.published_at is not None]
        entries = len(mapped.posts) + len(mapped.unmapped)
        if 0 < entries < _FEED_ENTRIES:
            self.proof = Proof.END_MARK
            return True
        return entries > 0 and all(date < self.window.start for date in dates[-_TAIL:])

    def _go_on(self) -> Iterator[Action]:
        """The next page, whichever it is, or the visit's end."""
        if self.waiting:
            yield self.watching.ask(self.waiting.pop(0), self._go_on)
        elif self.tab is not None:
            yield from self._look(self.tab)
        elif self.tabs:
            name = self.tabs.pop(0)
            call = calls.tab_page(self.config, self.visit.account, name)
            yield self._fetch(call, lambda answer: self._opened(name, answer))
        else:
            yield self._close()

    def _opened(self, name: str, answer: Answer) -> Iterator[Action]:
        """A tab, by plain HTTP or with the further pages that the browser fetched."""
        further = answer.fetched(calls.FURTHER)
        mapped = [map_answer(one.body, one.observed_at) for one in (answer, *further)]
        for one, found in zip((answer, *further), mapped, strict=True):
            yield Page(one, msgspec.structs.replace(found, posts=()), (self.visit,))
        other = open_tab(answer.body) not in (None, name)
        posts = {} if other else {post.id: post for one in mapped for post in one.posts}
        for post in posts.values():
            self.watching.listed.setdefault(post.id, post)
        if not other and _displaced(mapped):
            self.unproven = DISPLACED
        onward = not other and mapped[-1].next is not None
        self.tab = _Tab(name, list(posts), onward, len(further))
        yield from self._go_on()

    def _look(self, tab: _Tab) -> Iterator[Action]:
        """Goes through a tab; a video whose time is not known needs its page first."""
        dates, read = self.watching.dates, self.watching.read
        while tab.place < len(tab.videos) and tab.older < _TAIL:
            video = tab.videos[tab.place]
            if video not in dates and video not in read:
                yield self.watching.ask(video, self._go_on)
                return
            tab.place += 1
            if video in dates:
                tab.older = tab.older + 1 if dates[video] < self.window.start else 0
        self.tab = None
        if tab.older < _TAIL:
            self.proof = Proof.END_MARK
        if tab.onward and tab.older < _TAIL and not self.unproven:
            yield self._further(tab)
        else:
            yield from self._go_on()

    def _further(self, tab: _Tab) -> Fetch:
        """The same tab in the browser, with as many further pages as it will probably take."""
        wanted, idle = self._pages(tab), Scrolled(_videos_of).leads_nowhere

        def then(answer: Answer) -> Iterator[Action]:
            came = len(answer.fetched(calls.FURTHER))
            if came <= tab.further:
                yield self._stuck(tab)
                return
            if idle([one.body for one in answer.fetched(calls.FURTHER)]):
                self.unproven = endless(self.visit, ()).detail
            yield from self._opened(tab.name, answer)

        call = calls.whole_tab(self.config, self.visit.account, tab.name, wanted, idle)
        return self._fetch(call, then)

    def _pages(self, tab: _Tab) -> int:
        """By how far back those go that are known: one more at least."""
        dates = [self.watching.dates[video] for video in tab.videos if video in self.watching.dates]
        least = tab.further + 1
        if not dates:
            return least
        reached = (self.visit.slot - min(dates)).total_seconds()
        asked = (self.visit.slot - self.window.start).total_seconds()
        if reached <= 0:
            return least
        videos = len(tab.videos) * asked / reached
        return min(max(least, ceil(videos / tab.page) - 1), tab.further + _MOST)

    def _stuck(self, tab: _Tab) -> Close:
        """The page says that more follows and does not fetch it."""
        detail = f"the {tab.name} tab shows {len(tab.videos)} videos and no more; {self._back()}"
        return unproven(self.visit, self._seen(), detail)

    def _back(self) -> str:
        oldest: datetime | None = min(self.watching.dates.values(), default=None)
        return "none has a time" if oldest is None else f"they go back to {oldest:%FT%TZ}"

    def _seen(self) -> tuple[str, ...]:
        dates, none = self.watching.dates, self.watching.gone | self.watching.others
        return tuple(v for v, date in dates.items() if date in self.window and v not in none)

    def _close(self) -> Close:
        seen = self._seen()
        end = unread(self.watching, seen)
        if end is None and self.unproven:
            return unproven(self.visit, seen, self.unproven)
        return end or finished(self.visit, seen, self.proof)


def _displaced(parts: Sequence[Mapped]) -> bool:
    """Whether a further page of a tab shows what came before it, and leads on elsewhere."""
    listed, token = Listed(), None
    for part in parts:
        back = part.next is not None and part.next == token
        listed = listed.with_page((post.id for post in part.posts), leads_back=back)
        token = part.next
    return listed.displaced


def _videos_of(body: bytes) -> list[str]:
    try:
        return [post.id for post in map_answer(body, _ANY_TIME).posts]
    except CrawlError:
        return []

"""One account's media, newest first, page by page until those of a window are all there.

At most three pinned posts stand ahead of newer ones. The edge has no documented window, so paging
ends once four posts in a row are older than the window: those cannot all be pinned. (Instagram
Platform, Business Discovery.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.instagram import api_map, calls
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.instagram.lookups import renamed_account
from crawler.platforms.paging import (
    DISPLACED,
    Listed,
    agree,
    endless,
    finished,
    unproven,
    within,
    without_window,
)
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping
from model.items import Mapped, PostItem
from model.messages import Visit, Window
from model.proof import Proof

_PINNED = 3
"""Most posts that an account can pin."""
_CURSOR = re.compile(r"[A-Za-z0-9_=+/.-]{1,1000}")


def timelines(visits: Sequence[Visit], config: InstagramConfig) -> Iterator[Action]:
    """The first page of each visit's posts."""
    for visit in visits:
        if visit.window is None:
            yield without_window(visit)
        else:
            yield from _Timeline(visit, visit.window, config).ask(calls.ROWS)


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Pages of media, newest first, and the account's counters with the first of them."""

    visit: Visit
    window: Window
    config: InstagramConfig
    total: int | None = None
    """How many posts the account says it has."""
    listed: Listed = field(default_factory=Listed)
    seen: tuple[str, ...] = ()
    oldest: datetime | None = None
    """When the oldest post was published that was listed so far."""
    older: int = 0
    """Posts before the window, in a row, at the end of what was shown."""
    cursors: tuple[str, ...] = ()
    doubted: bool = False
    """Whether this page was empty against the evidence, and was asked for again."""
    gap: bool = False
    """Whether a page before the last one stayed empty: what it held is not known."""

    def ask(self, limit: int) -> Iterator[Action]:
        """The page at the last cursor, of `limit` media."""
        cursor = self.cursors[-1] if self.cursors else None
        call = calls.media_page(self.visit, self.config, cursor, limit)
        yield Fetch(call, lambda answer: self._answered(answer, limit), (self.visit,))

    def _answered(self, answer: Answer, limit: int) -> Iterator[Action]:
        fault = graph.fault(answer)
        if isinstance(fault, graph.TooMuchData):
            if limit < 2:
                raise fault
            yield from self.ask(limit // 2)
            return
        document = mapping(decode(answer.body), "")
        if self.cursors:
            mapped = api_map.map_media_page(document, answer.observed_at)
        else:
            mapped = api_map.map_discovery(document, answer.observed_at, ours=True)
        yield from self._harvest(answer, mapped, document, limit)

    def _harvest(
        self, answer: Answer, mapped: Mapped, document: dict[str, Any], limit: int
    ) -> Iterator[Action]:
        onward = self._with(mapped, limit)
        doubt = None if mapped.posts else onward._doubt(document)
        if doubt is not None and not self.doubted:
            yield from replace(self, doubted=True).ask(limit)
            return
        end = renamed_account(self.visit, mapped.accounts)
        if end is None:
            fresh = tuple(post for post in mapped.posts if post.id not in self.listed.ids)
            yield Page(answer, msgspec.structs.replace(mapped, posts=fresh), (self.visit,))
            if doubt is not None and (not onward.listed.ids or mapped.next is None):
                end = unproven(self.visit, onward.seen, doubt)
        yield from (end,) if end is not None else onward._onward(mapped, limit)

    def _with(self, mapped: Mapped, limit: int) -> _Timeline:
        """What is known after a further page of at most `limit` media."""
        back = bool(self.cursors) and mapped.next == self.cursors[-1]
        fresh = [post for post in mapped.posts if post.id not in self.listed.ids]
        times = [post.published_at for post in fresh if post.published_at is not None]
        totals = [account.counts["posts"].value for account in mapped.accounts]
        return replace(
            self,
            total=totals[0] if totals else self.total,
            listed=self.listed.with_page((p.id for p in mapped.posts), limit, leads_back=back),
            oldest=min([*times, *([self.oldest] if self.oldest else [])], default=None),
            doubted=False,
            gap=self.gap or (not mapped.posts and bool(self.listed.ids)),
            seen=self.seen + tuple(post.id for post in fresh if within(post, self.window)),
            older=self._older(fresh),
        )

    def _older(self, posts: Iterable[PostItem]) -> int:
        row = self.older
        for post in posts:
            old = post.published_at is not None and post.published_at < self.window.start
            row = row + 1 if old else 0
        return row

    def _onward(self, mapped: Mapped, limit: int) -> Iterator[Action]:
        # The account's own number may lag behind, so it ends the list only with a short page.
        short = len(mapped.posts) < limit
        done = short and self._all_shown
        if mapped.next is None or done or self.older > _PINNED:
            yield self._ended(short=short)
        elif self.listed.leads_nowhere:
            yield endless(self.visit, self.seen)
        else:
            cursors = (*self.cursors, _checked(mapped.next))
            yield from replace(self, cursors=cursors).ask(limit)

    @property
    def _all_shown(self) -> bool:
        return self.total is not None and len(self.listed.ids) >= self.total

    def _ended(self, *, short: bool) -> Close:
        """The visit's end, with what proves it; `short`: whether the last page was not full."""
        if self._all_shown:
            return finished(self.visit, self.seen, Proof.TOTAL)
        if short and agree(self.total, len(self.listed.ids)):
            return finished(self.visit, self.seen, Proof.COUNTERS)
        if self.gap or self.listed.displaced:
            why = "a page of the list came empty" if self.gap else DISPLACED
            return unproven(self.visit, self.seen, why)
        if self.older > _PINNED:
            return finished(self.visit, self.seen, Proof.OLDER_POST)
        if self.total is None and short:
            return finished(self.visit, self.seen, Proof.END_MARK)
        number = "media_count is not told" if self.total is None else f"media_count is {self.total}"
        why = f"the list ended after {len(self.listed.ids)} posts, and {number}"
        # Further posts of the oldest one's second may be missing.
        behind = None if self.oldest is None else self.oldest + timedelta(seconds=1)
        return unproven(self.visit, self.seen, why, behind)

    def _doubt(self, document: dict[str, Any]) -> str | None:
        """Why a page without posts is no proof that there are no further ones; None if it is."""
        if self.total is not None:
            if self._all_shown:
                return None
            return f"no media, after {len(self.listed.ids)} of an account with {self.total}"
        if dig(document, "business_discovery", "media", "paging", "cursors", "after") is not None:
            return "no media, and a further page of it"
        return None if self.listed.ids else "no media, and no media_count that says there are none"


def _checked(cursor: str | None) -> str:
    if cursor is None or not _CURSOR.fullmatch(cursor):
        path = "business_discovery.media.paging.cursors.after"
        raise ShapeError(path, "is no cursor")
    return cursor

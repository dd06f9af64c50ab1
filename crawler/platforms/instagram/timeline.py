"""One account's media, newest first, page by page until those of a window are all there.

At most three pinned posts stand ahead of newer ones. The edge has no documented window, so paging
ends once four posts in a row are older than the window: those cannot all be pinned. (Instagram
Platform, Business Discovery.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.instagram import api_map, calls
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.instagram.lookups import renamed_account
from crawler.platforms.paging import finished, within, without_window
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, Window
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
    shown: frozenset[str] = frozenset()
    seen: tuple[str, ...] = ()
    older: int = 0
    """Posts before the window, in a row, at the end of what was shown."""
    cursors: tuple[str, ...] = ()
    doubted: bool = False
    """Whether the first page was empty against its own evidence, and was asked for again."""

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
        onward = self._with(mapped)
        doubt = None if onward.shown else _doubt(document, onward.total)
        if doubt is not None and not self.doubted:
            yield from replace(self, doubted=True).ask(limit)
            return
        end = renamed_account(self.visit, mapped.accounts)
        if end is None:
            fresh = tuple(post for post in mapped.posts if post.id not in self.shown)
            yield Page(answer, msgspec.structs.replace(mapped, posts=fresh), (self.visit,))
            end = Close(self.visit, Outcome.EMPTY_UNEXPECTED, doubt) if doubt else None
        yield from (end,) if end is not None else onward._onward(mapped, limit)

    def _with(self, mapped: Mapped) -> _Timeline:
        """What is known after a further page."""
        fresh = [post for post in mapped.posts if post.id not in self.shown]
        totals = [account.counts["posts"].value for account in mapped.accounts]
        return replace(
            self,
            total=totals[0] if totals else self.total,
            shown=self.shown | {post.id for post in fresh},
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
        all_shown = self.total is not None and len(self.shown) >= self.total
        ended = mapped.next is None or not mapped.posts or (all_shown and len(mapped.posts) < limit)
        if ended or self.older > _PINNED:
            yield finished(self.visit, self.seen, self._proof(all_shown=all_shown))
            return
        yield from replace(self, cursors=(*self.cursors, self._checked(mapped.next))).ask(limit)

    def _proof(self, *, all_shown: bool) -> Proof:
        if self.older > _PINNED:
            return Proof.OLDER_POST
        return Proof.TOTAL if all_shown else Proof.END_MARK

    def _checked(self, cursor: str | None) -> str:
        path = "business_discovery.media.paging.cursors.after"
        if cursor is None or not _CURSOR.fullmatch(cursor):
            raise ShapeError(path, "is no cursor")
        if self.cursors.count(cursor) > 1:
            raise ShapeError(path, "leads in a circle")
        return cursor


def _doubt(document: dict[str, Any], total: int | None) -> str | None:
    """Why an empty first page is no proof that there are no posts; None if it is one."""
    if total:
        return f"no media of an account with {total} posts"
    if dig(document, "business_discovery", "media", "paging", "cursors", "after") is not None:
        return "no media, and a further page of it"
    return None

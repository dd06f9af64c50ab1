"""A timeline visit: every post of a page published within the window.

Where the list ends without proof that it is whole, it is asked for once more from its oldest post
back: this continues a list whose paging was lost or whose ceiling was met, and shows an older post
where there is one.

A sound list ends with a page that is not full, has cursors and no `next`, or with no rows and no
cursors. A full page without `next`, rows without `paging`, no rows between cursors: paging may have
been lost. A page counts none of its posts, so that an empty list alone proves nothing: a wider one
must show an older post, or be as empty. About 600 posts of a year are listed, whatever lies behind
them (Graph API: Page Feed, Paginated Results).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch
from crawler.errors import ShapeError
from crawler.platforms.facebook import api_map, calls
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.videos import KeptPage, Kinds, keep_page, kept_pages
from crawler.platforms.paging import (
    DISPLACED,
    Listed,
    endless,
    finished,
    unproven,
    unreadable,
    within,
    without_window,
)
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping
from model.items import PostItem
from model.messages import Visit, Window
from model.platforms import FACTS
from model.proof import Proof

_SECOND = timedelta(seconds=1)
"""The edge is asked for so much more than the window."""
_CEILING = FACTS["facebook"].lists["api"].ceilings[0].most
_NEAR = 0.9
"""The ceiling is approximate: from this part of it on, the end of a list is no proof."""


def timelines(visits: Sequence[Visit], config: FacebookConfig) -> Iterator[Action]:
    """The first page of each visit's posts."""
    for visit in visits:
        if visit.window is None:
            yield without_window(visit)
        else:
            end = _ListEnd(visit.window, newer=_newer(visit.window, visit.slot))
            yield _Timeline(visit, visit.window, config, end).fetch_first()


def _newer(window: Window, now: datetime) -> float:
    """How long the window's year went on after it, in lengths of the window.

    At its own pace, so many times its posts were published since; the ceiling counts them first.
    """
    following = window.start.replace(year=window.start.year + 1, month=1, day=1)
    after, length = min(now, following) - window.end, window.end - window.start
    return max(after / length, 0.0) if length else 0.0


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Pages of posts, followed by `paging.next` to the end; a short page is not the last."""

    visit: Visit
    window: Window
    config: FacebookConfig
    end: _ListEnd
    pages: tuple[KeptPage, ...] = ()
    asked: tuple[str, ...] = ()
    listed: Listed = field(default_factory=Listed)
    doubted: bool = False
    """Whether a page came without rows though it leads on, and was asked for again."""

    def fetch_first(self) -> Fetch:
        """The first page; its window is cut exactly here."""
        return self._fetch(calls.published_posts(self.visit.account, self.window, self.config))

    def _fetch(self, address: str) -> Fetch:
        onward = replace(self, asked=(*self.asked, address))
        call = Call(endpoint="timeline", url=address)
        kept = kept_pages(self.visit, self.pages)
        return Fetch(call, onward.answered, (self.visit,), cut=kept)

    def answered(self, answer: Answer) -> Iterator[Action]:
        """One page of posts, or the complaint that it would be too heavy."""
        fault = graph.fault(answer)
        if isinstance(fault, graph.TooMuchData):
            yield self._fetch(graph.halved(answer.call.url, fault, calls.ROWS))
            return
        document = mapping(decode(answer.body), "")
        mapped = api_map.map_posts(document, answer.observed_at, ours=True)
        page = keep_page(answer, mapped, document, self._known())
        limit = graph.limit_of(answer.call.url, calls.ROWS)
        part = _PartRead.of(document, mapped.posts, limit)
        if part.leads_on_empty and not self.doubted:
            yield self._once_more(answer.call.url)
            return
        back = self._following(document) == answer.call.url
        yield from replace(
            self,
            pages=(*self.pages, _without_older(page, self.window)),
            listed=self.listed.with_page((p.id for p in mapped.posts), limit, leads_back=back),
            end=self.end.after(part, self._known()),
        )._onward(document)

    def _once_more(self, address: str) -> Fetch:
        """The same page a second time."""
        return replace(self, doubted=True)._fetch(address)

    def _posts(self) -> list[PostItem]:
        return [post for page in self.pages for post in page.mapped.posts]

    def _known(self) -> frozenset[str]:
        return frozenset(post.id for post in self._posts())

    def _following(self, document: dict[str, Any]) -> str | ShapeError | None:
        """Where the next page is; why that cannot be read."""
        try:
            return graph.next_url(document, self.config.api_url)
        except ShapeError as error:
            return error

    def _onward(self, document: dict[str, Any]) -> Iterator[Action]:
        following = self._following(document)
        if isinstance(following, ShapeError):
            yield from self._harvest(unreadable(self.visit, (following.detail,), self._seen()))
            return
        circular, enough = following in self.asked, self.end.shows_older
        if following is not None and not (circular or enough or self.listed.leads_nowhere):
            yield self._fetch(following)
            return
        proof = self.end.proof() if following is None or self.end.shows_older else None
        if self.listed.displaced:
            proof = None
        if proof is not None:
            yield from self._harvest(self._proven(proof))
        elif self.end.may_ask_again:
            yield self._ask_again()
        elif following is not None and not circular:
            yield from self._harvest(endless(self.visit, self._seen()))
        else:
            yield from self._harvest(self._unproven())

    def _ask_again(self) -> Fetch:
        """The list from its oldest post back, which it begins with if it is sound."""
        oldest = self._oldest()
        newest = self.window.end if oldest is None else oldest + _SECOND
        address = calls.published_posts(self.visit.account, self.window, self.config, newest)
        return replace(self, listed=self.listed.anew(), end=self.end.again())._fetch(address)

    def _oldest(self) -> datetime | None:
        dates = (post.published_at for post in self._posts())
        return min((date for date in dates if date is not None), default=None)

    def _seen(self) -> tuple[str, ...]:
        return tuple(post.id for post in self._posts() if within(post, self.window))

    def _proven(self, proof: Proof) -> Close:
        return finished(self.visit, self._seen(), proof)

    def _unproven(self) -> Close:
        oldest = self._oldest()
        proven_from = None
        if self.end.at_ceiling and oldest is not None:
            proven_from = max(oldest + _SECOND, self.window.start)
        detail = DISPLACED if self.listed.displaced else self.end.missing(len(self._posts()))
        return unproven(self.visit, self._seen(), detail, proven_from)

    def _harvest(self, close: Close) -> Iterator[Action]:
        return Kinds.of_pages(self.visit, self.config, self.pages, close).step()


def _without_older(page: KeptPage, window: Window) -> KeptPage:
    """Without posts from before the window, which only prove that the list reaches so far."""
    posts = tuple(
        post
        for post in page.mapped.posts
        if post.published_at is None or post.published_at >= window.start - _SECOND
    )
    return replace(page, mapped=msgspec.structs.replace(page.mapped, posts=posts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _PartRead:
    """One page of the list, as far as it tells where the list ends."""

    posts: Sequence[PostItem] = ()
    rows: int = 0
    """Rows listed, those that could not be read among them."""
    full: bool = False
    cursors: bool = False
    more: bool = False

    @property
    def leads_on_empty(self) -> bool:
        """Whether it has no rows, and another page follows."""
        return self.more and not self.rows

    @classmethod
    def of(cls, document: dict[str, Any], posts: Sequence[PostItem], limit: int) -> _PartRead:
        """Of an answer to a call for `limit` rows."""
        listed, paging = document.get("data"), document.get("paging")
        rows = len(listed) if isinstance(listed, list) else 0
        return cls(
            posts=posts,
            rows=rows,
            full=rows >= limit,
            cursors=dig(paging, "cursors") is not None,
            more=dig(paging, "next") is not None,
        )


@dataclass(frozen=True, slots=True)
class _ListEnd:
    """What is known of a list's end after some of its pages."""

    window: Window
    newer: float = 0.0
    """How many posts of the same year are newer than the window, for each of its own."""
    last: _PartRead = _PartRead()
    rows: int = 0
    fresh: tuple[datetime, ...] = ()
    """Dates of posts of the window that no list before this one showed."""
    older: tuple[datetime, ...] = ()
    """Dates of posts from before the window."""
    repeats: bool = False
    """Whether a list was asked for before this one."""
    follows_posts: bool = False
    """Whether a list before it showed posts, of which it should begin with the oldest."""
    follows_ceiling: bool = False
    """Whether the list before it was about as long as any can be."""
    gap: bool = False
    """Whether a page of any list was empty, and others followed: what it held is not known."""
    filtered: bool = False
    """Whether a page of any list had cursors and no rows: some may be there that are not shown."""

    def after(self, part: _PartRead, known: Collection[str]) -> _ListEnd:
        """With one more page; `known`: the posts of all pages before it."""
        dated = [(post.id, post.published_at) for post in part.posts if post.published_at]
        fresh = [at for key, at in dated if key not in known and at >= self.window.start]
        older = [at for _, at in dated if at < self.window.start - _SECOND]
        return replace(
            self,
            last=part,
            rows=self.rows + part.rows,
            fresh=(*self.fresh, *fresh),
            older=(*self.older, *older),
            gap=self.gap or part.leads_on_empty,
            filtered=self.filtered or (part.cursors and not part.rows),
        )

    def again(self) -> _ListEnd:
        """Before the list is asked for once more, from its oldest post back."""
        return _ListEnd(
            self.window,
            repeats=True,
            follows_posts=self.follows_posts or self.rows > 0,
            follows_ceiling=self._is_long,
            gap=self.gap,
            filtered=self.filtered,
        )

    @property
    def may_ask_again(self) -> bool:
        """Whether another list may tell more: not after one that brought nothing new, nor where
        what is missing may lie before the oldest post."""
        return not self.gap and (not self.repeats or bool(self.fresh))

    @property
    def at_ceiling(self) -> bool:
        """Whether posts of the window may lie behind the ceiling: it was met, and no post of the
        same year from beyond it was shown.
        """
        if self._is_long:
            return True
        if not self.follows_ceiling or self.fresh:
            return False
        return all(at.year != self.window.start.year for at in self.older)

    def proof(self) -> Proof | None:
        """What proves that no post of the window is missing, once no page follows."""
        if self.at_ceiling or self.gap:
            return None
        if self.older:
            return Proof.OLDER_POST
        return Proof.END_MARK if self._has_end_mark else None

    @property
    def shows_older(self) -> bool:
        """Whether a list that goes back from where another one met the ceiling has reached beyond
        the window, which is all that it is read for.
        """
        return self.follows_ceiling and bool(self.older) and not self.at_ceiling

    @property
    def _is_long(self) -> bool:
        return self.rows * (1 + self.newer) >= _CEILING * _NEAR

    @property
    def _has_end_mark(self) -> bool:
        last = self.last
        if last.more or last.full:
            return False
        if last.rows:
            return last.cursors
        # Rows are filtered after pages are cut. No rows at all are believed when a wider list has
        # none either, and neither has cursors; no rows after others when a list that begins
        # elsewhere, with the oldest post so far, ends so too.
        empty = self.rows == 0 and not self.follows_posts and not self.filtered
        return self.repeats and (empty or (self.rows > 0 and not self.fresh and not last.cursors))

    def missing(self, shown: int) -> str:
        """For people: what came, and what would have been proof."""
        if self.at_ceiling:
            return (
                f"the list ended after {shown} posts; about {_CEILING} of a year are listed, "
                "so older ones of the window may be missing"
            )
        came = "led in a circle" if self.last.more else f"ended {self._last_page}"
        return f"after {shown} posts the list {came}; nothing proves that it is whole"

    @property
    def _last_page(self) -> str:
        if self.gap:
            return "after a page that came empty"
        if self.last.full:
            return "on a full page without a next one"
        return "on a page without cursors" if self.last.rows else "on a page without posts"

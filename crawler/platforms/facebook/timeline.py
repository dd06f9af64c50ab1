"""A timeline visit: every post of a page published within the window.

Where the list ends without proof that it is whole, it is asked for once more from its oldest post
back: this continues a list whose paging was lost or whose ceiling was met, and shows an older post
where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch
from crawler.errors import ShapeError
from crawler.platforms.facebook import api_map, calls
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.kinds import Kinds
from crawler.platforms.facebook.list_end import ListEnd, PartRead
from crawler.platforms.facebook.videos import KeptPage, keep_page
from crawler.platforms.paging import (
    Listed,
    endless,
    finished,
    unproven,
    unreadable,
    within,
    without_window,
)
from crawler.reading import graph
from crawler.reading.shape import decode, mapping
from model.items import PostItem
from model.messages import Visit, Window
from model.proof import Proof

_SECOND = timedelta(seconds=1)


def timelines(visits: Sequence[Visit], config: FacebookConfig) -> Iterator[Action]:
    """The first page of each visit's posts."""
    for visit in visits:
        if visit.window is None:
            yield without_window(visit)
        else:
            yield _Timeline(visit, visit.window, config, ListEnd(visit.window)).fetch_first()


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Pages of posts, followed by `paging.next` to the end; a short page is not the last."""

    visit: Visit
    window: Window
    config: FacebookConfig
    end: ListEnd
    pages: tuple[KeptPage, ...] = ()
    asked: tuple[str, ...] = ()
    listed: Listed = field(default_factory=Listed)

    def fetch_first(self) -> Fetch:
        """The first page; its window is cut exactly here."""
        return self._fetch(calls.published_posts(self.visit.account, self.window, self.config))

    def _fetch(self, address: str) -> Fetch:
        onward = replace(self, asked=(*self.asked, address))
        return Fetch(Call(endpoint="timeline", url=address), onward.answered, (self.visit,))

    def answered(self, answer: Answer) -> Iterator[Action]:
        """One page of posts, or the complaint that it would be too heavy."""
        fault = graph.fault(answer)
        if isinstance(fault, graph.TooMuchData):
            yield self._fetch(graph.halved(answer.call.url, fault, calls.ROWS))
            return
        document = mapping(decode(answer.body), "")
        mapped = api_map.map_posts(document, answer.observed_at, ours=True)
        page = keep_page(answer, mapped, document, self._known())
        part = PartRead.of(document, mapped.posts, graph.limit_of(answer.call.url, calls.ROWS))
        yield from replace(
            self,
            pages=(*self.pages, _without_older(page, self.window)),
            listed=self.listed.with_page(post.id for post in mapped.posts),
            end=self.end.after(part, self._known()),
        )._onward(document)

    def _posts(self) -> list[PostItem]:
        return [post for page in self.pages for post in page.mapped.posts]

    def _known(self) -> frozenset[str]:
        return frozenset(post.id for post in self._posts())

    def _onward(self, document: dict[str, Any]) -> Iterator[Action]:
        try:
            following = graph.next_url(document, self.config.api_url)
        except ShapeError as error:
            yield from self._harvest(unreadable(self.visit, (error.detail,), self._seen()))
            return
        circular = following in self.asked
        if following is not None and not circular and not self.listed.leads_nowhere:
            yield self._fetch(following)
            return
        proof = None if following is not None else self.end.proof()
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
        return replace(self, listed=Listed(self.listed.ids), end=self.end.again())._fetch(address)

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
        detail = self.end.missing(len(self._posts()))
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

"""One account's posts within a window, page by page to the last one.

A page that is full and announces no further one proves nothing: what is older than its last post
is asked for by a window of its own. The list ends at its ceiling, whatever lies behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import Retry
from crawler.platforms.paging import (
    DISPLACED,
    Listed,
    endless,
    finished,
    own_posts,
    unproven,
    unreadable,
    within,
)
from crawler.platforms.x import api_map, calls
from crawler.platforms.x.config import XConfig
from model.items import Mapped
from model.messages import Outcome, Visit
from model.platforms.x import LIST
from model.proof import Proof

_MARGIN = timedelta(seconds=30)
"""X refuses times nearer than 10 s to the call; an end so near is left to our own cut."""
_CEILING = LIST.ceilings[0]
_SECOND = timedelta(seconds=1)


def timelines(visits: Sequence[Visit], config: XConfig) -> list[Action]:
    """The first page of each timeline visit."""
    return [_Timeline(visit, config).fetch(None) for visit in visits]


@dataclass(frozen=True, slots=True)
class _Timeline:
    """How far a timeline was read. Immutable: a page that is read twice counts once."""

    visit: Visit
    config: XConfig
    seen: tuple[str, ...] = ()
    listed: Listed = field(default_factory=Listed)
    oldest: datetime | None = None
    """When the oldest post was published that was listed so far."""
    end: datetime | None = None
    """Where the window ends that is asked for after a full page without a next one."""
    broken: tuple[str, ...] = ()

    def fetch(self, token: str | None) -> Fetch:
        start, end = _asked(self.visit)
        call = calls.timeline_page(self.visit.account, self.config, start, self.end or end, token)
        return Fetch(call, lambda answer: self.read(answer, token), (self.visit,))

    def read(self, answer: Answer, token: str | None) -> list[Action]:
        document = calls.document_of(answer)
        for problem in api_map.problems(document):
            if problem.resource == "user":
                return [Close(self.visit, problem.outcome, problem.detail)]
        mapped = api_map.read_posts(
            document, answer.observed_at, asked=api_map.ASKED_FIELDS, references_asked=True
        )
        _prove(document, mapped)
        mapped = _owned(mapped, self.visit.account)
        after = self.after(mapped, leads_back=token is not None and mapped.next == token)
        fresh = tuple(post for post in mapped.posts if post.id not in self.listed.ids)
        page = Page(answer, msgspec.structs.replace(mapped, posts=fresh), (self.visit,))
        return [page, after.onward(document, mapped)]

    def after(self, mapped: Mapped, *, leads_back: bool) -> _Timeline:
        rows = [post.id for post in mapped.posts]
        ids = (post.id for post in mapped.posts if within(post, self.visit.window))
        times = [post.published_at for post in mapped.posts if post.published_at is not None]
        return replace(
            self,
            seen=tuple(dict.fromkeys((*self.seen, *ids))),
            listed=self.listed.with_page(rows, calls.BATCH, leads_back=leads_back),
            oldest=min([*times, *([self.oldest] if self.oldest else [])], default=None),
            broken=self.broken + mapped.unmapped,
        )

    def onward(self, document: dict[str, Any], mapped: Mapped) -> Action:
        """The next page, or the visit's end."""
        full = len(mapped.posts) + len(mapped.unmapped) >= calls.BATCH
        if mapped.next is not None and not self.listed.leads_nowhere:
            return self.fetch(mapped.next)
        if self.broken:
            return unreadable(self.visit, self.broken, self.seen)
        if mapped.next is not None:
            return endless(self.visit, self.seen)
        if len(self.listed.ids) >= _CEILING.most:
            why = f"the list ends at its ceiling of {_CEILING.most} posts, without an older one"
            return unproven(self.visit, self.seen, why, self._after_oldest)
        if full:
            return self.behind()
        if self.listed.displaced:
            return unproven(self.visit, self.seen, DISPLACED)
        if api_map.result_count(document) is None:
            why = "the list ended without its mark, meta.result_count"
            return unproven(self.visit, self.seen, why)
        return finished(self.visit, self.seen, Proof.END_MARK)

    @property
    def _after_oldest(self) -> datetime | None:
        """The second of the oldest post may hold further ones."""
        return None if self.oldest is None else self.oldest + _SECOND

    def behind(self) -> Action:
        """What is older than a full page, by a window that ends there; its second is read again."""
        end = self._after_oldest
        known = self.end or (self.visit.window.end if self.visit.window else None)
        if end is None or (known is not None and end >= known):
            why = "the list ended on a full page without an end mark"
            return unproven(self.visit, self.seen, why)
        return replace(self, end=end, listed=self.listed.anew()).fetch(None)


def _asked(visit: Visit) -> tuple[Any, Any]:
    """The part of the window that the server can be asked for."""
    if visit.window is None:
        return None, None
    past = visit.window.end + _MARGIN <= visit.slot
    return visit.window.start, visit.window.end if past else None


def _owned(mapped: Mapped, account: str) -> Mapped:
    """The page with its owner filled in; somebody else's post is no part of a timeline."""
    strange = tuple(
        f"posts {post.id} of {post.account}"
        for post in mapped.posts
        if post.account not in (None, account)
    )
    unmapped = mapped.unmapped + strange
    return msgspec.structs.replace(mapped, posts=own_posts(mapped, account), unmapped=unmapped)


def _prove(document: dict[str, Any], mapped: Mapped) -> None:
    """A page without posts must say so itself: `meta.result_count` 0. Raises Retry."""
    number = api_map.result_count(document)
    if mapped.posts or mapped.unmapped:
        return
    if number != 0:
        raise Retry(Outcome.EMPTY_UNEXPECTED, f"no posts, though meta.result_count is {number}")

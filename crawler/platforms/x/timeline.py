"""One account's posts within a window, page by page to the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import Retry, ShapeError
from crawler.platforms.paging import finished, own_posts, unreadable, within
from crawler.platforms.x import api_map, calls
from crawler.platforms.x.config import XConfig
from model.items import Mapped
from model.messages import Outcome, Visit
from model.proof import Proof

_MARGIN = timedelta(seconds=30)
"""X refuses times nearer than 10 s to the call; an end so near is left to our own cut."""
_REPEATS = 2
"""How often one next page may be announced again before it counts as a circle."""


def timelines(visits: Sequence[Visit], config: XConfig) -> list[Action]:
    """The first page of each timeline visit."""
    return [_Timeline(visit, config).fetch(None) for visit in visits]


@dataclass(frozen=True, slots=True)
class _Timeline:
    """How far a timeline was read. Immutable: a page that is read twice counts once."""

    visit: Visit
    config: XConfig
    seen: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    def fetch(self, token: str | None) -> Fetch:
        start, end = _asked(self.visit)
        call = calls.timeline_page(self.visit.account, self.config, start, end, token)
        return Fetch(call, self.read, (self.visit,))

    def read(self, answer: Answer) -> list[Action]:
        document = calls.document_of(answer)
        for problem in api_map.problems(document):
            if problem.resource == "user":
                return [Close(self.visit, problem.outcome, problem.detail)]
        mapped = api_map.read_posts(
            document, answer.observed_at, asked=api_map.ASKED_FIELDS, references_asked=True
        )
        _prove(document, mapped)
        mapped = _owned(mapped, self.visit.account)
        after = self.after(mapped)
        page = Page(answer, mapped, (self.visit,))
        return [page, after.closed() if mapped.next is None else after.fetch(mapped.next)]

    def after(self, mapped: Mapped) -> _Timeline:
        token = mapped.next
        if token is not None and self.tokens.count(token) > _REPEATS:
            raise ShapeError("meta.next_token", "comes again and again")
        ids = (post.id for post in mapped.posts if within(post, self.visit.window))
        return replace(
            self,
            seen=tuple(dict.fromkeys((*self.seen, *ids))),
            tokens=self.tokens if token is None else (*self.tokens, token),
            broken=self.broken + mapped.unmapped,
        )

    def closed(self) -> Close:
        if self.broken:
            return unreadable(self.visit, self.broken, self.seen)
        return finished(self.visit, self.seen, Proof.END_MARK)


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

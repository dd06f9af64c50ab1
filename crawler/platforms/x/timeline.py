"""One account's posts within a window, page by page to the last one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import Retry, ShapeError
from crawler.platforms.x import api_map, calls
from crawler.platforms.x.config import XConfig
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, Window

MARGIN = timedelta(seconds=30)
"""X refuses times nearer than 10 s to the call; an end so near is left to our own cut."""
REPEATS = 2
"""How often one next page may be announced again before it counts as a ring."""


def window(visit: Visit, config: XConfig) -> list[Action]:
    """The first page of a timeline visit."""
    return [_Timeline(visit, config).fetch(None)]


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
        call = calls.timeline(self.visit.account, self.config, start, end, token)
        return Fetch(call, self.read, (self.visit,))

    def read(self, answer: Answer) -> list[Action]:
        document = calls.document(answer)
        for problem in api_map.problems(document):
            if problem.resource == "user":
                return [Close(self.visit, problem.outcome, problem.detail)]
        mapped = api_map.read_posts(
            document, answer.observed_at, asked=api_map.ASKED, references_asked=True
        )
        _prove(document, mapped)
        mapped = _owned(mapped, self.visit.account)
        after = self.after(mapped)
        page = Page(answer, mapped, (self.visit,))
        return [page, after.closed() if mapped.next is None else after.fetch(mapped.next)]

    def after(self, mapped: Mapped) -> _Timeline:
        token = mapped.next
        if token is not None and self.tokens.count(token) > REPEATS:
            raise ShapeError("meta.next_token", "comes again and again")
        ids = (post.id for post in mapped.posts if _within(post, self.visit.window))
        return replace(
            self,
            seen=tuple(dict.fromkeys((*self.seen, *ids))),
            tokens=self.tokens if token is None else (*self.tokens, token),
            broken=self.broken + mapped.unmapped,
        )

    def closed(self) -> Close:
        if self.broken:
            detail = f"missing or not as expected: {', '.join(self.broken[:3])}"
            return Close(self.visit, Outcome.CHANGED_SHAPE, detail, self.seen)
        outcome = Outcome.OK if self.seen else Outcome.OK_NOTHING_NEW
        return Close(self.visit, outcome, "", self.seen)


def _asked(visit: Visit) -> tuple[Any, Any]:
    """The part of the window that the server can be asked for."""
    if visit.window is None:
        return None, None
    past = visit.window.end + MARGIN <= visit.slot
    return visit.window.start, visit.window.end if past else None


def _within(post: PostItem, window: Window | None) -> bool:
    return post.published_at is not None and (window is None or post.published_at in window)


def _owned(mapped: Mapped, account: str) -> Mapped:
    """The page with its owner filled in; somebody else's post is no part of a timeline."""
    strange = tuple(
        f"posts {post.id} of {post.account}"
        for post in mapped.posts
        if post.account not in (None, account)
    )
    own = tuple(
        msgspec.structs.replace(post, account=account)
        for post in mapped.posts
        if post.account in (None, account)
    )
    return msgspec.structs.replace(mapped, posts=own, unmapped=mapped.unmapped + strange)


def _prove(document: dict[str, Any], mapped: Mapped) -> None:
    """A page without posts must say so itself: `meta.result_count` 0. Raises Retry."""
    number = api_map.result_count(document)
    if mapped.posts or mapped.unmapped:
        return
    if number != 0:
        raise Retry(Outcome.EMPTY_UNEXPECTED, f"no posts, though meta.result_count is {number}")

"""Visits by TikTok's public pages: the profile page, and the posts it fetches when scrolled.

The page carries the account; its posts come by calls that only the page itself can sign, newest
first, pinned ones before all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from crawler.contract import Action, Answer, Browse, Captured, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.paging import (
    Scrolled,
    agree,
    endless,
    finished,
    handle_of,
    knows_id,
    own_posts,
    renamed,
    unproven,
    unreadable,
    within,
    without_window,
)
from crawler.platforms.tiktok import calls, web_map, web_pages
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.platforms.tiktok.map import map_answer
from crawler.reading.shape import decode, dig
from model.items import AccountItem, Mapped
from model.messages import Outcome, Visit, VisitKind, Window
from model.proof import Proof
from model.route import Route

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Where an answer is looked through for its ids alone."""
LISTS = "/api/post/item_list/"
"""What the address of the page's own lists of posts holds."""


def start(visit: Visit, config: TikTokConfig) -> list[Action]:
    """The profile page; for a timeline it is scrolled until the window is covered."""
    if visit.kind is VisitKind.REFRESH:
        why = "posts are not read one by one: their timeline is read again instead"
        return [Close(visit, Outcome.GAVE_UP, why)]
    if visit.kind is VisitKind.PROFILE:
        call = calls.profile_page(handle_of(visit), config, Browse())
        return [Fetch(call, lambda answer: _read_profile(visit, answer), (visit,))]
    if visit.window is None:
        return [without_window(visit)]
    timeline = _Timeline(visit, visit.window)
    browse = Browse(capture=(LISTS,), enough=timeline.enough)
    call = calls.profile_page(handle_of(visit), config, browse)
    return [Fetch(call, timeline.read, (visit,))]


def _read_profile(visit: Visit, answer: Answer) -> list[Action]:
    shown = _account(answer.body, answer)
    page, stranger = _page(visit, answer, shown)
    return [page, stranger or Close(visit, Outcome.OK)]


def _account(body: bytes, answer: Answer) -> AccountItem:
    """The account in a page's state. Raises CrawlError where the page shows none."""
    mapped = map_answer(body, answer.observed_at, Route.WEB)
    if not mapped.accounts:
        path = mapped.unmapped[0] if mapped.unmapped else "userInfo"
        raise ShapeError(path)
    return mapped.accounts[0]


def _page(visit: Visit, answer: Answer, shown: AccountItem) -> tuple[Page, Close | None]:
    """The account's row; none of it, and the visit's end, if the handle is somebody else's now.

    While the id is not known, `@handle` stands in its place, and whoever has the handle is meant.
    """
    if shown.id == visit.account or not knows_id(visit):
        return Page(answer, Mapped(shape="tiktok.web.user", accounts=(shown,)), (visit,)), None
    mapped = Mapped(shape="tiktok.web.user", unmapped=("userInfo.user.id",))
    return Page(answer, mapped, (visit,)), renamed(visit, shown.id)


@dataclass(frozen=True, slots=True)
class _Timeline:
    """The posts of a window by the page's own lists."""

    visit: Visit
    window: Window
    scrolled: Scrolled = field(default_factory=lambda: Scrolled(_posts_of))

    def enough(self, html: bytes, captured: Sequence[Captured]) -> bool:
        """Whether the lists reach back before the window, or nothing more can come."""
        if captured:
            last = captured[-1]
            if self.scrolled.leads_nowhere([one.body for one in captured]):
                return True
            return last.status != 200 or _proof(last.body, self.window) is not None
        try:
            shown = map_answer(html, self.window.end, Route.WEB)
        except CrawlError:
            return True
        return not any(account.counts["posts"].value != 0 for account in shown.accounts)

    def read(self, answer: Answer) -> Iterator[Action]:
        shown = _account(answer.body, answer)
        page, stranger = _page(self.visit, answer, shown)
        yield page
        if stranger is not None:
            yield stranger
            return
        seen: dict[str, None] = {}
        broken = ""
        lists = answer.fetched(LISTS)
        for listed in lists:
            try:
                mapped = self._own(map_answer(listed.body, listed.observed_at, Route.WEB))
            except ShapeError as error:
                mapped = Mapped(shape="tiktok.web.items", unmapped=(error.path,))
            yield Page(listed, mapped, (self.visit,))
            seen |= dict.fromkeys(p.id for p in mapped.posts if within(p, self.window))
            broken = broken or "".join(mapped.unmapped[:1])
        if broken:
            yield unreadable(self.visit, [broken], seen)
        else:
            yield self._closed(shown, lists, tuple(seen))

    def _own(self, mapped: Mapped) -> Mapped:
        """The account's own posts alone, each with its owner."""
        posts = own_posts(mapped, self.visit.account)
        return msgspec.structs.replace(mapped, posts=posts, accounts=())

    def _closed(self, shown: AccountItem, lists: Sequence[Answer], seen: tuple[str, ...]) -> Close:
        total = shown.counts["posts"].value
        if not lists and total == 0:
            return finished(self.visit, (), Proof.COUNTERS, "the account has no posts")
        if not lists:
            return unproven(self.visit, (), "the page fetched no list of posts")
        bodies = [listed.body for listed in lists]
        proof = _proof(bodies[-1], self.window)
        if proof is None and self.scrolled.leads_nowhere(bodies):
            return endless(self.visit, seen)
        if proof is None:
            why = f"the list broke off before {self.window.start:%FT%TZ}"
            return unproven(self.visit, seen, why)
        return self._weighed(proof, bodies, total, seen)

    def _weighed(
        self, proof: Proof, bodies: Sequence[bytes], total: int | None, seen: tuple[str, ...]
    ) -> Close:
        """The end of lists that reached theirs, beside what the account counts."""
        number = len({post for body in bodies for post in _posts_of(body)})
        doubt = web_pages.doubt(bodies, self.window.start, total)
        if total is not None and number >= total and (doubt or proof is Proof.END_MARK):
            return finished(self.visit, seen, Proof.COUNTERS)
        if doubt is not None:
            return unproven(self.visit, seen, doubt.why, doubt.proven_from)
        if proof is Proof.END_MARK and total is not None and not agree(total, number):
            why = f"the list ended after {number} posts of an account that has {total}"
            return unproven(self.visit, seen, why)
        return finished(self.visit, seen, proof)


def _posts_of(body: bytes) -> list[str]:
    try:
        return [post.id for post in web_map.map_document(decode(body), _ANY_TIME).posts]
    except CrawlError:
        return []


def _proof(body: bytes, window: Window) -> Proof | None:
    """What shows that a list is the last that is needed: its end, or posts wholly from before the
    window. None: more may follow.

    Pinned posts do not count: they come first whatever their age. What cannot be read is the last.
    """
    try:
        document = decode(body)
        posts = web_map.map_document(document, window.end).posts
    except CrawlError:
        return Proof.END_MARK
    listed = [post for post in posts if not post.pinned and post.published_at is not None]
    older = [post for post in listed if post.published_at and post.published_at < window.start]
    if listed and len(older) == len(listed):
        return Proof.OLDER_POST
    return Proof.END_MARK if dig(document, "hasMore") is False else None

"""The videos of several accounts within one window, in stretches of at most 30 days each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import GiveUp, ShapeError
from crawler.platforms.paging import (
    DISPLACED,
    Listed,
    endless,
    finished,
    handle_of,
    pages,
    unproven,
    unreadable,
    within,
)
from crawler.platforms.tiktok import api_map, calls, identity
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.reading.shape import array, dig, ident, whole
from model.items import Mapped
from model.messages import Outcome, Visit, Window
from model.proof import Proof

_LONGEST = 30
"""Most days of one query (Research API, query videos: end_date)."""

_ROW = re.compile(r"data\.videos\[(\d+)\]")


def timelines(visits: tuple[Visit, ...], config: TikTokConfig) -> list[Action]:
    """The first page for visits that share their window. Raises GiveUp if they have none."""
    if visits[0].window is None:
        raise GiveUp(Outcome.GAVE_UP, "the Research API cannot be asked without a window")
    stretches = split(visits[0].window, visits[0].slot.date())
    if not stretches:
        return [finished(v, (), Proof.END_MARK, "the window has not begun") for v in visits]
    return [_Timeline(config, visits, stretches).fetch()]


def split(window: Window, today: date) -> tuple[tuple[date, date], ...]:
    """The UTC dates that a window touches, up to today, in equal stretches of at most 30 days.

    First and last date of a stretch are both part of it.
    """
    first = window.start.date()
    last = min((window.end - timedelta(microseconds=1)).date(), today)
    days = (last - first).days + 1
    parts = pages(days, _LONGEST)
    edges = [first + timedelta(days=days * part // parts) for part in range(parts)]
    ends = [edge - timedelta(days=1) for edge in edges[1:]]
    return tuple(zip(edges, [*ends, last], strict=True)) if parts > 0 else ()


@dataclass(frozen=True, slots=True)
class _Timeline:
    """How far a window was read. Immutable: a page that is read twice counts once.

    Pages are held back until it is known whose the handles are: what is a stranger's is never
    anybody else's.
    """

    config: TikTokConfig
    visits: tuple[Visit, ...]
    stretches: tuple[tuple[date, date], ...]
    page: tuple[int, str] | None = None
    pages: tuple[Page, ...] = ()
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the videos inside the window, by account."""
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Ids of all videos that were listed, by account."""
    broken: Mapping[str, str] = field(default_factory=dict)
    """What could not be read, by account; under the empty name, what concerns them all."""
    listed: Listed = field(default_factory=Listed)
    doubted: bool = False
    """Whether this page came without rows already, though its cursor counts some."""
    emptied: bool = False
    """Whether a page stayed without the rows that its cursor counts."""
    displaced: bool = False
    """Whether a page held the rows of one before it."""
    lost: bool = False
    """Whether the list goes on without an end."""

    def fetch(self) -> Fetch:
        handles = [handle_of(visit) for visit in self.visits]
        first, last = self.stretches[0]
        call = calls.video_query(handles, self.config, first, last, self.page)
        return Fetch(call, self.read, self.visits, self.held)

    def read(self, answer: Answer) -> Iterator[Action]:
        data = calls.data_of(answer)
        if dig(data, "has_more") is None:
            raise ShapeError("data.has_more", "is missing")
        accounts = {handle_of(visit).lower(): visit.account for visit in self.visits}
        mapped = api_map.read_video_page(data, answer.observed_at, accounts)
        if self.doubtful(data) and not self.doubted:
            yield replace(self, doubted=True).fetch()
            return
        after = self.after(answer, mapped, _broken(data, mapped, accounts))
        emptied = self.emptied or self.doubtful(data)
        displaced = self.displaced or after.listed.displaced
        after = replace(after, emptied=emptied, displaced=displaced, doubted=False)
        if mapped.next is not None and not after.listed.leads_nowhere:
            search = ident(data.get("search_id"), "data.search_id")
            yield replace(after, page=(whole(mapped.next, "data.cursor"), search)).fetch()
        elif (rest := self.stretches[1:]) and mapped.next is None:
            yield replace(after, stretches=rest, page=None, listed=Listed()).fetch()
        else:
            yield from replace(after, lost=mapped.next is not None).end()

    def after(self, answer: Answer, mapped: Mapped, broken: Mapping[str, str]) -> _Timeline:
        back = self.page is not None and mapped.next == str(self.page[0])
        seen = {account: dict.fromkeys(ids) for account, ids in self.seen.items()}
        shown = {account: set(ids) for account, ids in self.shown.items()}
        for post in mapped.posts:
            if post.account is not None:
                shown.setdefault(post.account, set()).add(post.id)
            if within(post, self.visits[0].window) and post.account is not None:
                seen.setdefault(post.account, {})[post.id] = None
        return replace(
            self,
            pages=(*self.pages, Page(answer, mapped, self.visits)),
            seen={account: tuple(ids) for account, ids in seen.items()},
            shown={account: frozenset(ids) for account, ids in shown.items()},
            broken={**broken, **self.broken},
            listed=self.listed.with_page((p.id for p in mapped.posts), leads_back=back),
        )

    def doubtful(self, data: dict[str, object]) -> bool:
        """Whether a page without rows counts rows all the same: it is asked for a second time."""
        cursor = data.get("cursor")
        before = self.page[0] if self.page else 0
        return not data.get("videos") and isinstance(cursor, int) and cursor > before

    def end(self) -> Iterator[Action]:
        """The visits' ends: at once where a known video was listed or none is known, else once
        the known ones were asked for."""
        doubted = {visit.id: visit for visit in self.visits if not self.recognised(visit)}
        sure = [visit for visit in self.visits if visit.id not in doubted]
        yield from self.harvest(visit.account for visit in sure)
        for visit in sure:
            unknown = self.is_silent(visit) and not identity.known(visit)
            yield self.of_nobody(visit) if unknown else self.closed(visit)
        if doubted:

            def told(verdicts: identity.Verdicts) -> Iterator[Action]:
                visits = [doubted[key] for key in verdicts]
                kept = [visit for visit in visits if self.belongs(visit, verdicts[visit.id])]
                yield from self.harvest(visit.account for visit in kept)
                yield from (self.judged(visit, verdicts[visit.id]) for visit in visits)

            yield from identity.recognise(doubted.values(), self.config, told)

    def recognised(self, visit: Visit) -> bool:
        """Whether the handle is the account's, or nothing is known by which to doubt it."""
        known = identity.known(visit)
        return not known or not self.shown.get(visit.account, frozenset()).isdisjoint(known)

    def held(self) -> Iterator[Action]:
        """What is certain of the pages so far, where the list goes no further."""
        known = [visit for visit in self.visits if self.recognised(visit)]
        return self.harvest(visit.account for visit in known)

    def harvest(self, accounts: Iterable[str]) -> Iterator[Page]:
        """The pages with the videos of these accounts alone; those of no account have none."""
        mine = frozenset(accounts)
        for page in self.pages:
            posts = tuple(post for post in page.mapped.posts if post.account in mine)
            if mine:
                yield replace(page, mapped=msgspec.structs.replace(page.mapped, posts=posts))

    def belongs(self, visit: Visit, whose: identity.Whose) -> bool:
        """Whether what was listed under the handle is kept as the account's."""
        return bool(whose.found) or (not whose.other and identity.is_few(visit))

    def judged(self, visit: Visit, whose: identity.Whose) -> Action:
        """The end of a visit none of whose known videos was listed."""
        if whose.other:
            return identity.renamed(visit, whose)
        if not whose.found:
            if self.is_silent(visit):
                return self.of_nobody(visit)
            return identity.strange(visit, self.seen.get(visit.account, ()))
        window = visit.window
        lacking = [
            video
            for video in whose.found
            if (at := identity.published(video)) and window and at in window
        ]
        if lacking:
            why = f"the list lacks {len(lacking)} videos that are found by their ids"
            return unproven(visit, self.seen.get(visit.account, ()), why)
        return self.closed(visit)

    def is_silent(self, visit: Visit) -> bool:
        return self.closed(visit).outcome is Outcome.OK_NOTHING_NEW

    def of_nobody(self, visit: Visit) -> Fetch:
        """A handle without any video may be nobody's: its user is asked for."""
        call = calls.user_info(handle_of(visit), self.config)
        close = self.closed(visit)
        return Fetch(call, lambda answer: _silent(close, answer), (visit,))

    def closed(self, visit: Visit) -> Close:
        seen = self.seen.get(visit.account, ())
        why = self.broken.get(visit.account) or self.broken.get("")
        if why:
            return unreadable(visit, [why], seen)
        if self.emptied:
            return unproven(visit, seen, "a page came empty, though its cursor counts rows")
        if self.displaced:
            return unproven(visit, seen, DISPLACED)
        return endless(visit, seen) if self.lost else finished(visit, seen, Proof.END_MARK)


def _silent(close: Close, answer: Answer) -> list[Action]:
    """The end of a visit without videos, once its user has answered. Raises CrawlError."""
    visit = close.visit
    item = api_map.read_user_info(
        calls.data_of(answer), answer.observed_at, account=visit.account, handle=handle_of(visit)
    )
    none = item.counts["posts"].value == 0
    if identity.known(visit) and not (none and identity.is_few(visit)):
        return [identity.strange(visit)]
    kept = () if identity.known(visit) else (item,)
    page = Page(answer, Mapped(shape="tiktok.user", accounts=kept), (visit,))
    return [page, replace(close, proof=Proof.COUNTERS) if none else close]


def _broken(data: dict[str, object], mapped: Mapped, accounts: Mapping[str, str]) -> dict[str, str]:
    """Whose videos could not be read: the owner's alone where the row still names it."""
    rows: Sequence[object] = array(data, "videos", "data")
    broken: dict[str, str] = {}
    for path in mapped.unmapped:
        match = _ROW.match(path)
        handle = dig(rows[int(match[1])], "username") if match else ""
        broken.setdefault(accounts.get(str(handle).lower(), ""), path)
    return broken

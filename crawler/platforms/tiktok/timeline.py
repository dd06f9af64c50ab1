"""The videos of several accounts within one window, in stretches of at most 30 days each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import GiveUp, ShapeError
from crawler.platforms.paging import (
    Listed,
    endless,
    finished,
    handle_of,
    pages,
    unreadable,
    within,
)
from crawler.platforms.tiktok import api_map, calls
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
    """How far a window was read. Immutable: a page that is read twice counts once."""

    config: TikTokConfig
    visits: tuple[Visit, ...]
    stretches: tuple[tuple[date, date], ...]
    page: tuple[int, str] | None = None
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the videos inside the window, by account."""
    broken: Mapping[str, str] = field(default_factory=dict)
    """What could not be read, by account; under the empty name, what concerns them all."""
    listed: Listed = field(default_factory=Listed)
    doubted: bool = False
    """Whether this page came without rows already, though its cursor counts some."""

    def fetch(self) -> Fetch:
        handles = [handle_of(visit) for visit in self.visits]
        first, last = self.stretches[0]
        call = calls.video_query(handles, self.config, first, last, self.page)
        return Fetch(call, self.read, self.visits)

    def read(self, answer: Answer) -> list[Action]:
        data = calls.data_of(answer)
        if dig(data, "has_more") is None:
            raise ShapeError("data.has_more", "is missing")
        accounts = {handle_of(visit).lower(): visit.account for visit in self.visits}
        mapped = api_map.read_video_page(data, answer.observed_at, accounts)
        page = Page(answer, mapped, self.visits)
        if not self.doubted and self.doubtful(data):
            return [page, replace(self, doubted=True).fetch()]
        after = self.after(mapped, _broken(data, mapped, accounts))
        if mapped.next is not None:
            search = ident(data.get("search_id"), "data.search_id")
            if after.listed.leads_nowhere:
                return [page, *(after.closed(visit, lost=True) for visit in self.visits)]
            onward = replace(after, page=(whole(mapped.next, "data.cursor"), search))
            return [page, onward.fetch()]
        if rest := self.stretches[1:]:
            following = replace(after, stretches=rest, page=None, listed=Listed())
            return [page, following.fetch()]
        return [page, *(after.end(visit) for visit in self.visits)]

    def after(self, mapped: Mapped, broken: Mapping[str, str]) -> _Timeline:
        seen = {account: dict.fromkeys(ids) for account, ids in self.seen.items()}
        for post in mapped.posts:
            if within(post, self.visits[0].window) and post.account is not None:
                seen.setdefault(post.account, {})[post.id] = None
        return replace(
            self,
            seen={account: tuple(ids) for account, ids in seen.items()},
            broken={**broken, **self.broken},
            listed=self.listed.with_page(post.id for post in mapped.posts),
            doubted=False,
        )

    def doubtful(self, data: dict[str, object]) -> bool:
        """Whether a page without rows counts rows all the same: it is asked for a second time."""
        cursor = data.get("cursor")
        before = self.page[0] if self.page else 0
        return not data.get("videos") and isinstance(cursor, int) and cursor > before

    def end(self, visit: Visit) -> Action:
        """The visit's end. A handle without any video may be nobody's: its user is asked for."""
        close = self.closed(visit)
        if close.outcome is not Outcome.OK_NOTHING_NEW:
            return close
        call = calls.user_info(handle_of(visit), self.config)
        return Fetch(call, lambda answer: _silent(close, answer), (visit,))

    def closed(self, visit: Visit, *, lost: bool = False) -> Close:
        """`lost`: whether the list goes on without an end."""
        seen = self.seen.get(visit.account, ())
        why = self.broken.get(visit.account) or self.broken.get("")
        if why:
            return unreadable(visit, [why], seen)
        return endless(visit, seen) if lost else finished(visit, seen, Proof.END_MARK)


def _silent(close: Close, answer: Answer) -> list[Action]:
    """The end of a visit without videos, once its user has answered. Raises CrawlError."""
    visit = close.visit
    item = api_map.read_user_info(
        calls.data_of(answer), answer.observed_at, account=visit.account, handle=handle_of(visit)
    )
    none = item.counts["posts"].value == 0
    page = Page(answer, Mapped(shape="tiktok.user", accounts=(item,)), (visit,))
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

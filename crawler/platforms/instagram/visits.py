"""Which calls Instagram visits take: business discovery, one account a call.

    profile    GET /OWN?fields=business_discovery.username(NAME){…}
    timeline   the same with `media.limit(50){…}`, then `media.after(CURSOR).limit(50){…}`

Posts come newest first, but for at most three pinned ones ahead of them. The edge has no documented
window, so paging ends once four posts in a row are older than the window: those cannot all be
pinned. (Instagram Platform, Business Discovery.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.instagram import api_map
from crawler.platforms.instagram.config import InstagramConfig
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping
from model.items import AccountItem, Mapped, PostItem
from model.messages import Outcome, Visit, VisitKind, Window

PAGE = 50
"""Media a call; the edge takes more, but then complains about the amount of data."""
PINNED = 3
"""Most posts that an account can pin."""
ACCOUNT_FIELDS = "id,username,name,followers_count,media_count"
MEDIA_FIELDS = (
    "id,caption,timestamp,permalink,media_type,media_product_type,"
    "like_count,comments_count,view_count"
)
_HANDLE = re.compile(r"[A-Za-z0-9._]{1,30}")
_CURSOR = re.compile(r"[A-Za-z0-9_=+/.-]{1,1000}")


def start(visits: Sequence[Visit], config: InstagramConfig) -> Iterable[Action]:
    """The first actions for one group."""
    for visit in visits:
        obstacle = _obstacle(visit, config)
        if obstacle is not None:
            yield obstacle
        elif visit.window is not None and visit.kind is VisitKind.TIMELINE:
            yield from Timeline(visit, visit.window, config).ask(PAGE)
        else:
            yield _profile(visit, config)


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest calls; a timeline takes one even if it is empty."""
    if kind != VisitKind.TIMELINE:
        return accounts
    return sum(max(1, ceil(n / PAGE)) for n in posts)


def _obstacle(visit: Visit, config: InstagramConfig) -> Close | None:
    """Why a visit cannot even be asked for."""
    if not config.user_id.isdecimal():
        return Close(visit, Outcome.FORBIDDEN, "CITYREACH_INSTAGRAM__USER_ID is not set")
    if not _HANDLE.fullmatch(visit.handle):
        return Close(visit, Outcome.GONE, f"{visit.handle[:40]!r} cannot be an Instagram name")
    if visit.kind is VisitKind.REFRESH:
        return Close(visit, Outcome.GAVE_UP, "business discovery reads no posts by id")
    if visit.kind is VisitKind.TIMELINE and visit.window is None:
        return Close(visit, Outcome.GAVE_UP, "a timeline visit without a window")
    return None


def _url(visit: Visit, config: InstagramConfig, fields: str) -> str:
    asked = f"business_discovery.username({visit.handle}){{{fields}}}"
    return graph.url(config, config.user_id, fields=asked)


def _profile(visit: Visit, config: InstagramConfig) -> Fetch:
    def then(answer: Answer) -> Iterator[Action]:
        document = mapping(decode(answer.body), "")
        mapped = api_map.discovery(document, answer.observed_at, ours=True)
        stranger = _stranger(visit, mapped.accounts)
        if stranger is None:
            yield Page(answer, mapped, (visit,))
        yield stranger or Close(visit, Outcome.OK)

    call = Call(endpoint="profile", url=_url(visit, config, ACCOUNT_FIELDS))
    return Fetch(call, then, (visit,))


def _stranger(visit: Visit, accounts: Iterable[AccountItem]) -> Close | None:
    """The end of a visit whose name now belongs to somebody else."""
    known = visit.account and not visit.account.startswith("@")
    for account in accounts:
        if known and account.id != visit.account:
            detail = f"{visit.handle} belongs to account {account.id} now"
            return Close(visit, Outcome.RENAMED, detail)
    return None


@dataclass(frozen=True, slots=True)
class Timeline:
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
        after = f".after({cursor})" if cursor else ""
        media = f"media{after}.limit({limit}){{{MEDIA_FIELDS}}}"
        fields = f"id,{media}" if cursor else f"{ACCOUNT_FIELDS},{media}"
        call = Call(endpoint="timeline", url=_url(self.visit, self.config, fields))
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
            mapped = api_map.page(document, answer.observed_at)
        else:
            mapped = api_map.discovery(document, answer.observed_at, ours=True)
        yield from self._harvest(answer, mapped, document, limit)

    def _harvest(
        self, answer: Answer, mapped: Mapped, document: dict[str, Any], limit: int
    ) -> Iterator[Action]:
        onward = self._with(mapped)
        doubt = None if onward.shown else _doubt(document, onward.total)
        if doubt is not None and not self.doubted:
            yield from replace(self, doubted=True).ask(limit)
            return
        end = _stranger(self.visit, mapped.accounts)
        if end is None:
            fresh = tuple(post for post in mapped.posts if post.id not in self.shown)
            yield Page(answer, msgspec.structs.replace(mapped, posts=fresh), (self.visit,))
            end = Close(self.visit, Outcome.EMPTY_UNEXPECTED, doubt) if doubt else None
        yield from (end,) if end is not None else onward._onward(mapped, limit)

    def _with(self, mapped: Mapped) -> Timeline:
        """What is known after a further page."""
        fresh = [post for post in mapped.posts if post.id not in self.shown]
        totals = [account.counts["posts"].value for account in mapped.accounts]
        return replace(
            self,
            total=totals[0] if totals else self.total,
            shown=self.shown | {post.id for post in fresh},
            seen=self.seen + tuple(post.id for post in fresh if self._within(post)),
            older=self._older(fresh),
        )

    def _within(self, post: PostItem) -> bool:
        return post.published_at is not None and post.published_at in self.window

    def _older(self, posts: Iterable[PostItem]) -> int:
        row = self.older
        for post in posts:
            old = post.published_at is not None and post.published_at < self.window.start
            row = row + 1 if old else 0
        return row

    def _onward(self, mapped: Mapped, limit: int) -> Iterator[Action]:
        # The account's own number may lag behind, so it ends the list only with a short page.
        told = self.total is not None and len(self.shown) >= self.total
        ended = mapped.next is None or not mapped.posts or (told and len(mapped.posts) < limit)
        if ended or self.older > PINNED:
            outcome = Outcome.OK if self.seen else Outcome.OK_NOTHING_NEW
            yield Close(self.visit, outcome, seen=self.seen)
            return
        yield from replace(self, cursors=(*self.cursors, self._checked(mapped.next))).ask(limit)

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

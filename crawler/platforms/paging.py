"""What the platforms' visits share: groups of visits, pages of posts, owners, usual ends.

A list that leads nowhere (the same cursor, or ever new ones without new posts) is left after
`IDLE_PAGES` pages: `Listed` counts them for lists asked for page by page, `Scrolled` for those that
a page in the browser fetches. `crawler.engine.group_run` bounds whole visits besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec

from crawler.contract import Close
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, Window
from model.proof import Proof

_T = TypeVar("_T")
IDLE_PAGES = 3
"""So many pages in a row without a new post, while more are announced, end a visit. One or two
are met in sound lists: filtered rows, a page served twice."""


_LAGGING = 2
"""Deleted posts that an account's counter still holds. Lists are cut by pages or by much more."""


def handle_of(visit: Visit) -> str:
    """The handle of a visit's account, without the @."""
    return visit.handle.removeprefix("@")


def knows_id(visit: Visit) -> bool:
    """Whether the account's id is known; `@handle` stands in its place until it is."""
    return visit.account != "" and not visit.account.startswith("@")


def alike(visits: Iterable[Visit]) -> Iterator[list[Visit]]:
    """Visits of one kind, slot and window together, those without a known id apart."""
    groups: dict[tuple[object, ...], list[Visit]] = {}
    for visit in visits:
        key = (visit.kind, visit.slot, str(visit.window), knows_id(visit))
        groups.setdefault(key, []).append(visit)
    yield from groups.values()


def chunks(items: Sequence[_T], size: int) -> Iterator[list[_T]]:
    """The items in order, at most `size` together."""
    for first in range(0, len(items), size):
        yield list(items[first : first + size])


def packed(visits: Iterable[Visit], most: int) -> Iterator[list[Visit]]:
    """Visits in order, together as long as they have at most `most` posts to read."""
    group: list[Visit] = []
    size = 0
    for visit in visits:
        if group and size + len(visit.posts) > most:
            yield group
            group, size = [], 0
        group.append(visit)
        size += len(visit.posts)
    if group:
        yield group


def pages(number: int, size: int) -> int:
    """How many pages of `size` hold so many rows: rounded up, none for none."""
    return -(-number // size)


def within(post: PostItem, window: Window | None) -> bool:
    """Whether a post has a time of publication, and it is in the window (None: any time)."""
    return post.published_at is not None and (window is None or post.published_at in window)


def own_posts(mapped: Mapped, account: str) -> tuple[PostItem, ...]:
    """The posts of this account and those without an owner, all with it as their owner."""
    return tuple(
        # To make a post anew checks all of it once more.
        post if post.account is not None else msgspec.structs.replace(post, account=account)
        for post in mapped.posts
        if post.account in (None, account)
    )


def with_owners(mapped: Mapped, owners: Mapping[str, str]) -> tuple[PostItem, ...]:
    """All posts; where the answer names no owner, with that of `owners` (account id by post id)."""
    return tuple(
        post if post.account else msgspec.structs.replace(post, account=owners.get(post.id))
        for post in mapped.posts
    )


def finished(visit: Visit, seen: Iterable[str], proof: Proof, detail: str = "") -> Close:
    """The end of a timeline that `proof` shows to be whole; `seen`: ids of the posts in its window.

    No timeline ends as ok or ok_nothing_new in any other way.
    """
    ids = tuple(seen)
    outcome = Outcome.OK if ids else Outcome.OK_NOTHING_NEW
    return Close(visit, outcome, detail, ids, proof=proof)


def agree(counter: int | None, listed: int) -> bool:
    """Whether an account's own counter bears out that a list is whole which ends with the mark of
    its platform. Counters still hold posts that were just deleted, so up to `_LAGGING` may be
    counted that are not listed; without the mark nothing less than all of them is proof."""
    if counter is None or (counter and not listed):
        return False
    return counter - listed <= _LAGGING


def unproven(
    visit: Visit, seen: Iterable[str], expected: str, proven_from: datetime | None = None
) -> Close:
    """The end of a timeline whose list ended without proof; `expected`: for people, what came and
    what would have been proof. `proven_from`: from when on all posts were seen, if that is known.
    """
    ids = tuple(seen)
    return Close(visit, Outcome.EMPTY_UNEXPECTED, expected, ids, proven_from=proven_from)


@dataclass(frozen=True, slots=True)
class Listed:
    """The posts of one list so far, whatever their time. Immutable: a page that is read twice
    counts once."""

    ids: frozenset[str] = frozenset()
    idle: int = 0
    """Pages without a new post, in a row, up to the last one."""
    begun: bool = False
    """Whether a page of the list was read; the posts may be of a list before it."""
    displaced: bool = False
    """Whether a page held rows of one before it in place of its own: what those were is not known.
    """

    def with_page(
        self, ids: Iterable[str], limit: int | None = None, *, leads_back: bool = False
    ) -> Listed:
        """After a further page with these posts; `limit`: how many rows were asked for, where the
        list's cursors make no two pages overlap. `leads_back`: whether the page leads to where it
        was asked for itself, so that what it stands in place of comes next.
        """
        rows = list(ids)
        known = self.ids.union(rows)
        fresh = len(known) - len(self.ids)
        stale = self.begun and not leads_back and _is_displaced(rows, fresh, limit)
        idle = 0 if fresh else self.idle + 1
        return Listed(known, idle, begun=True, displaced=self.displaced or stale)

    def anew(self) -> Listed:
        """Before another list of the same posts, which may begin with those that are known."""
        return Listed(self.ids, displaced=self.displaced)

    @property
    def leads_nowhere(self) -> bool:
        """Whether no further page is to be asked for."""
        return self.idle >= IDLE_PAGES


def _is_displaced(rows: Sequence[str], fresh: int, limit: int | None) -> bool:
    """Whether the rows of a further page, of which so many are `fresh`, stand in place of others:
    none is fresh, or those known are more than the page has beyond its limit."""
    if rows and not fresh:
        return True
    return limit is not None and len(rows) >= limit and len(set(rows)) - fresh > len(rows) - limit


DISPLACED = "a page held the rows of one before it in place of its own"
"""Why such a list proves nothing, unless a total or a counter does."""


@dataclass(slots=True, eq=False)
class Scrolled:
    """Whether the answers that a page fetches while it is scrolled bring anything new. Each is read
    once, however often it is asked."""

    ids_of: Callable[[bytes], Iterable[str]]
    """The posts of one answer; it never raises."""
    listed: Listed = field(default_factory=Listed)
    read: int = 0

    def leads_nowhere(self, bodies: Sequence[bytes]) -> bool:
        """Whether scrolling on is of no use; `bodies`: all answers of this page so far."""
        if len(bodies) < self.read:
            # The page was opened a second time.
            self.listed, self.read = Listed(), 0
        for body in bodies[self.read :]:
            self.listed = self.listed.with_page(self.ids_of(body))
        self.read = len(bodies)
        return self.listed.leads_nowhere


def endless(visit: Visit, seen: Iterable[str]) -> Close:
    """The end of a timeline whose list says that more follows, and brings nothing new."""
    detail = f"{IDLE_PAGES} pages in a row brought no new post, yet more are announced"
    return Close(visit, Outcome.EMPTY_UNEXPECTED, detail, tuple(seen))


def unreadable(visit: Visit, paths: Sequence[str], seen: Iterable[str] = ()) -> Close:
    """The end of a visit some of whose rows could not be read."""
    detail = f"missing or not as expected: {', '.join(paths[:3])}"
    return Close(visit, Outcome.CHANGED_SHAPE, detail, tuple(seen))


def renamed(visit: Visit, account: str) -> Close:
    """The end of a visit whose handle belongs to another account now."""
    return Close(visit, Outcome.RENAMED, f"@{handle_of(visit)} is account {account} now")


def without_window(visit: Visit) -> Close:
    """The end of a timeline visit that says not from when to when."""
    return Close(visit, Outcome.GAVE_UP, "a timeline visit without a window")

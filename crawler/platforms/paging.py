"""What the platforms' visits share: groups of visits, pages of posts, owners, usual ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from crawler.contract import Close
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, Window

_T = TypeVar("_T")


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
        msgspec.structs.replace(post, account=account)
        for post in mapped.posts
        if post.account in (None, account)
    )


def with_owners(mapped: Mapped, owners: Mapping[str, str]) -> tuple[PostItem, ...]:
    """All posts; where the answer names no owner, with that of `owners` (account id by post id)."""
    return tuple(
        post if post.account else msgspec.structs.replace(post, account=owners.get(post.id))
        for post in mapped.posts
    )


def finished(visit: Visit, seen: Iterable[str]) -> Close:
    """The end of a timeline that was read whole; `seen`: ids of the posts in its window."""
    ids = tuple(seen)
    return Close(visit, Outcome.OK if ids else Outcome.OK_NOTHING_NEW, seen=ids)


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

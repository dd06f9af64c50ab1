"""A world in memory: accounts, their posts, and the counters of both as step functions of time.

Instants are whole microseconds since 1970 (UTC), so that looking up a counter costs one bisection.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from model.items import PostType
from model.platform import PLATFORMS, PlatformName

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
NEVER = 2**63 - 1
_UNKNOWN = -1
_MICROSECOND = timedelta(microseconds=1)


def to_instant(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


def to_moment(microseconds: int) -> datetime:
    """Microseconds since 1970 as an aware datetime in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


class Counters:
    """The public counters of one account or post. A counter that is not shown has no key.

    At an instant the values are those of the last reading at or before it; before the first
    reading they are those of the first. `reaction:KIND` are Facebook's kinds of reactions.
    """

    __slots__ = ("_at", "_names", "_values")

    def __init__(self, readings: Sequence[tuple[int, dict[str, int]]]) -> None:
        ordered = sorted(readings, key=_time_of)
        names = _names(values for _, values in ordered)
        self._names = names
        self._at = array("q", (at for at, _ in ordered))
        self._values = array(
            "q", (values.get(name, _UNKNOWN) for _, values in ordered for name in names)
        )

    def __len__(self) -> int:
        return len(self._at)

    def step(self, now: int) -> int:
        """The number of the reading that holds at `now`."""
        return max(bisect_right(self._at, now) - 1, 0)

    def at(self, now: int) -> dict[str, int]:
        """The counters as shown at `now`; nothing at all where there is no reading."""
        width = len(self._names)
        start = self.step(now) * width
        row = self._values[start : start + width]
        if _UNKNOWN in row:
            return {n: v for n, v in zip(self._names, row, strict=False) if v != _UNKNOWN}
        return dict(zip(self._names, row, strict=False))


_shared_names: dict[tuple[str, ...], tuple[str, ...]] = {}


def _names(rows: Iterable[dict[str, int]]) -> tuple[str, ...]:
    """The names of all counters, in order of appearance; equal tuples are one object."""
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    return _shared_names.setdefault(names, names)


def _time_of(reading: tuple[int, dict[str, int]]) -> int:
    return reading[0]


@dataclass(slots=True, eq=False)
class WorldPost:
    """A post of the world. It can be seen from `published` until `gone` (exclusive)."""

    account: WorldAccount
    id: str
    published: int
    gone: int
    type: PostType
    text: str
    lang: str
    pinned: bool
    counters: Counters
    face: dict[str, Any] | None = None
    """What its platform always says of it, made once, when first asked for."""

    def visible(self, now: int) -> bool:
        """Whether it is published and not deleted at `now`."""
        return self.published <= now < self.gone


@dataclass(slots=True, eq=False)
class WorldAccount:
    """An account of the world, with its posts in order of publication."""

    platform: PlatformName
    id: str
    handle: str
    name: str
    city: str
    created: int
    counters: Counters
    posts: list[WorldPost] = field(default_factory=list)
    times: array[int] = field(default_factory=lambda: array("q"))
    """When the posts were published, in the same order."""
    shelf: list[WorldPost] | None = None
    """The posts in an order of the platform's own, where it has one."""

    def arrange(self) -> None:
        """Brings the posts into order; called once, when all are there."""
        self.posts.sort(key=_published)
        self.times = array("q", (post.published for post in self.posts))

    def between(self, start: int, end: int, now: int) -> list[WorldPost]:
        """Posts visible at `now` and published in [start, end), oldest first."""
        first = bisect_left(self.times, start)
        last = bisect_left(self.times, min(end, now + 1))
        return [post for post in self.posts[first:last] if now < post.gone]

    def visible(self, now: int) -> list[WorldPost]:
        """All posts visible at `now`, oldest first."""
        return self.between(-NEVER, NEVER, now)

    def shown(self, now: int) -> Mapping[str, int]:
        """Its counters at `now`; the number of posts, which platforms always show, is counted
        where the world does not tell it.
        """
        return {"posts": self.published(now), **self.counters.at(now)}

    def published(self, now: int) -> int:
        """How many posts can be seen at `now`."""
        return len(self.visible(now))


def _published(post: WorldPost) -> tuple[int, str]:
    return post.published, post.id


@dataclass(slots=True, eq=False)
class World:
    """What the five platforms show from `start` to `end`."""

    name: str
    start: datetime
    end: datetime
    note: str = ""
    accounts: dict[PlatformName, dict[str, WorldAccount]] = field(
        default_factory=lambda: {name: {} for name in PLATFORMS}
    )
    handles: dict[PlatformName, dict[str, WorldAccount]] = field(
        default_factory=lambda: {name: {} for name in PLATFORMS}
    )
    """Accounts by lower-case handle."""
    posts: dict[PlatformName, dict[str, WorldPost]] = field(
        default_factory=lambda: {name: {} for name in PLATFORMS}
    )

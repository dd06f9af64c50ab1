"""What slots cost: the expected calls and units of a platform, before anything runs.

The calls follow the platform's own paging and batching rules; posts are taken to be spread evenly
over time and accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from model.messages import VisitKind, Window
from model.platforms.tariff import Tariff
from model.visit import Priority, Reason, Slot

Minimum = Callable[[str, int, Sequence[int], int], int]
"""Fewest calls for visits of a kind: of so many accounts, with these numbers of posts, over so many
stretches of time."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The accounts of one platform, all alike."""

    accounts: int
    posts_per_day: float
    """Of one account."""
    videos: float = 1 / 3
    """The share of posts that are videos."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Expected calls and units, and what is billed by the piece."""

    calls: float = 0.0
    units: float = 0.0
    posts: float = 0.0
    users: float = 0.0
    rows: float = 0.0
    """Posts answered, however often."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.calls + other.calls,
            self.units + other.units,
            self.posts + other.posts,
            self.users + other.users,
            self.rows + other.rows,
        )


class CostModel:
    """Adds up slots in order of time; remembers what was billed today already."""

    def __init__(
        self, tariff: Tariff, minimum: Minimum, fleet: Fleet, rides_along: bool = False
    ) -> None:
        self._tariff = tariff
        self._minimum = minimum
        self._population = fleet
        self._rides_along = rides_along
        self._day: date | None = None
        self._users_billed = False
        self._billed: Window | None = None

    def total(self, slots: Iterable[Slot]) -> Cost:
        """What all these slots take together."""
        return sum((self.add(slot) for slot in self.served(slots)), Cost())

    def served(self, slots: Iterable[Slot]) -> list[Slot]:
        """The slots that take visits of their own: counters ride along where they can, and the look
        for absent posts is made for so few accounts that it does not count.
        """
        found = [slot for slot in slots if slot.reason is not Reason.CONFIRM]
        timelines = {slot.at for slot in found if slot.kind is VisitKind.TIMELINE}
        if not self._rides_along:
            return found
        return [s for s in found if s.kind is VisitKind.TIMELINE or s.at not in timelines]

    def add(self, slot: Slot) -> Cost:
        """What one slot takes, after all those before it."""
        if self._population.accounts == 0:
            return Cost()
        if slot.at.date() != self._day:
            self._day, self._users_billed, self._billed = slot.at.date(), False, None
        if slot.kind is VisitKind.PROFILE or slot.window is None:
            return self._profile()
        return self._timeline(slot.at, slot.window)

    def by_priority(self, slot: Slot) -> dict[Priority, float]:
        """The units of one slot; of a routine timeline, the older posts' apart."""
        if slot.special or slot.young is None:
            return {Priority.of(slot): self.add(slot).units}
        young = self.add(replace(slot, window=Window(slot.young, slot.at))).units
        whole = self.add(slot).units
        billed_once = self._tariff.billing == "resources"
        return {Priority.YOUNG: young, Priority.OLD: whole if billed_once else whole - young}

    def _profile(self) -> Cost:
        accounts = self._population.accounts
        # Of each account a post is known, by which some platforms recognise it.
        known = (1,) * accounts
        calls = float(self._minimum(VisitKind.PROFILE.value, accounts, known, 1))
        if self._tariff.billing == "resources":
            users = 0.0 if self._users_billed else float(accounts)
            self._users_billed = True
            return Cost(calls, users, users=users)
        return Cost(calls, float(accounts) if self._tariff.billing == "ids" else calls)

    def _timeline(self, at: datetime, window: Window) -> Cost:
        end = min(window.end, at)
        each = self._posts_in(window.start, end)
        counts = spread(each, self._population.accounts)
        calls = self._calls(counts, self._age_windows(window, at))
        if self._tariff.videos_apart:
            seen = min(1.0, each * self._population.videos)
            calls += self._population.accounts * seen - sum(1 for count in counts if count)
        if self._tariff.billing == "resources":
            posts = self._population.accounts * self._newly_billed(window.start, end)
            return Cost(calls, posts, posts=posts, rows=sum(counts))
        return Cost(calls, calls, rows=sum(counts))

    def _calls(self, counts: Sequence[int], age_windows: int) -> float:
        """The fewest calls, group by group of accounts that are read as one."""
        size, kind = self._tariff.together, VisitKind.TIMELINE.value
        starts = range(0, len(counts), size)
        alike = Counter(tuple(counts[first : first + size]) for first in starts)
        return float(
            sum(
                number * self._minimum(kind, len(group), group, age_windows)
                for group, number in alike.items()
            )
        )

    def _age_windows(self, window: Window, at: datetime) -> int:
        """Into how many queries the window falls, by UTC dates."""
        last = min(window.end - timedelta(microseconds=1), at)
        return self._tariff.queries(window.start.date(), last.date())

    def _posts_in(self, start: datetime, end: datetime) -> float:
        return self._population.posts_per_day * max((end - start) / _DAY, 0.0)

    def _newly_billed(self, start: datetime, end: datetime) -> float:
        """Posts of one account in the window that were not read on this UTC day yet."""
        before = self._billed or Window(end, end)
        self._billed = Window(min(start, before.start), max(end, before.end))
        grown = self._posts_in(self._billed.start, self._billed.end)
        return grown - self._posts_in(before.start, before.end)


def spread(each: float, accounts: int) -> list[int]:
    """Whole numbers of posts for accounts that have `each` posts on average, evenly mixed."""
    return [
        int((number + 1) * each + 1e-9) - int(number * each + 1e-9) for number in range(accounts)
    ]

"""What the planner asks of the store, of the bus and of the front door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from model.account import Account
from model.messages import Visit, VisitKind, Window
from model.period import Period
from model.platform import PlatformName
from model.platforms.tariff import Tariff
from model.route import Route
from model.visit import AgeWindow, PostCount, Skipped, VisitState
from scheduler.forecast import Minimum


class PlannerStore(Protocol):
    """What the planner asks the store."""

    def accounts(self) -> Sequence[Account]:
        """All accounts that are watched."""
        ...

    def visit_states(self, ids: Sequence[str]) -> Mapping[str, VisitState]:
        """The visits among these that have ended at least once."""
        ...

    def posts_published(
        self, account: str, window: Window, *, missed: bool = False
    ) -> Sequence[str]:
        """Ids of an account's known, visible posts published in a window; `missed`: with those that
        were missed once.
        """
        ...

    def newest_posts(self, account: str, most: int) -> Sequence[str]:
        """Ids of an account's known, visible posts, the newest first."""
        ...

    def post_counts(
        self, accounts: Sequence[str], age_windows: Sequence[AgeWindow], before: datetime
    ) -> Mapping[str, Sequence[PostCount]]:
        """By account, a tally for each stretch, of visible posts first seen before an instant.

        Accounts without any such post are left out.
        """
        ...

    def absent_unconfirmed(self, period: Period) -> Iterable[str]:
        """Keys of accounts with posts that were absent once and not looked for again."""
        ...


class Queue(Protocol):
    """What the planner asks the bus."""

    def dispatch(self, visits: Iterable[Visit]) -> int:
        """Sends visits out; gives the number of those that were not on their way yet."""
        ...

    def queued(self, visits: Sequence[Visit]) -> AbstractSet[str]:
        """Ids of those of these attempts that are on their way and have not ended."""
        ...

    def served(self, route: Route) -> frozenset[PlatformName]:
        """The platforms whose visits by this route some crawler takes at present."""
        ...


class SkipLog(Protocol):
    """Where it is written down what was given up."""

    def began(self, now: datetime) -> datetime:
        """When planning began here; noted at the first call."""
        ...

    def note(self, entries: Sequence[Skipped]) -> None:
        """Takes the place of earlier entries of the same id; one without accounts removes it."""
        ...


class NoSkipLog:
    """Nothing is written down."""

    def began(self, now: datetime) -> datetime:
        """Just now."""
        return now

    def note(self, entries: Sequence[Skipped]) -> None:
        """Forgotten."""


def one_call_each(_kind: str, accounts: int, _posts: Sequence[int], _windows: int) -> int:
    """Every visit takes one call."""
    return accounts


FREE = Tariff(unit="call", billing="calls")
"""Nothing is charged, nothing is limited."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How a platform's route shapes its plan."""

    profile_rides_along: bool
    refresh_by_id: bool
    takes_known_posts: bool = False
    """Whether timeline visits carry the known posts of their window."""
    recognised_by_posts: bool = False
    """Whether all visits carry the newest known posts, by which it is seen whose handle it is."""
    web: Traits | None = None
    """The same of its public pages, where they differ."""
    minimum: Minimum = one_call_each
    tariff: Tariff = FREE

    def of(self, route: Route) -> Traits:
        """The traits of a route."""
        return self.web if route is Route.WEB and self.web is not None else self

    def by_id(self, young: int, old: int) -> bool:
        """Whether older posts are read by their ids with fewer calls than with the younger ones.

        At as many calls the timeline is read, because it also proves which posts are gone.
        """
        if not self.refresh_by_id or not old or self.tariff.billing == "ids":
            return False
        timeline, refresh = VisitKind.TIMELINE.value, VisitKind.REFRESH.value
        together = self.minimum(timeline, 1, (young + old,), 1)
        apart = self.minimum(timeline, 1, (young,), 1) + self.minimum(refresh, 1, (old,), 1)
        return apart < together

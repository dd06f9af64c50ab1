"""Visits as planner and store speak of them: when they are due, how they ended, why they were not
made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from model.messages import Outcome, VisitKind, Window
from model.platform import PlatformName
from model.route import Route

RECOGNISED_BY = 20
"""So many known posts go along with a visit where an account is recognised by nothing else."""


class Reason(StrEnum):
    """Why a slot exists, what the month's index needs most first."""

    CUTOFF = "cutoff"
    EDGE = "edge"
    CONFIRM = "confirm"
    ROUTINE = "routine"

    @property
    def priority(self) -> int:
        """0 is the most important."""
        return list(Reason).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One instant at which one kind of visit is due for every account."""

    at: datetime
    kind: VisitKind
    reason: Reason
    window: Window | None = None
    """Of a timeline: the publication times to be read."""
    young: datetime | None = None
    """Of a routine timeline: from here on the window holds the youngest tier alone."""

    @property
    def routine_timeline(self) -> bool:
        """Whether its window depends on the ages of posts."""
        return self.young is not None

    @property
    def special(self) -> bool:
        """Whether the slot belongs to an edge of the month; it is served until it is missed."""
        return self.reason is not Reason.ROUTINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected(Slot):
    """A slot with the instant from which it is past: what gaps are looked for by."""

    until: datetime


class Priority(StrEnum):
    """In this order visits are served when there is not enough budget for all."""

    CUTOFF = "cutoff"
    EDGE = "edge"
    CONFIRM = "confirm"
    YOUNG = "young"
    """Posts of the youngest tier, and the look for new ones."""
    PROFILE = "profile"
    OLD = "old"
    """Posts of all other tiers."""

    @property
    def order(self) -> int:
        """0 is the most important."""
        return list(Priority).index(self)

    @classmethod
    def of(cls, slot: Slot) -> Priority:
        """The priority of a slot; of a routine timeline, that of its youngest posts."""
        if slot.special:
            return cls(slot.reason.value)
        return cls.PROFILE if slot.kind is VisitKind.PROFILE else cls.YOUNG


class SkipReason(StrEnum):
    """Why a due visit was not made."""

    BUDGET = "budget"
    """There were not enough units for all."""
    BEHIND = "behind"
    """The visit before it still waited for a crawler."""
    RESTING = "resting"
    """No credential was allowed to call."""
    MISSED = "missed"
    """Nobody planned it in time, or it did not succeed in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Visits of one slot that were due and are not made."""

    platform: PlatformName
    slot: datetime
    kind: VisitKind
    priority: Priority
    why: SkipReason
    accounts: tuple[str, ...]
    """Their keys, sorted."""

    @property
    def id(self) -> str:
        """The same for the same slot, whoever notes it."""
        stamp = f"{self.slot:%Y%m%dT%H%M}"
        return f"{self.platform}:{self.kind}:{stamp}:{self.priority}:{self.why}"


@dataclass(frozen=True, slots=True)
class VisitState:
    """A visit that has ended at least once."""

    complete: bool
    attempts: int
    """How many attempts were made: the number of the next one."""
    outcome: Outcome
    ended_at: datetime
    retry_at: datetime | None = None
    """Earliest next attempt, where the platform said so."""
    route: Route = Route.API
    """By which route the newest attempt was made."""
    other: VisitState | None = None
    """The newest attempt by the other route, if there was one."""
    failures: Mapping[Outcome, int] = field(default_factory=dict, compare=False)
    """How many attempts by this route ended in which way; left out, all ended as the newest."""

    @property
    def alike(self) -> int:
        """How many attempts ended as the newest one did."""
        return self.failures.get(self.outcome, self.attempts)


@dataclass(frozen=True, slots=True)
class AgeWindow:
    """Posts published in a window, which should have been read at `since` or later."""

    window: Window
    since: datetime


@dataclass(frozen=True, slots=True)
class PostCount:
    """How many posts of an account are known in an age window, and how many of these were last
    read before its `since`."""

    known: int = 0
    unread: int = 0

"""Fitting plans into budgets: what matters most comes first, the rest is spread over the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zlib import crc32

from model.messages import VisitKind
from model.platform import PlatformName
from scheduler.plan import Slot


class Rank(StrEnum):
    """In this order visits are served when there is not enough for all."""

    CUTOFF = "cutoff"
    EDGE = "edge"
    CONFIRM = "confirm"
    YOUNG = "young"
    """Posts of the youngest band, and the look for new ones."""
    PROFILE = "profile"
    OLD = "old"
    """Posts of all other bands."""

    @property
    def order(self) -> int:
        """0 is the most important."""
        return list(Rank).index(self)

    @classmethod
    def of(cls, slot: Slot) -> Rank:
        """The rank of a slot; of a routine timeline, that of its youngest posts."""
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


@dataclass(frozen=True, slots=True)
class Budget:
    """What may still be spent."""

    left: float
    """Units, until `resets_at`."""
    resets_at: datetime
    closed_until: datetime | None = None
    """No credential may call before then."""


class BudgetSource(Protocol):
    """What the planner asks about budgets."""

    def purse(self, platform: PlatformName, now: datetime) -> Budget | None:
        """None: nothing limits this platform."""
        ...


class Unlimited:
    """No budget at all."""

    def purse(self, platform: PlatformName, now: datetime) -> Budget | None:
        """Nothing limits any platform."""
        return None


@dataclass(frozen=True, slots=True)
class Want:
    """Units that one rank asks for: at this slot, and at later ones of the same day."""

    rank: Rank
    now: float
    later: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Visits of one slot that were due and are not made."""

    platform: PlatformName
    slot: datetime
    kind: str
    rank: Rank
    why: SkipReason
    accounts: tuple[str, ...]
    """Their keys, sorted."""

    @property
    def id(self) -> str:
        """The same for the same slot, whoever notes it."""
        stamp = f"{self.slot:%Y%m%dT%H%M}"
        return f"{self.platform}:{self.kind}:{stamp}:{self.rank.value}:{self.why.value}"


def shares(left: float, wants: Iterable[Want]) -> Mapping[Rank, float]:
    """The share from 0 to 1 of each rank's demand that can be granted at this slot.

    Whatever ranks higher is served in full first, later that day as well. Of the first rank that
    does not fit, the same share is granted now and later, so that it lasts for the day.
    """
    granted: dict[Rank, float] = {}
    remaining = max(left, 0.0)
    for want in sorted(wants, key=lambda one: one.rank.order):
        total = want.now + want.later
        granted[want.rank] = 1.0 if total <= remaining else remaining / total
        remaining = max(remaining - total, 0.0)
    return granted


def chosen(
    accounts: Sequence[str], share: float, slot: datetime, last: Mapping[str, datetime]
) -> list[str]:
    """Which accounts get a share: those that wait longest, then by a lot that each slot draws."""
    if share >= 1.0:
        return list(accounts)
    never = datetime.min.replace(tzinfo=slot.tzinfo)

    def turn(account: str) -> tuple[datetime, int]:
        return last.get(account, never), crc32(f"{account} {slot:%Y%m%dT%H%M}".encode())

    return sorted(accounts, key=turn)[: int(share * len(accounts) + 1e-9)]

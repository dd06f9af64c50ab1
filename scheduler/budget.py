"""Fitting plans into budgets: what matters most comes first, the rest is spread over the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zlib import crc32

from model.platform import PlatformName
from model.visit import Priority


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

    def budget(self, platform: PlatformName, now: datetime) -> Budget | None:
        """None: nothing limits this platform."""
        ...


class Unlimited:
    """No budget at all."""

    def budget(self, platform: PlatformName, now: datetime) -> Budget | None:
        """Nothing limits any platform."""
        return None


@dataclass(frozen=True, slots=True)
class Demand:
    """Units that one priority asks for: at this slot, and at later ones of the same day."""

    priority: Priority
    now: float
    later: float = 0.0


def granted_shares(left: float, demands: Iterable[Demand]) -> Mapping[Priority, float]:
    """The share from 0 to 1 of the demand of each priority that can be granted at this slot.

    What comes first is served in full first, later that day as well. Of the first one that
    does not fit, the same share is granted now and later, so that it lasts for the day.
    """
    granted: dict[Priority, float] = {}
    remaining = max(left, 0.0)
    for want in sorted(demands, key=lambda one: one.priority.order):
        total = want.now + want.later
        granted[want.priority] = 1.0 if total <= remaining else remaining / total
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

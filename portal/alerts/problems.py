"""What a check is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from model.months import Months
from model.period import Period
from model.platform import PlatformName
from portal.alerts.rules import Rule
from store.database import Store

Usage = Callable[[Path], tuple[int, int]]
"""Total and free bytes of the file system of a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How things stand, as far as checks need to know it."""

    db: Store
    redis: Redis
    now: datetime
    months: Months
    enabled: frozenset[PlatformName]
    budgets: Mapping[PlatformName, int] = field(default_factory=dict)
    """Units a day, where there is a limit."""
    tokens: Mapping[PlatformName, date] = field(default_factory=dict)
    """On which day the first token of a platform expires, where that is known."""
    labels: Mapping[PlatformName, frozenset[str]] = field(default_factory=dict)
    """The configured credentials of each platform."""
    data_dir: Path
    usage: Usage

    def periods(self) -> tuple[Period, Period]:
        """The month of the present, and the one before."""
        current = self.months.containing(self.now)
        return current.previous(), current


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong now."""

    rule: Rule
    subject: str
    """What it concerns: a platform, a stream, a disk; with the rule it names the problem."""
    facts: Mapping[str, Any]
    weight: float = 1.0
    """How much is concerned: a problem that has become much worse is told again."""

    @property
    def id(self) -> str:
        """The same for the same problem."""
        return f"{self.rule.id}|{self.subject}"


Find = Callable[[Scene, Rule], Iterable[Problem]]

"""What a month will take of each platform, before anything runs: calls, units, dollars, limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from model.account import Account
from model.messages import VisitKind, Window
from model.months import Months
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from model.platforms.tariff import Limit, Tariff
from model.visit import Reason, Slot
from operations.configuration.traits import traits_of
from operations.errors import UsageError
from registry.accounts import read_accounts
from registry.cities import load_cities
from scheduler.calendar import Calendar, slots
from scheduler.forecast import Cost, CostModel, Fleet
from scheduler.plan import Plan
from scheduler.plans import Plans

_VIDEOS = 1 / 3
"""The share of posts that are videos, where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuestion:
    """What `cityreach cost` is asked."""

    plans: Plans
    period: Period
    accounts: Mapping[PlatformName, int]
    posts: Mapping[PlatformName, float]
    """Of one account in the month."""
    videos: float = _VIDEOS
    alone: bool = False
    """The month by itself, with none before and after it, as a demo collects it."""
    on: date
    """Prices and limits of this day count."""


def cost_rows(question: CostQuestion) -> list[dict[str, Any]]:
    """One row for each platform that has accounts."""
    named = [name for name in PLATFORMS if question.accounts.get(name)]
    return [_Platform(name, question).row() for name in named]


class _Platform:
    """One platform's month."""

    def __init__(self, name: PlatformName, question: CostQuestion) -> None:
        self._name = name
        self._ask = question
        self._traits = traits_of(name)
        self._tariff: Tariff = FACTS[name].tariff
        days = (question.period.end - question.period.start).total_seconds() / 86_400
        self._population = Fleet(
            accounts=question.accounts[name],
            posts_per_day=question.posts[name] / days,
            videos=question.videos,
        )

    def row(self) -> dict[str, Any]:
        """Everything about it."""
        peaks = _Peaks()
        cost_model, total, visits = self._cost_model(), Cost(), 0
        for slot in cost_model.served(self._slots()):
            one = cost_model.add(slot)
            total += one
            visits += self._population.accounts
            peaks.add(slot, one)
        return {
            "platform": self._name,
            "period": self._ask.period.name,
            "accounts": self._population.accounts,
            "posts_per_month": self._ask.posts[self._name],
            "visits": visits,
            "calls": round(total.calls),
            "units": round(total.units),
            "unit": self._tariff.unit,
            "dollars": self._dollars(total),
            "readings": round(total.rows) + visits,
            "posts_read": round(total.posts) if self._tariff.prices else None,
            "users_read": round(total.users) if self._tariff.prices else None,
            "one_pass": self._one_pass(),
            "limits": [self._limit(limit, peaks) for limit in self._tariff.limits(self._ask.on)],
            "prices": [
                {
                    "subject": p.subject,
                    "dollars": p.dollars,
                    "from": _iso(p.since),
                    "noted": p.noted.isoformat(),
                    "source": p.source,
                }
                for p in self._tariff.prices
            ],
        }

    def _cost_model(self) -> CostModel:
        traits = self._traits
        return CostModel(self._tariff, traits.minimum, self._population, traits.profile_rides_along)

    def _slots(self) -> Sequence[Slot]:
        return _slots_of(self._ask.period, self._ask.plans.of(self._name), self._ask.alone)

    def _one_pass(self) -> dict[str, Any]:
        """Every account's counters and all posts of the month, read once."""
        period = self._ask.period
        whole = Window(period.start, period.end)
        found = self._cost_model().total(
            [
                Slot(at=period.cutoff, kind=VisitKind.PROFILE, reason=Reason.EDGE),
                Slot(at=period.cutoff, kind=VisitKind.TIMELINE, reason=Reason.CUTOFF, window=whole),
            ]
        )
        units = round(found.units)
        return {"calls": round(found.calls), "units": units, "dollars": self._dollars(found)}

    def _dollars(self, of: Cost) -> float:
        post, user = (self._tariff.dollars(s, self._ask.on) for s in ("post", "user"))
        return round(of.posts * post + of.users * user, 2)

    def _limit(self, limit: Limit, peaks: _Peaks) -> dict[str, Any]:
        most = peaks.most(limit, ZoneInfo(self._tariff.zone))
        return {
            "what": limit.what,
            "limit": limit.units,
            "most": round(most),
            "share": round(most / limit.units, 3),
            "noted": limit.noted.isoformat(),
            "source": limit.source,
        }


@lru_cache(maxsize=len(PLATFORMS))
def _slots_of(period: Period, plan: Plan, alone: bool) -> Sequence[Slot]:
    """A month's slots, which are the same on platforms of one plan."""
    if alone:
        return slots(period, plan)
    calendar = Calendar(plan, Months.of_period(period))
    return calendar.between(period.start - plan.edge_lead, period.end - plan.edge_lead)


@dataclass(slots=True)
class _Peaks:
    """The busiest stretches of a month, by what limits count."""

    _noted: list[tuple[datetime, Mapping[str, float]]] = field(default_factory=list)

    def add(self, slot: Slot, one: Cost) -> None:
        """Notes what one slot takes."""
        counts = {"units": one.units, "posts": one.posts, "rows": one.rows}
        self._noted.append((slot.at, {**counts, slot.kind.value: one.calls}))

    def most(self, limit: Limit, zone: ZoneInfo) -> float:
        """The most that falls into one stretch of the limit's kind, by the platform's zone."""
        sums: dict[object, float] = {}
        for at, counts in self._noted:
            stretch = _stretch(at.astimezone(zone), limit)
            sums[stretch] = sums.setdefault(stretch, 0.0) + counts.get(limit.of, 0.0)
        return max(sums.values(), default=0.0)


def _stretch(at: datetime, limit: Limit) -> object:
    if limit.per == "month":
        return at.year, at.month
    if limit.per == "day":
        return at.date()
    return (at.date(), at.hour) if limit.per == "hour" else (at.date(), at.hour, at.minute // 15)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# --- what was asked for on the command line


def accounts_asked(text: str) -> dict[PlatformName, int]:
    """`138`, `x=138,youtube=90`, or a CSV of accounts: how many on each platform.

    Raises UsageError.
    """
    if text.isascii() and text.isdigit():
        return dict.fromkeys(PLATFORMS, int(text))
    if "=" in text:
        return {name: _whole(value, "--accounts") for name, value in _pairs(text, "--accounts")}
    return counted(_from_file(Path(text)))


def counted(accounts: Iterable[Account]) -> dict[PlatformName, int]:
    """How many accounts there are on each platform."""
    found = Counter(account.platform for account in accounts)
    return {name: found[name] for name in PLATFORMS if found[name]}


def _from_file(path: Path) -> Sequence[Account]:
    if not path.is_file():
        raise UsageError(
            f"--accounts {path}: expected a number, such as 138, numbers by platform, such as "
            "x=138,youtube=90, or a file as `cityreach accounts import` takes it"
        )
    found = read_accounts(path, load_cities())
    if found.problems:
        raise UsageError("\n".join(str(problem) for problem in found.problems))
    return found.rows


def posts_asked(text: str) -> dict[PlatformName, float]:
    """`30`, or `x=60,youtube=20`: posts of one account in the month. Raises UsageError."""
    if "=" not in text:
        return dict.fromkeys(PLATFORMS, _number(text, "--posts-per-month"))
    given = {n: _number(v, "--posts-per-month") for n, v in _pairs(text, "--posts-per-month")}
    return {name: given.get(name, 0.0) for name in PLATFORMS}


def _pairs(text: str, option: str) -> list[tuple[PlatformName, str]]:
    pairs: list[tuple[PlatformName, str]] = []
    for part in text.split(","):
        key, _, value = part.partition("=")
        name = next((name for name in PLATFORMS if name == key.strip().lower()), None)
        if name is None or not value:
            raise UsageError(f"{option} {part!r}: expected PLATFORM=NUMBER, such as x=138")
        pairs.append((name, value.strip()))
    return pairs


def _whole(text: str, option: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise UsageError(f"{option} {text!r}: expected a whole number")
    return int(text)


def _number(text: str, option: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e6:
        raise UsageError(f"{option} {text!r}: expected a number, 0 or more")
    return number

"""How the platforms' quotas stand: spent, left, when renewed, and what the plan will still take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from bus.credentials import CredentialState, states_of
from bus.ledger import POSTS, USERS, Spent, is_api, next_reset, platform_day, spending
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from operations.budgets import closed_until, credential_row, labels, units_a_day
from operations.configuration.traits import traits_of
from operations.runtime import Runtime
from scheduler.calendar import Calendar
from scheduler.forecast import Cost, CostModel, Fleet

_RECENT = timedelta(days=30)
"""So many days of posts tell how often accounts publish."""


def quota_rows(runtime: Runtime, platform: PlatformName | None = None) -> list[dict[str, Any]]:
    """One row for each enabled platform, with its credentials; instants are ISO 8601, UTC."""
    spent = spending(runtime.redis)
    names = [name for name in PLATFORMS if platform in (None, name)]
    enabled = [name for name in names if runtime.settings.platform(name).enabled]
    return [_row(runtime, name, [one for one in spent if one.platform == name]) for name in enabled]


def _row(runtime: Runtime, name: PlatformName, spent: Sequence[Spent]) -> dict[str, Any]:
    now = runtime.clock.now()
    today, resets_at = platform_day(name, now), next_reset(name, now)
    month = runtime.current_month()
    so_far = [row for row in spent if row.day >= month.start.date() and is_api(row.endpoint)]
    of_today = [row for row in so_far if row.day == today]
    used, limit = _units(of_today), units_a_day(runtime.settings, name, now)
    still = _expected(runtime, name, now, resets_at)
    rest = _expected(runtime, name, now, month.end)
    states = states_of(runtime.redis, name)
    mine = labels(runtime.settings, name)
    closed = closed_until(states, mine, now)
    return {
        "platform": name,
        "unit": FACTS[name].tariff.unit,
        "day": today.isoformat(),
        "calls": sum(row.calls for row in of_today),
        "spent": used,
        "limit": limit,
        "left": None if limit is None else limit - used,
        "resets_at": resets_at.isoformat(),
        "forecast": round(used + still.units),
        "fits": None if limit is None else used + still.units <= limit,
        "accounts": _asked(runtime, name),
        "month": month.name,
        "month_spent": _units(so_far),
        "month_forecast": round(_units(so_far) + rest.units),
        "dollars_today": _dollars(name, of_today, now),
        "dollars_month": _dollars(name, so_far, now),
        "dollars_forecast": round(
            _dollars(name, so_far, now) + _price(name, rest.posts, rest.users, now), 2
        ),
        "closed_until": None if closed is None else closed.isoformat(),
        "credentials": [_credential(label, states, of_today, now) for label in mine],
    }


def _units(rows: Sequence[Spent]) -> int:
    return sum(row.units for row in rows)


def _credential(
    label: str, states: Sequence[CredentialState], today: Sequence[Spent], now: datetime
) -> dict[str, Any]:
    """How one credential stands, and what it has spent today."""
    mine = [row for row in today if row.credential == label]
    calls = sum(row.calls for row in mine)
    return {**credential_row(label, states, now), "calls": calls, "units": _units(mine)}


def _expected(runtime: Runtime, name: PlatformName, start: datetime, end: datetime) -> Cost:
    """What the plan's slots from now on will take, at the pace in which accounts publish now."""
    traits, plan = traits_of(name), runtime.plans().of(name)
    accounts = _asked(runtime, name)
    if not accounts or end <= start:
        return Cost()
    recent = {"platform": name, "published_at": {"$gte": start - _RECENT, "$lt": start}}
    posts = runtime.db.posts.count_documents(recent)
    population = Fleet(accounts=accounts, posts_per_day=posts / accounts / _RECENT.days)
    cost_model = CostModel(traits.tariff, traits.minimum, population, traits.profile_rides_along)
    calendar = Calendar(plan, runtime.months)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    for slot in cost_model.served(calendar.between(midnight, start)):
        cost_model.add(slot)
    return cost_model.total(calendar.between(start, end))


def _asked(runtime: Runtime, name: PlatformName) -> int:
    """How many accounts are read by the official API; none without a credential for it."""
    if not runtime.settings.platform(name).has_credentials:
        return 0
    routing = runtime.routing(name)
    now = runtime.clock.now()
    mine = [
        one for one in runtime.queries.accounts() if one.platform == name and one.is_visited(now)
    ]
    return sum(routing.allowed(account, web_served=True)[0] == "api" for account in mine)


def _dollars(name: PlatformName, rows: Sequence[Spent], now: datetime) -> float:
    posts = sum(row.units for row in rows if row.endpoint == POSTS)
    users = sum(row.units for row in rows if row.endpoint == USERS)
    return round(_price(name, posts, users, now), 2)


def _price(name: PlatformName, posts: float, users: float, now: datetime) -> float:
    tariff, day = FACTS[name].tariff, _date(now)
    return posts * tariff.dollars("post", day) + users * tariff.dollars("user", day)


def _date(now: datetime) -> date:
    return now.date()

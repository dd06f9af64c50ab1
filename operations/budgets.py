"""What may still be spent at each platform, by settings, limits, ledger and credentials."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import inf
from typing import Any

from redis import Redis

from bus.credentials import CredentialState, states_of
from bus.ledger import next_reset, units_of_day
from crawler.engine.credentials import label_of
from model.platform import PlatformName
from model.platforms import FACTS
from operations.settings import Settings
from scheduler.budget import Budget

CLIENT = "client"
"""The label of a credential that is renewed automatically."""


class LedgerBudgets:
    """See `scheduler.budget.Allowance`."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._settings = settings
        self._redis = redis

    def budget(self, platform: PlatformName, now: datetime) -> Budget | None:
        """None where nothing limits the platform."""
        most = units_a_day(self._settings, platform, now)
        states = states_of(self._redis, platform)
        closed = closed_until(states, labels(self._settings, platform), now)
        if most is None and closed is None:
            return None
        left = inf if most is None else most - units_of_day(self._redis, platform, now)
        return Budget(left, next_reset(platform, now), closed)


def labels(settings: Settings, platform: PlatformName) -> list[str]:
    """The labels of a platform's configured credentials."""
    config = settings.platform(platform)
    tokens = [label_of(token.get_secret_value()) for token in config.tokens]
    return tokens or ([CLIENT] if config.has_credentials else [])


def units_a_day(settings: Settings, platform: PlatformName, now: datetime) -> int | None:
    """The settings' daily budget, or the platform's own limit times credentials if that is less."""
    config = settings.platform(platform)
    limit = FACTS[platform].tariff.daily(now.date())
    known = [] if config.daily_budget is None else [config.daily_budget]
    if limit is not None:
        known.append(limit.units * max(len(labels(settings, platform)), 1))
    return min(known, default=None)


def closed_until(
    states: Sequence[CredentialState], configured: Sequence[str], now: datetime
) -> datetime | None:
    """Until when every configured credential rests; None if one may be tried now."""
    noted = {state.label: state for state in states}
    waits: list[datetime] = []
    for label in configured:
        state = noted.get(label)
        if state is None or not state.rests(now) or state.until is None:
            return None
        waits.append(state.until)
    return min(waits, default=None)


def credential_row(label: str, states: Sequence[CredentialState], now: datetime) -> dict[str, Any]:
    """How one credential stands: `live`, `unused` while nobody has used it, or why it rests.

    `until` is ISO 8601 UTC.
    """
    state = next((state for state in states if state.label == label), None)
    rests = state is not None and state.rests(now)
    return {
        "credential": label,
        "state": "unused" if state is None else state.state if rests else "live",
        "until": state.until.isoformat() if state and rests and state.until else None,
        "reason": state.reason if state and rests else "",
    }

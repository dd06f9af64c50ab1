"""One computation of the daily quota, for the planner, `quota` and the alerts."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bus.ledger import day_begins, next_reset
from cityreach.settings import load_settings
from operations.alerts import budgets
from operations.budgets import units_a_day

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
CREDENTIALS = {"client_key": "made-up-key", "client_secret": "made-up-secret"}


@pytest.mark.parametrize(
    ("sections", "limits"),
    [
        ({"youtube": {"daily_budget": 50_000, "tokens": ["one"]}}, {"youtube": 10_000}),
        ({"youtube": {"daily_budget": 500, "tokens": ["one"]}}, {"youtube": 500}),
        ({"youtube": {"tokens": ["one", "two"]}}, {"youtube": 20_000}),
        ({"tiktok": CREDENTIALS}, {"tiktok": 1_000}),
        ({"x": {"daily_budget": 70}}, {"x": 70}),
        ({"x": {"tokens": ["one"]}}, {"x": None}),
    ],
)
def test_alerts_watch_the_limit_at_which_the_planner_stops(
    sections: dict[str, Any], limits: dict[str, int | None]
) -> None:
    settings = load_settings(None, **sections)
    clock = SimpleNamespace(now=lambda: NOON)
    watched = budgets(cast(Any, SimpleNamespace(settings=settings, clock=clock)))
    for name, limit in limits.items():
        assert (watched.get(name), units_a_day(settings, name, NOON)) == (limit, limit)


def test_a_platforms_day_lasts_from_its_own_midnight_to_the_next() -> None:
    night = datetime(2026, 11, 28, 7, tzinfo=UTC)
    assert day_begins("youtube", night) == datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert next_reset("youtube", night) == datetime(2026, 11, 28, 8, tzinfo=UTC)
    assert day_begins("tiktok", night) == datetime(2026, 11, 28, tzinfo=UTC)

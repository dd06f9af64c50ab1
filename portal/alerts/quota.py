"""Whether the day's quota lasts, by what was spent and what yesterday brought after this hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bus.ledger import day_begins, is_api, platform_day, spending
from model.platform import PlatformName
from portal.alerts.problems import Problem, Scene
from portal.alerts.rules import Rule
from store.database import VISITS

_DAY = timedelta(days=1)


def forecast(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Platforms that will have spent more than a share of their budget by the end of their day.

    Spent so far, and of yesterday's units the share that its visits made after the same time of
    day; a first day counts as what it has spent.
    """
    spent = _units(scene)
    for platform in sorted(scene.enabled & scene.budgets.keys()):
        today = platform_day(platform, scene.now)
        so_far = spent.get((platform, f"{today}"), 0)
        before = spent.get((platform, f"{today - _DAY}"), 0)
        expected = so_far + round(before * _still_to_come(scene, platform))
        budget = scene.budgets[platform]
        if so_far and expected > rule.limits["share"] * budget:
            facts = {
                "platform": platform,
                "spent": so_far,
                "forecast": expected,
                "budget": budget,
                "day": f"{today}",
            }
            yield Problem(rule=rule, subject=platform, facts=facts, weight=expected / budget)


def _units(scene: Scene) -> dict[tuple[str, str], int]:
    """Units of the official API by platform and day of the platform."""
    units: dict[tuple[str, str], int] = {}
    for row in spending(scene.redis):
        if is_api(row.endpoint):
            key = (row.platform, row.day.isoformat())
            units[key] = units.setdefault(key, 0) + row.units
    return units


def _still_to_come(scene: Scene, platform: PlatformName) -> float:
    """The share of yesterday's calls that was made after this time of day."""
    day = day_begins(platform, scene.now) - _DAY
    calls = {"after": 0, "before": 0}
    within = {"$gte": day, "$lt": day + _DAY}
    condition = {"platform": platform, "observed_at": within}
    for visit in scene.db[VISITS].find(condition, {"observed_at": True, "calls": True}):
        side = "after" if visit["observed_at"] > scene.now - _DAY else "before"
        calls[side] += visit["calls"]
    total = calls["after"] + calls["before"]
    return calls["after"] / total if total else 0.0

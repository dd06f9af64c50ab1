"""What alert rules are checked against, and the recurring jobs that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from model.platform import PLATFORMS, PlatformName
from operations.budgets import labels, units_a_day
from operations.remedies import alert_remedy
from operations.runtime import Runtime
from portal.alerts.machine import disk_usage
from portal.alerts.problems import Problem, Scene
from portal.alerts.watch import Report, Watch
from scheduler.service import Job
from store.database import Store
from store.quality.flagging import update_flags

RESERVE = "alerts.json"
"""In the data directory: what is known of problems while MongoDB cannot be written."""


def scene_of(runtime: Runtime, db: Store | None = None) -> Scene:
    """How things stand now."""
    settings = runtime.settings
    return Scene(
        db=runtime.db if db is None else db,
        redis=runtime.redis,
        now=runtime.clock.now(),
        months=runtime.months,
        enabled=frozenset(name for name in PLATFORMS if settings.platform(name).enabled),
        budgets=budgets(runtime),
        tokens=expiries(runtime),
        labels={name: frozenset(labels(settings, name)) for name in settings.enabled},
        data_dir=settings.data_dir,
        usage=disk_usage,
    )


def look(runtime: Runtime, *, send: bool = False) -> Report:
    """What the rules find wrong now; with `send`, the channels get it as from the scheduler.

    MongoDB and Redis may be away: that is one of the problems. Raises RuleError.
    """
    watch = watch_of(runtime)
    if runtime.needs_servers:
        return watch.without_servers(runtime.clock.now(), telling=send)
    scene = scene_of(runtime, runtime.unindexed_db)
    return watch.run(scene) if send else watch.look(scene)


def problem_rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """The rows of `alerts check --json`."""
    return [
        {
            "rule": problem.rule.id,
            "severity": problem.rule.severity.value,
            "subject": problem.subject,
            "text": problem.rule.text["en"].format_map(dict(problem.facts)),
            "facts": dict(problem.facts),
            "remedy": alert_remedy(problem.rule.check, problem.facts),
        }
        for problem in problems
    ]


def budgets(runtime: Runtime) -> Mapping[PlatformName, int]:
    """Units a day, as the planner keeps to them, where the settings or the platform limit them."""
    now = runtime.clock.now()
    limits = {name: units_a_day(runtime.settings, name, now) for name in PLATFORMS}
    return {name: limit for name, limit in limits.items() if limit is not None}


def expiries(runtime: Runtime) -> Mapping[PlatformName, date]:
    """On which day the first token expires, where the settings tell it."""
    days = {name: runtime.settings.platform(name).tokens_expire_on for name in PLATFORMS}
    return {name: day for name, day in days.items() if day is not None}


def watch_of(runtime: Runtime) -> Watch:
    """Rules and channels of the settings. Raises RuleError."""
    return Watch(runtime.settings.alerts, runtime.settings.data_dir / RESERVE)


def watching_jobs(runtime: Runtime) -> list[Job]:
    """Alerts, and the flags that some of them rest on. Raises RuleError."""
    watch, db = watch_of(runtime), runtime.unindexed_db

    def tell() -> None:
        watch.run(scene_of(runtime, db))

    def find_flags() -> None:
        now = runtime.clock.now()
        current = runtime.current_month()
        for period in (current.previous(), current):
            if now < period.cutoff + timedelta(days=2):
                update_flags(runtime.db, period, now)

    return [
        Job("flags", timedelta(hours=1), find_flags),
        Job("alerts", timedelta(minutes=runtime.settings.alerts.every_minutes), tell),
    ]

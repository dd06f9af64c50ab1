"""The alerts' look at this house, and the recurring jobs that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from model.platform import PLATFORMS, PlatformName
from operations.runtime import Runtime
from portal.alerts.machine import disk_usage
from portal.alerts.problems import Scene
from portal.alerts.watch import Watch
from scheduler.service import Job
from store.database import Store, connect
from store.quality.flagging import flag

_YOUTUBE_UNITS = 10_000
"""A project's units a day unless Google granted more (YouTube Data API v3, quota)."""


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
        data_dir=settings.data_dir,
        usage=disk_usage,
    )


def unprepared_db(runtime: Runtime) -> Store:
    """The database without a look at its indexes: that it is away may be what is to be told."""
    return connect(runtime.mongo_uri, runtime.settings.mongo_database)


def budgets(runtime: Runtime) -> Mapping[PlatformName, int]:
    """Units a day where the settings or the platform limit them."""
    found: dict[PlatformName, int] = {}
    for name in PLATFORMS:
        config = runtime.settings.platform(name)
        if config.daily_budget is not None:
            found[name] = config.daily_budget
        elif name == "youtube" and config.tokens:
            found[name] = _YOUTUBE_UNITS * len(config.tokens)
    return found


def expiries(runtime: Runtime) -> Mapping[PlatformName, date]:
    """On which day the first token expires, where the settings tell it."""
    days = {name: runtime.settings.platform(name).tokens_expire_on for name in PLATFORMS}
    return {name: day for name, day in days.items() if day is not None}


def watch_of(runtime: Runtime) -> Watch:
    """Rules and channels of the settings. Raises RuleError."""
    return Watch(runtime.settings.alerts)


def watching_jobs(runtime: Runtime) -> list[Job]:
    """Alerts, and the flags that some of them rest on. Raises RuleError."""
    watch = watch_of(runtime)

    def tell() -> None:
        watch.run(scene_of(runtime))

    def find_flags() -> None:
        now = runtime.clock.now()
        current = runtime.current_month()
        for period in (current.previous(), current):
            if now < period.cutoff + timedelta(days=2):
                flag(runtime.db, period, now)

    return [
        Job("flags", timedelta(hours=1), find_flags),
        Job("alerts", timedelta(minutes=runtime.settings.alerts.every_minutes), tell),
    ]

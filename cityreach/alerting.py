"""The alerts' look at this house, and the recurring jobs that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from cityreach.house import House
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from portal.alerts.machine import disk_usage
from portal.alerts.problems import Scene
from portal.alerts.watch import Watch
from scheduler.service import Job
from store.database import Store, connect
from store.flagging import flag

_YOUTUBE_UNITS = 10_000
"""A project's units a day unless Google granted more (YouTube Data API v3, quota)."""


def scene_of(house: House, db: Store | None = None) -> Scene:
    """How things stand now."""
    settings = house.settings
    return Scene(
        db=house.db if db is None else db,
        redis=house.redis,
        now=house.clock.now(),
        zone=settings.zone,
        delay=house.delay,
        enabled=frozenset(name for name in PLATFORMS if settings.platform(name).enabled),
        budgets=budgets(house),
        tokens=expiries(house),
        data_dir=settings.data_dir,
        usage=disk_usage,
    )


def unprepared_db(house: House) -> Store:
    """The database without a look at its indexes: that it is away may be what is to be told."""
    return connect(house.mongo_uri, house.settings.mongo_database)


def budgets(house: House) -> Mapping[PlatformName, int]:
    """Units a day where the settings or the platform limit them."""
    found: dict[PlatformName, int] = {}
    for name in PLATFORMS:
        config = house.settings.platform(name)
        if config.daily_budget is not None:
            found[name] = config.daily_budget
        elif name == "youtube" and config.tokens:
            found[name] = _YOUTUBE_UNITS * len(config.tokens)
    return found


def expiries(house: House) -> Mapping[PlatformName, date]:
    """On which day the first token expires, where the settings tell it."""
    days = {name: house.settings.platform(name).tokens_expire_on for name in PLATFORMS}
    return {name: day for name, day in days.items() if day is not None}


def watch_of(house: House) -> Watch:
    """Rules and channels of the settings. Raises RuleError."""
    return Watch(house.settings.alerts)


def watching_jobs(house: House) -> list[Job]:
    """Alerts, and the flags that some of them rest on. Raises RuleError."""
    watch = watch_of(house)

    def tell() -> None:
        watch.run(scene_of(house))

    def find_flags() -> None:
        now = house.clock.now()
        current = Period.containing(now, house.settings.zone, house.delay)
        for period in (current.previous(), current):
            if now < period.cutoff + timedelta(days=2):
                flag(house.db, period, now)

    return [
        Job("flags", timedelta(hours=1), find_flags),
        Job("alerts", timedelta(minutes=house.settings.alerts.every_minutes), tell),
    ]

"""What alert rules are checked against, and the recurring jobs that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from model.platform import PLATFORMS, PlatformName
from operations.budgets import labels, units_a_day
from operations.runtime import Runtime
from portal.alerts.checks import load
from portal.alerts.config import Language
from portal.alerts.machine import disk_usage
from portal.alerts.memory import ALERTS, problem_words
from portal.alerts.problems import Problem, Scene
from portal.alerts.remedies import check_remedy
from portal.alerts.rules import Rule
from portal.alerts.watch import Report, Watch
from scheduler.service import Job
from store.database import Store
from store.quality.flagging import update_flags

_SHOWN_FOR = timedelta(days=30)
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


def alert_rows(runtime: Runtime, most: int = 200) -> list[dict[str, Any]]:
    """What is wrong first: as the scheduler found it, with the instants at which each channel was
    told, and what the rules find now beside that; then what was over within 30 days."""
    now = runtime.clock.now()
    checks = {rule.id: rule.check for rule in rules_of(runtime)}
    wanted = {"$or": [{"live": True}, {"over_since": {"$gte": now - _SHOWN_FOR}}]}
    found = runtime.unindexed_db[ALERTS].find({"rule": {"$exists": True}, **wanted})
    rows = [_alert_row(one, checks.get(one["rule"], "")) for one in found]
    known = {(row["rule"], row["subject"]) for row in rows if row["over"] is None}
    rows += [
        _found_now(one, now)
        for one in look(runtime).problems
        if (one.rule.id, one.subject) not in known
    ]
    # Twice by a key of its own: the newest first within what lasts and what is over.
    rows.sort(key=lambda row: row["since"], reverse=True)
    return sorted(rows, key=lambda row: (row["over"] is not None, row["severity"]))[:most]


def _found_now(problem: Problem, now: datetime) -> dict[str, Any]:
    """What the scheduler does not know yet, or would if it ran."""
    entry = {
        "rule": problem.rule.id,
        "severity": problem.rule.severity.value,
        "subject": problem.subject,
        "first_seen": now,
        "last_seen": now,
        "text": problem.rule.text,
        "facts": dict(problem.facts),
        "told": {},
    }
    return {**_alert_row(entry, problem.rule.check), "text": problem_words(problem)}


def _alert_row(one: Mapping[str, Any], check: str) -> dict[str, Any]:
    over, told = one.get("over_since"), one["told"]
    return {
        "rule": one["rule"],
        "severity": one["severity"],
        "subject": one["subject"],
        "since": one["first_seen"].isoformat(),
        "last_seen": one["last_seen"].isoformat(),
        "over": over.isoformat() if over else None,
        "text": {name: said.format_map(one["facts"]) for name, said in one["text"].items()},
        "told": {channel: sent["at"].isoformat() for channel, sent in sorted(told.items())},
        "remedy": check_remedy(check, one["facts"]),
    }


def rules_of(runtime: Runtime) -> list[Rule]:
    """The rules in force. Raises RuleError."""
    return load(runtime.settings.alerts.rules)


def alert_plan(runtime: Runtime) -> dict[str, Any]:
    """Which rules are in force, and who is told of what. Names alone: addresses are secrets."""
    settings = runtime.settings.alerts
    return {
        "rules": [
            {"rule": rule.id, "severity": rule.severity.value, "limits": dict(rule.limits)}
            for rule in rules_of(runtime)
        ],
        "channels": [
            {"channel": name, "kind": one.kind.value, "severity": one.severity.value}
            for name, one in sorted(settings.channels.items())
        ],
        "every_minutes": settings.every_minutes,
    }


def problem_rows(problems: Iterable[Problem], language: Language = "en") -> list[dict[str, Any]]:
    """The rows of `alerts check`; those of `--json` are in English."""
    return [
        {
            "rule": problem.rule.id,
            "severity": problem.rule.severity.value,
            "subject": problem.subject,
            "text": problem_words(problem)[language],
            "facts": dict(problem.facts),
            "remedy": check_remedy(problem.rule.check, problem.facts, language),
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
    settings = runtime.settings
    return Watch(settings.alerts, settings.data_dir / RESERVE, settings.zone)


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

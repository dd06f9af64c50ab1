"""The message of the morning: that all is well, with the figures that say so, or what is not."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from operations.alerts import scene_of, watch_of
from operations.gaps import lately
from operations.quota import quota_rows
from operations.runtime import Runtime
from portal.alerts.channels import DeliveryError, send
from portal.alerts.config import Language
from portal.alerts.wording import Summary
from scheduler.service import Job
from store.accounts import accounts
from store.database import VISITS
from store.plan.skipped import done, mark

log = logging.getLogger(__name__)
_DAY = timedelta(days=1)

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "well": "all well",
        "some": "no problem so far",
        "one": "1 problem",
        "many": "{n} problems",
        "read": "{read} of {of} accounts read in the last day",
        "missed": "{n} gaps",
        "no_missed": "no gaps",
        "budget": "{percent} % of the {platform} budget spent",
        "join": ", ",
        "colon": ": ",
    },
    "zh": {
        "well": "一切正常",
        "some": "暂无问题",
        "one": "1 个问题",
        "many": "{n} 个问题",
        "read": "过去一天读取账号 {read}/{of}",
        "missed": "缺口 {n} 处",
        "no_missed": "无缺口",
        "budget": "{platform} 配额已用 {percent}%",
        "join": "，",
        "colon": "：",
    },
}


def morning_jobs(runtime: Runtime) -> list[Job]:
    """The job that sends it; none where the settings name no time or no channel."""
    settings = runtime.settings.alerts
    if settings.morning is None or not settings.channels:
        return []
    at = settings.morning
    return [Job("morning", _DAY, lambda: tell_due_morning(runtime, at), at)]


def tell_due_morning(runtime: Runtime, at: time) -> None:
    """Sends the day's message, unless it was sent: a scheduler that starts again runs its jobs, and
    nobody is to be told twice."""
    now = runtime.clock.now()
    name = f"morning {_morning_of(now, at, runtime.settings.zone)}"
    if done(runtime.db, name):
        return
    failed = tell_morning(runtime)
    if len(failed) < len(runtime.settings.alerts.channels):
        mark(runtime.db, name, now)


def _morning_of(now: datetime, at: time, zone: str) -> date:
    """The day whose morning was the last to come."""
    local = now.astimezone(ZoneInfo(zone))
    today = local.date()
    return today if datetime.combine(today, at, ZoneInfo(zone)) <= local else today - _DAY


def tell_morning(runtime: Runtime) -> dict[str, str]:
    """Sends it to every channel; gives the reasons of those that did not take it."""
    figures, failed = morning_figures(runtime), {}
    for name, channel in runtime.settings.alerts.channels.items():
        summary = Summary(morning_text(figures, channel.language), figures, runtime.clock.now())
        try:
            send(channel, summary)
        except DeliveryError as error:
            log.warning("the morning's message to %s: %s", name, error)
            failed[name] = str(error)
    return failed


def morning_figures(runtime: Runtime) -> dict[str, Any]:
    """Accounts read in the last day of those watched, what was missed, budgets, problems."""
    now = runtime.clock.now()
    enabled = runtime.settings.enabled
    watched = [
        one
        for one in accounts(runtime.db)
        if one.id and one.platform in enabled and one.is_visited(now)
    ]
    read = _read(runtime, now)
    problems = watch_of(runtime).look(scene_of(runtime)).problems
    return {
        "accounts": len(watched),
        "read": sum(one.key in read for one in watched),
        "missed": sum(row["missed"] for row in lately(runtime, now - _DAY).values()),
        "budgets": _budgets(runtime),
        "problems": [problem.rule.id for problem in problems],
    }


def _read(runtime: Runtime, now: datetime) -> set[str]:
    """Keys of the accounts with a visit of the last day that succeeded."""
    recent = {"complete": True, "observed_at": {"$gte": now - _DAY}}
    found = runtime.db[VISITS].find(recent, {"account": True})
    return {one["account"] for one in found}


def _budgets(runtime: Runtime) -> dict[str, int]:
    """Percent spent of each platform's day, where it is limited."""
    rows = quota_rows(runtime, None)
    limited = [row for row in rows if row["limit"]]
    return {row["platform"]: round(100 * row["spent"] / row["limit"]) for row in limited}


def morning_text(figures: Mapping[str, Any], language: Language) -> str:
    """One line: `all well: 569 of 569 accounts read in the last day, 3 gaps, …`."""
    words, problems = _WORDS[language], len(figures["problems"])
    whole = figures["read"] == figures["accounts"]
    head = words["well"] if whole and not problems else words["many"].format(n=problems)
    if problems == 1:
        head = words["one"]
    elif not problems and not whole:
        head = words["some"]
    said = [words["read"].format(read=figures["read"], of=figures["accounts"])]
    missed = figures["missed"]
    said.append(words["missed"].format(n=missed) if missed else words["no_missed"])
    if budgets := figures["budgets"]:
        platform = max(budgets, key=budgets.__getitem__)
        said.append(words["budget"].format(platform=platform, percent=budgets[platform]))
    return f"{head}{words['colon']}{words['join'].join(said)}"

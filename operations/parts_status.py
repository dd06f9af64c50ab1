"""State of the running parts: workers, queues, jobs, credentials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from bus import keys
from bus.credentials import states_of
from bus.dead import lost_letters, number_of_letters
from bus.heartbeat import living
from bus.jobs import JobState, job_states
from bus.replies import decoded
from model.platform import PlatformName
from model.route import Route
from operations.budgets import credential_row, labels
from operations.jobs import rhythm
from operations.running.heartbeats import WRITERS_BEAT, beats_of_crawler
from operations.runtime import Runtime
from portal.alerts.machine import disk_usage

_Row = dict[str, Any]
_MISSED = 3
"""A job that left out so many of its turns is overdue."""
_SLACK = timedelta(minutes=2)


def queue_rows(redis: Redis) -> _Row:
    """The queue server, and what waits in it for the writers."""
    memory: Any = redis.info("memory")
    limit = int(memory["maxmemory"])
    return {
        "harvest_waiting": int(redis.xlen(keys.HARVEST)),
        "harvest_minutes": oldest_minutes(redis, keys.HARVEST),
        "dead_letters": number_of_letters(redis),
        "lost_letters": lost_letters(redis),
        "memory_mb": round(int(memory["used_memory"]) / 1e6, 1),
        "memory_limit_mb": round(limit / 1e6, 1) if limit else None,
        "writers": len(living(redis, WRITERS_BEAT)),
    }


def oldest_minutes(redis: Redis, stream: str) -> float | None:
    """How long the oldest entry of a stream has waited, by the server's own clock."""
    oldest: Any = redis.xrange(stream, count=1)
    if not oldest:
        return None
    seconds: Any = redis.time()
    since = int(decoded(oldest[0][0]).partition("-")[0]) / 1000
    return round((int(seconds[0]) - since) / 60, 1)


def queued_visits(runtime: Runtime, name: PlatformName) -> _Row:
    """What is on its way at one platform, and who carries it out."""
    streams = [keys.visit_queue(name, route) for route in Route]
    ages = [oldest_minutes(runtime.redis, stream) for stream in streams]
    length = sum(int(runtime.redis.xlen(stream)) for stream in streams)
    return {
        "visits_waiting": length,
        "visits_running": sum(_leased(runtime.redis, stream) for stream in streams),
        "oldest_minutes": max((age for age in ages if age is not None), default=None),
        "crawlers": [
            route for route in Route if living(runtime.redis, beats_of_crawler(name, route))
        ],
    }


def _leased(redis: Redis, stream: str) -> int:
    try:
        pending: Any = redis.xpending(stream, keys.CRAWLERS)
    except ResponseError:
        return 0  # Neither stream nor crawlers yet.
    return int(pending["pending"])


def credential_rows(runtime: Runtime, now: datetime) -> list[_Row]:
    """The configured credentials, platform by platform; `unused` while nobody has used one."""
    rows: list[_Row] = []
    for name in runtime.settings.enabled:
        states = states_of(runtime.redis, name)
        rows += [
            {"platform": name, **credential_row(label, states, now)}
            for label in labels(runtime.settings, name)
        ]
    return rows


def unserved(runtime: Runtime, platforms: list[_Row]) -> Iterator[str]:
    """Platforms whose visits wait and are taken by nobody."""
    web = runtime.settings.web_platforms
    for row in platforms:
        if row["visits_waiting"] and not row["crawlers"]:
            route = " --route web" if row["platform"] in web else ""
            yield f"{row['platform']}{route}"


def job_rows(runtime: Runtime, now: datetime) -> list[_Row]:
    """The scheduler's jobs: when each ran last, how that went, whether it is overdue."""
    states = {state.name: state for state in job_states(runtime.redis)}
    step = timedelta(seconds=runtime.settings.clock_step)
    return [
        _job(name, max(every, step), states.get(name), now)
        for name, every in rhythm(runtime).items()
    ]


def _job(name: str, every: timedelta, state: JobState | None, now: datetime) -> _Row:
    if state is None:
        return {"job": name, "state": "not yet", "last": None, "seconds": None, "error": ""}
    allowed = _MISSED * every + _SLACK + timedelta(seconds=state.seconds)
    how = "failed" if state.error else "overdue" if now - state.at > allowed else "ok"
    return {
        "job": name,
        "state": how,
        "last": state.at.isoformat(),
        "seconds": state.seconds,
        "error": state.error,
    }


def disk_row(runtime: Runtime) -> _Row:
    """Room where the data directory lies."""
    total, free = disk_usage(runtime.settings.data_dir)
    return {"free_gb": round(free / 1024**3, 1), "percent": round(100 * free / total)}

"""What a monitoring system asks every few seconds: state of the parts and the queue, as gauges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bus import keys
from bus.heartbeat import living
from model.route import Route
from operations.parts_status import (
    credential_rows,
    disk_row,
    job_rows,
    queue_rows,
    queued_visits,
)
from operations.running.heartbeats import beats_of_crawler
from operations.runtime import Runtime
from portal.figures.gauges import GaugeReading

_MB, _GB, _MINUTE = 1e6, 1024**3, 60.0


def gauges_of(runtime: Runtime) -> Iterator[GaugeReading]:
    """Readings by name, value and labels; what is not known is left out, never zero.

    Raises RedisError while the queue server is away.
    """
    yield from _queue(runtime)
    for name in runtime.settings.enabled:
        yield from _platform(runtime, name)
    yield from _jobs(runtime)
    yield GaugeReading("cityreach_disk_free_bytes", disk_row(runtime)["free_gb"] * _GB)


def _queue(runtime: Runtime) -> Iterator[GaugeReading]:
    queue = queue_rows(runtime.redis)
    yield GaugeReading("cityreach_scheduler_leads", float(bool(runtime.redis.exists(keys.LEADER))))
    yield GaugeReading("cityreach_writers", queue["writers"])
    yield GaugeReading("cityreach_harvest_waiting", queue["harvest_waiting"])
    yield from _scaled("cityreach_harvest_oldest_seconds", queue["harvest_minutes"], _MINUTE)
    yield GaugeReading("cityreach_dead_letters", queue["dead_letters"])
    yield GaugeReading("cityreach_lost_letters", queue["lost_letters"])
    yield GaugeReading("cityreach_redis_memory_bytes", queue["memory_mb"] * _MB)
    yield from _scaled("cityreach_redis_memory_limit_bytes", queue["memory_limit_mb"], _MB)


def _platform(runtime: Runtime, name: Any) -> Iterator[GaugeReading]:
    row, labels = queued_visits(runtime, name), {"platform": name}
    yield GaugeReading("cityreach_visits_waiting", row["visits_waiting"], labels)
    yield GaugeReading("cityreach_visits_running", row["visits_running"], labels)
    yield from _scaled("cityreach_visits_oldest_seconds", row["oldest_minutes"], _MINUTE, labels)
    for route in Route:
        crawlers = len(living(runtime.redis, beats_of_crawler(name, route)))
        yield GaugeReading("cityreach_crawlers", crawlers, {**labels, "route": route.value})


def _jobs(runtime: Runtime) -> Iterator[GaugeReading]:
    now = runtime.clock.now()
    for row in job_rows(runtime, now):
        if row["state"] != "not yet":
            yield GaugeReading("cityreach_job_ok", float(row["state"] == "ok"), {"job": row["job"]})
    for row in credential_rows(runtime, now):
        labels = {"platform": row["platform"], "credential": str(row["credential"])}
        usable = row["state"] in ("live", "unused")
        yield GaugeReading("cityreach_credential_ok", float(usable), labels)


def _scaled(
    name: str, value: float | None, by: float, labels: dict[str, str] | None = None
) -> Iterator[GaugeReading]:
    if value is not None:
        yield GaugeReading(name, value * by, labels or {})

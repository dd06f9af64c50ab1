"""The gauges that `/metrics` gives beside the portal's own measures: their names and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from prometheus_client.core import GaugeMetricFamily

GAUGES: Mapping[str, str] = {
    "cityreach_queue_up": "Whether the queue server answers; else the other gauges are absent",
    "cityreach_scheduler_leads": "Whether a scheduler holds the lead",
    "cityreach_writers": "Writers that are alive",
    "cityreach_crawlers": "Crawlers that are alive, by platform and route",
    "cityreach_harvest_waiting": "Pages and ends of visits that wait for a writer",
    "cityreach_harvest_oldest_seconds": "How long the oldest of them has waited",
    "cityreach_dead_letters": "Messages set aside because they cannot be stored",
    "cityreach_lost_letters": "Messages set aside that have made room for newer ones",
    "cityreach_redis_memory_bytes": "Memory that the queue server uses",
    "cityreach_redis_memory_limit_bytes": "At how much memory it refuses writes",
    "cityreach_visits_waiting": "Visits on their way, leased ones included, by platform",
    "cityreach_visits_running": "Visits that crawlers have leased, by platform",
    "cityreach_visits_oldest_seconds": "How long the oldest visit has waited, by platform",
    "cityreach_job_ok": "Whether a job of the scheduler succeeded last and is not overdue",
    "cityreach_credential_ok": "Whether a credential is not known to be refused, spent or expired",
    "cityreach_disk_free_bytes": "Room where the data directory lies",
}


class GaugeReading(NamedTuple):
    """One value of a gauge."""

    name: str
    value: float
    labels: Mapping[str, str] = {}


class GaugeSource:
    """Gives the readings of a moment to Prometheus' client, gauge by gauge."""

    def __init__(self, readings: Iterable[GaugeReading]) -> None:
        self._readings = list(readings)

    def collect(self) -> Iterator[Any]:
        """As a collector of that client does."""
        by_name: dict[str, list[GaugeReading]] = {}
        for one in self._readings:
            by_name.setdefault(one.name, []).append(one)
        for name, found in by_name.items():
            family = GaugeMetricFamily(name, GAUGES[name], labels=list(found[0].labels))
            for one in found:
                family.add_metric(list(one.labels.values()), one.value)
            yield family

"""How the heartbeats of running parts are called in the queue server."""

from __future__ import annotations

from model.platform import PlatformName
from model.route import Route

WRITERS_BEAT = "write"
SCHEDULERS_BEAT = "schedule"
"""Of schedulers with and without the lead."""


def beats_of_crawler(name: PlatformName, route: Route) -> str:
    """Of a platform's crawlers on one route."""
    return f"crawl-{name}-{route.value}"

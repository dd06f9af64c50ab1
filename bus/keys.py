"""The names of all keys, in one place."""

from __future__ import annotations

from datetime import date

from model.messages import Visit
from model.platform import PlatformName
from model.route import Route

HARVEST = "cr:harvest"
DEAD = "cr:dead"
LOST = "cr:dead:lost"
"""How many messages that were set aside have made room for newer ones in the last weeks."""
LEADER = "cr:leader"
CRAWLERS = "crawlers"
"""Consumer group of the crawlers."""
WRITERS = "writers"
"""Consumer group of the writers."""


ANY_DISPATCHED = "cr:dispatched:*"
"""Matches what `dispatched` names."""


def visit_queue(platform: PlatformName, route: Route = Route.API) -> str:
    """The stream of visits of a platform. Those by its public pages have one of their own, so that
    only crawlers that can open pages lease them.
    """
    return f"cr:visits:{platform}:web" if route is Route.WEB else f"cr:visits:{platform}"


def served(platform: PlatformName, route: Route) -> str:
    """There while some crawler takes such visits; expires when none does any more."""
    return f"cr:served:{platform}:{route}"


def alive(part: str, process: str) -> str:
    """There while a process of a part is at work; expires soon after it has ended."""
    return f"cr:alive:{part}/{process}"


def dispatched(visit: Visit) -> str:
    """Set once an attempt of a visit is in the stream; expires after it has been written."""
    return f"cr:dispatched:{visit.id}#{visit.attempt}"


def pace(host: str) -> str:
    """When the next page of a host may be opened, for all crawlers together."""
    return f"cr:pace:{host}"


def billed(platform: PlatformName, day: date, subject: str) -> str:
    """The posts or users that a platform has billed on one of its days, as a HyperLogLog."""
    return f"cr:billed:{platform}:{day.isoformat()}:{subject}"


def credentials(platform: PlatformName) -> str:
    """The states of a platform's credentials, by label."""
    return f"cr:credentials:{platform}"


JOBS = "cr:jobs"
"""How the scheduler's jobs went last, by name."""


def ledger(platform: PlatformName, day: date) -> str:
    """What was spent at a platform on one of its days."""
    return f"cr:ledger:{platform}:{day.isoformat()}"

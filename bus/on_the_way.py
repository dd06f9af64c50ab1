"""Visits on their way, looked at from outside: who holds which, and what waits for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from bus import keys
from bus.replies import decoded
from model.messages import MessageError, Visit, decode_visit
from model.platform import PlatformName
from model.route import Route


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """One visit in a queue. Instants are those of the queue server's clock."""

    visit: Visit
    sent_at: datetime
    holder: str | None
    """The crawler that has leased it; None for one that waits."""
    quiet: float | None
    """Seconds since the lease was taken or prolonged."""
    deliveries: int
    """How often it was handed out."""


def on_the_way(client: Redis, platform: PlatformName, route: Route, most: int) -> list[OnTheWay]:
    """The leased ones of a queue, then those that wait, each the oldest first; at most `most` of
    either. Messages that are no visits are left out: the crawler that takes one sets it aside.
    """
    stream = keys.visit_queue(platform, route)
    try:
        pending: Any = client.xpending_range(stream, keys.CRAWLERS, "-", "+", most)
    except ResponseError:
        return []  # Neither stream nor crawlers yet.
    held = {decoded(one["message_id"]): one for one in pending}
    entries: Any = client.xrange(stream, count=most + len(held))
    found = [(decoded(entry), fields) for entry, fields in entries]
    # A lease may stand behind many that wait, where an earlier attempt was sent long after.
    shown = {entry for entry, _ in found}
    for entry in sorted(held.keys() - shown):
        alone: Any = client.xrange(stream, entry, entry)
        found += [(entry, fields) for _, fields in alone]
    leased = [_told(entry, fields, held[entry]) for entry, fields in found if entry in held]
    waiting = [_told(entry, fields, None) for entry, fields in found if entry not in held]
    return [*_known(leased), *list(_known(waiting))[:most]]


def _known(told: list[OnTheWay | None]) -> Iterator[OnTheWay]:
    return (one for one in told if one is not None)


def _told(entry: str, fields: Any, lease: Any) -> OnTheWay | None:
    try:
        visit = decode_visit(fields.get(b"m", b""))
    except MessageError:
        return None
    sent = datetime.fromtimestamp(int(entry.partition("-")[0]) / 1000, UTC)
    if lease is None:
        return OnTheWay(visit, sent, None, None, 0)
    quiet = int(lease["time_since_delivered"]) / 1000
    return OnTheWay(visit, sent, decoded(lease["consumer"]), quiet, int(lease["times_delivered"]))

"""Visits that are said to be on their way, and are nowhere: they are made free again.

A visit's marker and its message come and go together, so this happens only where a message was set
aside as dead, or somebody removed a stream by hand. Without the sweep such a visit would never be
sent out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from redis import Redis

from bus import keys
from bus.replies import decoded
from model.messages import MessageError, VisitClosed, decode_harvest, decode_visit
from model.platform import PLATFORMS
from model.route import Route

_BATCH = 1000
_PREFIX = "cr:dispatched:"

_FREE = """
if redis.call('GET', KEYS[1]) == 'queued' then
  return redis.call('DEL', KEYS[1])
end
return 0
"""


def free_lost(client: Redis) -> int:
    """Frees the visits that are in no stream; gives their number.

    The order of the questions matters. A visit whose marker was there first and that is not in its
    stream afterwards has been finished, so its end is in the harvest until the writer acknowledges
    it; and by then the marker says so.
    """
    marked = sorted(set(client.scan_iter(f"{_PREFIX}*", count=_BATCH)))
    suspects = set(_queued(client, marked))
    if not suspects:
        return 0
    suspects -= {keys.dispatched(visit).encode() for visit in _waiting(client)}
    if suspects:
        suspects -= {name.encode() for name in _ending(client)}
    free = client.register_script(_FREE)
    return sum(int(free(keys=[name])) for name in sorted(suspects))


def _queued(client: Redis, marked: Sequence[bytes]) -> Iterator[bytes]:
    """The markers that say that their visit is on its way."""
    for start in range(0, len(marked), _BATCH):
        names = marked[start : start + _BATCH]
        said = zip(names, client.mget(names), strict=True)
        yield from (name for name, mark in said if mark == b"queued")


def _waiting(client: Redis) -> Iterator[Any]:
    """Visits in the streams, leased ones included."""
    for platform in PLATFORMS:
        for route in Route:
            for fields in _entries(client, keys.visit_queue(platform, route)):
                try:
                    yield decode_visit(fields.get(b"m", b""))
                except MessageError:
                    continue  # The crawler that meets it sets it aside.


def _ending(client: Redis) -> Iterator[str]:
    """Markers of visits whose end is on its way to the writer."""
    for fields in _entries(client, keys.HARVEST):
        try:
            message = decode_harvest(fields.get(b"m", b""))
        except MessageError:
            continue  # The writer sets it aside.
        if isinstance(message, VisitClosed):
            yield keys.dispatched(message.visit)


def _entries(client: Redis, stream: str) -> Iterator[dict[bytes, bytes]]:
    last = "-"
    while True:
        found: Any = client.xrange(stream, last, "+", count=_BATCH)
        for _, fields in found:
            yield fields
        if len(found) < _BATCH:
            return
        last = f"({decoded(found[-1][0])}"

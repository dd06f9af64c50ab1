"""The planner's side: visits go out, each attempt once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from redis import Redis

from bus import keys
from bus.connection import ensure_group
from model.messages import Visit, encode
from model.platform import PLATFORMS, PlatformName
from model.route import Route

_BATCH = 500

# A visit's marker and its message appear together, so a kill between them cannot happen, and all
# visits of a call become visible at once, so that crawlers lease full batches.
_DISPATCH = """
local added = 0
for i = 2, #KEYS do
  if redis.call('SET', KEYS[i], 'queued', 'NX') then
    redis.call('XADD', KEYS[1], '*', 'm', ARGV[i - 1])
    added = added + 1
  end
end
return added
"""


class Dispatcher:
    """Puts visits into the streams; the same attempt put in twice, by anybody, is there once."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._script = client.register_script(_DISPATCH)

    def dispatch(self, visits: Iterable[Visit]) -> int:
        """The number of visits that were not yet on their way."""
        by_stream: dict[str, list[Visit]] = defaultdict(list)
        for visit in visits:
            by_stream[keys.visit_queue(visit.platform, visit.route)].append(visit)
        return sum(self._send(stream, group) for stream, group in by_stream.items())

    def _send(self, stream: str, visits: Sequence[Visit]) -> int:
        ensure_group(self._client, stream, keys.CRAWLERS)
        added = 0
        for start in range(0, len(visits), _BATCH):
            batch = visits[start : start + _BATCH]
            names = [stream, *(keys.dispatched(v) for v in batch)]
            added += int(self._script(keys=names, args=[encode(v) for v in batch]))
        return added

    def queued(self, visits: Sequence[Visit]) -> set[str]:
        """Ids of those of these attempts that are on their way and not written yet."""
        found: set[str] = set()
        for start in range(0, len(visits), _BATCH):
            batch = visits[start : start + _BATCH]
            marks = self._client.mget([keys.dispatched(visit) for visit in batch])
            found.update(v.id for v, mark in zip(batch, marks, strict=True) if mark == b"queued")
        return found

    def waiting(self) -> dict[PlatformName, int]:
        """Visits in the streams of both routes, leased ones included."""
        return {
            platform: sum(self._client.xlen(keys.visit_queue(platform, r)) for r in Route)
            for platform in PLATFORMS
        }

    def served(self, route: Route) -> frozenset[PlatformName]:
        """The platforms whose visits by this route some crawler takes at present."""
        names = [keys.served(platform, route) for platform in PLATFORMS]
        found = zip(PLATFORMS, self._client.mget(names), strict=True)
        return frozenset(platform for platform, crawler in found if crawler is not None)


def forget_visits(client: Redis) -> int:
    """Removes all visits that are on their way, and their markers; gives the number of keys.

    For a database that has become another: what is due there is planned anew. The harvest stays.
    """
    queues = [keys.visit_queue(platform, route) for platform in PLATFORMS for route in Route]
    marks = list(client.scan_iter(match=keys.ANY_DISPATCHED, count=1000))
    names = [*queues, *marks]
    return sum(
        int(client.delete(*names[start : start + _BATCH])) for start in range(0, len(names), _BATCH)
    )

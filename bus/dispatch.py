"""The planner's side: visits go out, each attempt once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from redis import Redis

from bus import keys
from bus.connection import ensure_group
from model.messages import Visit, encode
from model.platform import PLATFORMS, PlatformName

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
        by_platform: dict[PlatformName, list[Visit]] = defaultdict(list)
        for visit in visits:
            by_platform[visit.platform].append(visit)
        return sum(self._send(platform, group) for platform, group in by_platform.items())

    def _send(self, platform: PlatformName, visits: Sequence[Visit]) -> int:
        ensure_group(self._client, keys.visits(platform), keys.CRAWLERS)
        added = 0
        for start in range(0, len(visits), _BATCH):
            batch = visits[start : start + _BATCH]
            names = [keys.visits(platform), *(keys.dispatched(v) for v in batch)]
            added += int(self._script(keys=names, args=[encode(v) for v in batch]))
        return added

    def waiting(self) -> dict[PlatformName, int]:
        """Visits in the streams, leased ones included."""
        return {platform: self._client.xlen(keys.visits(platform)) for platform in PLATFORMS}

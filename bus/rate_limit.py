"""One rate for each host, kept by all crawlers together."""

from __future__ import annotations

import asyncio
from typing import Any

from redis import asyncio as redis_asyncio

from bus import keys
from bus.connection import TROUBLE

# By the server's own clock, so that crawlers on several machines agree. Turns are handed out in the
# order in which they are asked for; who would wait longer than `most` gets none and asks again, so
# that a crawler that dies leaves few unused turns behind. What stands there and can be no turn is
# not ours.
_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval, most, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local stored = redis.pcall('GET', KEYS[1])
local next = type(stored) == 'string' and tonumber(stored) or now
if not (next >= now and next - now <= most + longest) then
  next = now
end
if next - now > most then
  return {0, next - now - most}
end
redis.call('SET', KEYS[1], next + interval, 'PX', next - now + interval + 1000)
return {1, next - now}
"""
_MOST_MS = 10_000
_LONGEST_MS = 3_600_000
"""Between two pages of a host."""
_PAUSE = 0.5


class SharedPace:
    """At most one page of a host in `interval` seconds, whoever opens it."""

    def __init__(self, client: redis_asyncio.Redis) -> None:
        self._script = client.register_script(_TURN)

    async def turn(self, host: str, interval: float) -> None:
        """Returns when it is our turn. While Redis is away it waits and asks again."""
        if interval <= 0:
            return
        granted = False
        while not granted:
            try:
                granted, wait = await self._ask(host, interval)
            except TROUBLE:
                wait = _PAUSE
            await asyncio.sleep(wait)

    async def _ask(self, host: str, interval: float) -> tuple[bool, float]:
        """Whether a turn was granted, and in how many seconds it comes (or to ask again)."""
        args = [int(min(interval * 1000, _LONGEST_MS)), _MOST_MS, _LONGEST_MS]
        answer: Any = await self._script(keys=[keys.pace(host)], args=args)
        return bool(answer[0]), int(answer[1]) / 1000

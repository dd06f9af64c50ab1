"""One leader among several schedulers: a lease in Redis that must be renewed."""

from __future__ import annotations

from redis import Redis

from bus import keys

# A lease that never ends, or one that no scheduler takes, is not ours: it would end all planning.
_HOLD = """
local holder, left = redis.pcall('GET', KEYS[1]), redis.call('PTTL', KEYS[1])
if type(holder) ~= 'string' or holder == ARGV[1] or left < 0 or left > 10 * ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1
end
return 0
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""


class Leader:
    """Held by one process at a time; a holder that dies loses it after `lease_ms`."""

    def __init__(self, client: Redis, name: str, lease_ms: int = 30_000) -> None:
        self.name = name
        self.lease_ms = lease_ms
        self._hold = client.register_script(_HOLD)
        self._release = client.register_script(_RELEASE)

    def hold(self) -> bool:
        """Takes or renews the lease; False while somebody else has it."""
        return bool(self._hold(keys=[keys.LEADER], args=[self.name, self.lease_ms]))

    def release(self) -> None:
        """Gives the lease back at once, if it is held here."""
        self._release(keys=[keys.LEADER], args=[self.name])

"""How often somebody may try: fixed windows, counted in Redis for all processes."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from redis import Redis

from bus.connection import TROUBLE

_COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """So many times within so long."""

    name: str
    most: int
    lasts: timedelta


SIGN_IN_NAME = AttemptLimit("name", 5, timedelta(minutes=15))
"""Wrong passwords for one name, whether or not anybody has it."""
SIGN_IN_ADDRESS = AttemptLimit("address", 30, timedelta(minutes=15))
API_CALLS = AttemptLimit("api", 1_200, timedelta(minutes=1))
"""Calls with one token."""


def _key(window: AttemptLimit, subject: str) -> str:
    # Names that people mistype may be passwords: they are not kept as they were typed.
    return f"portal:tries:{window.name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


_here: dict[str, tuple[float, int]] = {}
"""By key, when the window ends (monotonic seconds) and the tries in it."""
_counting = Lock()
_MOST_HERE = 10_000


def _counted_here(key: str, window: AttemptLimit) -> int:
    now = time.monotonic()
    with _counting:
        end, count = _here.pop(key, (0.0, 0))
        if end <= now:
            end, count = now + window.lasts.total_seconds(), 0
        _here[key] = end, count + 1
        if len(_here) > _MOST_HERE:
            # The one that was tried longest ago.
            del _here[next(iter(_here))]
    return max(int(end - now), 1) if count + 1 > window.most else 0


def spend(redis: Redis, window: AttemptLimit, subject: str) -> int:
    """Counts one try; gives the seconds to wait, 0 where there is no need to.

    While Redis is away this process counts for itself: a lock must not open with a cable pulled.
    """
    try:
        lasts = int(window.lasts.total_seconds() * 1000)
        count, left = redis.eval(_COUNT, 1, _key(window, subject), lasts)
    except TROUBLE:
        return _counted_here(_key(window, subject), window)
    return max(int(left) // 1000, 1) if int(count) > window.most else 0


def forget(redis: Redis, window: AttemptLimit, subject: str) -> None:
    """The tries so far do not count any more."""
    with _counting:
        _here.pop(_key(window, subject), None)
    try:
        redis.delete(_key(window, subject))
    except TROUBLE:
        return

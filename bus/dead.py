"""Messages that were set aside: what they are, why, and how they come back."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from bus import keys
from bus.connection import ensure_group
from bus.replies import Fields, decoded
from model.bounds import EARLIEST, LATEST, MOST_BYTES, cut
from model.messages import (
    HarvestPage,
    MessageError,
    Visit,
    VisitClosed,
    decode_harvest,
    decode_visit,
)

log = logging.getLogger(__name__)

# A letter leaves the dead and enters its stream in one step, so that it is never in both or none.
_BACK = """
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], '*', 'm', ARGV[2])
if KEYS[3] then
  redis.call('SET', KEYS[3], 'queued')
end
return 1
"""

MOST_LETTERS = 10_000
MOST_MEMORY = 200_000_000
"""Bytes that all of them may take: what is set aside must not crowd out the harvest."""
_COUNTED_FOR = 30 * 86_400
# Beyond the bounds the oldest make room, a hundredth at a time, and are counted. What stands there
# and takes no letter (another kind of value, a stream at its last id) is put out of the way.
_ASIDE = """
local added = redis.pcall('XADD', KEYS[1], '*', 'from', ARGV[1], 'm', ARGV[2], 'why', ARGV[3])
if type(added) == 'table' and added.err then
  redis.call('RENAME', KEYS[1], KEYS[1] .. ':foreign')
  redis.call('XADD', KEYS[1], '*', 'from', ARGV[1], 'm', ARGV[2], 'why', ARGV[3])
end
local gone = redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[4])
local left = redis.call('XLEN', KEYS[1])
while left > 1 and redis.call('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', 0) > tonumber(ARGV[5]) do
  gone = gone + redis.call('XTRIM', KEYS[1], 'MAXLEN', left - math.ceil(left / 100))
  left = redis.call('XLEN', KEYS[1])
end
if gone > 0 then
  redis.call('INCRBY', KEYS[2], gone)
  redis.call('EXPIRE', KEYS[2], ARGV[6])
end
return gone
"""


def aside(stream: str, message: bytes, reason: str) -> tuple[str | int | bytes, ...]:
    """What `eval` is given to set a message of a stream aside; it answers how many older ones had
    to go, which `lost_letters` tells for a month.
    """
    bounds = (MOST_LETTERS, MOST_MEMORY, _COUNTED_FOR)
    return _ASIDE, 2, keys.DEAD, keys.LOST, stream, message[:MOST_BYTES], cut(reason), *bounds


def lost_letters(client: Redis) -> int:
    """How many of them are lost; the count ends a month after the last one."""
    try:
        found: Any = client.get(keys.LOST)
        return int(found) if found is not None else 0
    except (ResponseError, ValueError):
        log.warning("%s is no counter: somebody else has written it", keys.LOST)
        return 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that could not be used."""

    id: str
    at: datetime
    """When it was set aside, by the server's clock."""
    origin: str
    """The stream it was in."""
    reason: str
    message: bytes
    content: Visit | VisitClosed | HarvestPage | None
    """What it says by today's schema; None if it cannot be understood."""

    @property
    def about(self) -> str:
        """The visit it is about, as far as it can be told."""
        match self.content:
            case Visit():
                return self.content.id
            case VisitClosed():
                return self.content.visit.id
            case HarvestPage():
                return ", ".join(self.content.visits)
            case _:
                return ""


def number_of_letters(client: Redis) -> int:
    """How many there are; none where something else stands in their place."""
    try:
        return int(client.xlen(keys.DEAD))
    except ResponseError as error:
        _refuse_all_but_foreign(error)
        return 0


def _refuse_all_but_foreign(error: ResponseError) -> None:
    if not str(error).startswith("WRONGTYPE"):
        raise error
    log.warning("%s is no stream: somebody else has written it", keys.DEAD)


def read_dead_letters(client: Redis, count: int | None = None) -> list[DeadLetter]:
    """The newest first, at most `count`."""
    try:
        found: Any = client.xrevrange(keys.DEAD, count=count)
    except ResponseError as error:
        _refuse_all_but_foreign(error)
        return []
    return [_letter(decoded(entry), fields) for entry, fields in found]


def dead_letter(client: Redis, entry: str) -> DeadLetter | None:
    """One by its id; None if there is none."""
    found: Any = client.xrange(keys.DEAD, entry, entry)
    return _letter(decoded(found[0][0]), found[0][1]) if found else None


def _letter(entry: str, fields: Fields) -> DeadLetter:
    message, origin = fields.get(b"m", b""), decoded(fields.get(b"from", b""))
    return DeadLetter(
        id=entry,
        at=_instant(int(entry.partition("-")[0])),
        origin=origin,
        reason=decoded(fields.get(b"why", b"")),
        message=message,
        content=_understood(message, origin),
    )


def _instant(milliseconds: int) -> datetime:
    """Of an entry's id, which whoever writes it can choose."""
    latest = (LATEST - EARLIEST) // timedelta(milliseconds=1)
    return EARLIEST + timedelta(milliseconds=min(milliseconds, latest))


def _understood(message: bytes, origin: str) -> Visit | VisitClosed | HarvestPage | None:
    try:
        return decode_harvest(message) if origin == keys.HARVEST else decode_visit(message)
    except MessageError:
        return None


def requeue(client: Redis, letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    """Sends letters back to where they came from; gives those that went.

    One that cannot be understood stays dead, for nobody would understand it there either. A page
    comes without its raw answer, which was too large to be kept among the dead.
    """
    script = client.register_script(_BACK)
    gone: list[DeadLetter] = []
    for letter in letters:
        stream = _stream_of(letter)
        if stream is None:
            continue
        ensure_group(client, stream, keys.WRITERS if stream == keys.HARVEST else keys.CRAWLERS)
        names = [keys.DEAD, stream]
        if isinstance(letter.content, Visit):
            names.append(keys.dispatched(letter.content))
        if script(keys=names, args=[letter.id, letter.message]):
            gone.append(letter)
    return gone


def _stream_of(letter: DeadLetter) -> str | None:
    match letter.content:
        case Visit():
            return keys.visit_queue(letter.content.platform, letter.content.route)
        case VisitClosed() | HarvestPage():
            return keys.HARVEST
        case _:
            return None

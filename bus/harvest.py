"""The writer's side of the harvest: read, acknowledge, reject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from bus import keys
from bus.connection import ensure_group
from bus.dead import aside
from bus.replies import Fields, decoded, stream_entries
from model.messages import Harvest, MessageError, VisitClosed, decode_harvest

DONE_SECONDS = 3600
"""For so long a plan that read MongoDB too early cannot send a finished visit out again."""


@dataclass(frozen=True, slots=True)
class HarvestEntry:
    """One message of the harvest; `error` says why it could not be decoded."""

    id: str
    message: Harvest | None
    raw: bytes | None
    error: str | None = None
    data: bytes = b""
    """The message as it came."""


class HarvestOut:
    """The harvest as one writer sees it. Entries not acknowledged are handed out again."""

    def __init__(self, client: Redis, consumer: str, idle_ms: int = 30_000) -> None:
        self._client = client
        self._consumer = consumer
        self._idle_ms = idle_ms
        self._resumed = False

    def read(self, count: int, block_ms: int) -> list[HarvestEntry]:
        """Up to `count` entries: this consumer's own unfinished first, then abandoned, then new."""
        ensure_group(self._client, keys.HARVEST, keys.WRITERS)
        found = [] if self._resumed else self._group_read("0", count, None)
        self._resumed = not found
        found = found or self._reclaim(count) or self._group_read(">", count, block_ms)
        return [_entry(entry, fields) for entry, fields in found]

    def _group_read(self, start: str, count: int, block_ms: int | None) -> list[tuple[str, Fields]]:
        answer: Any = self._client.xreadgroup(
            keys.WRITERS, self._consumer, {keys.HARVEST: start}, count=count, block=block_ms
        )
        return stream_entries(answer)

    def _reclaim(self, count: int) -> list[tuple[str, Fields]]:
        answer: Any = self._client.xautoclaim(
            keys.HARVEST, keys.WRITERS, self._consumer, self._idle_ms, count=count
        )
        return [(decoded(entry), fields) for entry, fields in answer[1] if fields]

    def ack(self, entries: Sequence[HarvestEntry]) -> None:
        """These are stored: they leave the stream, and their visits count as done."""
        with self._client.pipeline(transaction=True) as pipe:
            for entry in entries:
                if isinstance(entry.message, VisitClosed):
                    name = keys.dispatched(entry.message.visit)
                    pipe.set(name, "done", ex=DONE_SECONDS)
            if entries:
                ids = [entry.id for entry in entries]
                pipe.xack(keys.HARVEST, keys.WRITERS, *ids)
                pipe.xdel(keys.HARVEST, *ids)
            pipe.execute()

    def reject(self, entry: HarvestEntry, reason: str) -> None:
        """Sets a message that cannot be used aside with the reason; as it came, unless it is larger
        than any message that could ever be used.
        """
        self._client.eval(*aside(keys.HARVEST, entry.data, reason))  # type: ignore[arg-type]
        self.ack([entry])

    def release(self) -> int:
        """Gives back what was read here and not stored, so that other writers have it at once."""
        consumer, most = self._consumer, 10_000
        held: Any = self._client.xpending_range(
            keys.HARVEST, keys.WRITERS, "-", "+", most, consumername=consumer
        )
        ids: list[Any] = [row["message_id"] for row in held]
        if ids:
            idle = self._idle_ms * 10
            self._client.xclaim(
                keys.HARVEST, keys.WRITERS, "released", 0, ids, idle=idle, justid=True
            )
        return len(ids)

    def waiting(self) -> int:
        """Entries that are not stored yet."""
        return int(self._client.xlen(keys.HARVEST))


def _entry(entry: str, fields: Fields) -> HarvestEntry:
    data = fields.get(b"m", b"")
    try:
        message = decode_harvest(data)
    except MessageError as error:
        return HarvestEntry(id=entry, message=None, raw=None, error=str(error), data=data)
    return HarvestEntry(id=entry, message=message, raw=fields.get(b"raw"), data=data)

"""The crawler's side of the visits: lease, renew, finish, reclaim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import asyncio as redis_asyncio

from bus import keys
from bus.batches import Batches
from bus.connection import ensure_group_async
from bus.dead import aside
from bus.replies import Fields, decoded, stream_entries
from model.messages import (
    HarvestPage,
    MessageError,
    Visit,
    VisitClosed,
    decode_visit,
    encode,
)
from model.platform import PlatformName
from model.route import Route

# The outcome enters the harvest in the same step in which the lease ends: a visit is never
# acknowledged without its outcome being safe, and a late finisher changes nothing.
_FINISH = """
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], '*', 'm', ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """A visit that this crawler works on, and how often it was handed out."""

    entry: str
    visit: Visit
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What one visit hands over."""

    pages: Sequence[tuple[HarvestPage, bytes]]
    ends: Sequence[tuple[Lease, VisitClosed]]


class VisitLeases:
    """One stream of visits (a platform's, by one of its routes) as one crawler sees it.

    A lease lasts `lease_ms` since it was taken or renewed; after that any crawler may reclaim it.
    """

    def __init__(
        self,
        client: redis_asyncio.Redis,
        platform: PlatformName,
        consumer: str,
        lease_ms: int,
        route: Route = Route.API,
    ) -> None:
        self._client = client
        self._of = platform, route
        self._stream = keys.visit_queue(platform, route)
        self._served = keys.served(platform, route)
        self._consumer = consumer
        self._lease_ms = lease_ms
        self._held: dict[str, Lease] = {}
        self._deliveries = Batches(self._deliver)

    @property
    def held(self) -> int:
        """How many visits are being worked on here."""
        return len(self._held)

    async def open(self) -> None:
        """Makes sure that the stream and its group are there (again, if Redis was emptied)."""
        await ensure_group_async(self._client, self._stream, keys.CRAWLERS)
        await self._show_up()

    async def _show_up(self) -> None:
        """Lets planners know that these visits are taken by somebody."""
        await self._client.set(self._served, self._consumer, px=2 * self._lease_ms + 1)

    async def take(self, count: int, block_ms: int) -> list[Lease]:
        """Up to `count` visits: abandoned ones first, then new ones."""
        entries = await self._reclaim(count)
        if not entries:
            answer = await self._client.xreadgroup(
                keys.CRAWLERS, self._consumer, {self._stream: ">"}, count=count, block=block_ms
            )
            entries = [(entry, fields, 1) for entry, fields in stream_entries(answer)]
        return [lease for found in entries if (lease := await self._lease(*found))]

    async def _reclaim(self, count: int) -> list[tuple[str, Fields, int]]:
        """Leases that ran out elsewhere (or here, before a restart), with their delivery counts."""
        pending = await self._client.xpending_range(
            self._stream, keys.CRAWLERS, "-", "+", count, idle=self._lease_ms
        )
        counts = {decoded(p["message_id"]): int(p["times_delivered"]) for p in pending}
        ids: list[Any] = [entry for entry in counts if entry not in self._held]
        if not ids:
            return []
        claimed: Any = await self._client.xclaim(
            self._stream, keys.CRAWLERS, self._consumer, self._lease_ms, ids
        )
        return [(decoded(entry), fields, counts[decoded(entry)] + 1) for entry, fields in claimed]

    async def _lease(self, entry: str, fields: Fields, deliveries: int) -> Lease | None:
        try:
            visit = decode_visit(fields.get(b"m", b""))
            if (visit.platform, visit.route) != self._of:
                raise MessageError(f"{visit.id} by {visit.route} is no visit of this queue")
        except MessageError as error:
            await self.reject(entry, fields.get(b"m", b""), str(error))
            return None
        lease = Lease(entry=entry, visit=visit, deliveries=deliveries)
        self._held[entry] = lease
        return lease

    async def reject(self, entry: str, message: bytes, reason: str) -> None:
        """Sets a message that is no visit aside, with the reason."""
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.eval(*aside(self._stream, message, reason))  # type: ignore[arg-type]
            pipe.xack(self._stream, keys.CRAWLERS, entry)
            pipe.xdel(self._stream, entry)
            await pipe.execute()

    async def renew(self) -> None:
        """Prolongs every lease held here."""
        await self._show_up()
        if self._held:
            held: list[Any] = list(self._held)
            await self._client.xclaim(
                self._stream, keys.CRAWLERS, self._consumer, 0, held, justid=True
            )

    async def finish(self, lease: Lease, closed: VisitClosed) -> bool:
        """Ends a lease with its outcome; False if somebody else had finished it already."""
        return await self.deliver([], [(lease, closed)]) == 1

    async def deliver(
        self,
        pages: Sequence[tuple[HarvestPage, bytes]],
        ends: Sequence[tuple[Lease, VisitClosed]],
    ) -> int:
        """Pages into the harvest, then leases ended with their outcomes, in one round trip; with
        what other visits deliver at the same time.

        Gives the number of leases that were still this crawler's to end.
        """
        ended = await self._deliveries.add(_Delivery(pages, ends))
        for lease, _ in ends:
            self._held.pop(lease.entry, None)
        return ended

    async def _deliver(self, deliveries: Sequence[_Delivery]) -> list[int]:
        async with self._client.pipeline(transaction=False) as pipe:
            for delivery in deliveries:
                for page, raw in delivery.pages:
                    pipe.xadd(keys.HARVEST, {"m": encode(page), "raw": raw})
                for lease, closed in delivery.ends:
                    given = (self._stream, keys.HARVEST, keys.CRAWLERS, lease.entry, encode(closed))
                    pipe.eval(_FINISH, 2, *given)
            answers = iter(await pipe.execute())
        ended = []
        for delivery in deliveries:
            for _ in delivery.pages:
                next(answers)
            ended.append(sum(int(next(answers)) for _ in delivery.ends))
        return ended

    def drop(self, lease: Lease) -> None:
        """Stops renewing a lease that broke off; it ends by itself and is taken again."""
        self._held.pop(lease.entry, None)

    async def release(self) -> int:
        """Gives back all unfinished visits so that others need not wait for their leases to end."""
        held: list[Any] = list(self._held)
        self._held = {}
        if held:
            await self._client.xclaim(
                self._stream,
                keys.CRAWLERS,
                "released",
                0,
                held,
                idle=self._lease_ms * 10,
                justid=True,
            )
        return len(held)


class HarvestIn:
    """The crawler's side of the harvest."""

    def __init__(self, client: redis_asyncio.Redis) -> None:
        self._client = client

    async def add(self, page: HarvestPage, raw: bytes) -> None:
        """One answered page with its compressed raw answer."""
        await self._client.xadd(keys.HARVEST, {"m": encode(page), "raw": raw})

    async def waiting(self) -> int:
        """Pages and outcomes that the writer has not stored yet."""
        return int(await self._client.xlen(keys.HARVEST))

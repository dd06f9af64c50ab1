"""Requests of many tasks, sent together with what comes while a round trip is under way.

One round trip to Redis costs a crawler more CPU time than the few commands that it carries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class Batches(Generic[Request, Reply]):
    """Sends requests in their order, never two batches at a time."""

    def __init__(self, send: Callable[[Sequence[Request]], Awaitable[Sequence[Reply]]]) -> None:
        """`send` makes one round trip and gives a reply for each request, in order."""
        self._send = send
        self._waiting: list[tuple[Request, asyncio.Future[Reply]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def add(self, request: Request) -> Reply:
        """The reply; raises what sending its batch raised."""
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, reply))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())
        return await reply

    async def _send_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                replies = await self._send([request for request, _ in batch])
            except asyncio.CancelledError:
                for _, reply in batch:
                    reply.cancel()
                raise
            except Exception as error:  # noqa: BLE001 - each that waits gets it
                for _, reply in batch:
                    if not reply.done():
                        reply.set_exception(error)
            else:
                for (_, reply), value in zip(batch, replies, strict=True):
                    if not reply.done():
                        reply.set_result(value)

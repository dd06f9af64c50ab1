"""How each credential stands, for people and for the planner. Labels only, never a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from redis import Redis
from redis import asyncio as redis_asyncio

from bus import keys
from bus.replies import hash_fields, rows_of
from model.platform import PlatformName

_KEEP_SECONDS = 90 * 86_400


class CredentialState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one credential when it was last used."""

    label: str
    state: str
    """`live`, `resting` (until), or `dead` (tried again at `until`, if that is known)."""
    at: datetime
    until: datetime | None = None
    outcome: str = ""
    """The outcome in which visits end that need it."""
    reason: str = ""

    def rests(self, now: datetime) -> bool:
        """Whether no call may be made with it."""
        return self.state != "live" and (self.until is None or now < self.until)


_encode = msgspec.json.Encoder().encode


class CredentialBoard:
    """The crawler's side."""

    def __init__(self, client: redis_asyncio.Redis, platform: PlatformName) -> None:
        self._client = client
        self._name = keys.credentials(platform)

    async def note(self, state: CredentialState) -> None:
        """Takes the place of what was noted before."""
        await self._client.hset(self._name, state.label, _encode(state).decode())
        await self._client.expire(self._name, _KEEP_SECONDS)

    async def noted(self) -> dict[str, CredentialState]:
        """By label, how the credentials stood last."""
        found: Any = await self._client.hgetall(self._name)
        states = rows_of(self._name, found.values(), CredentialState)
        return {state.label: state for state in states}


def note_state(client: Redis, platform: PlatformName, state: CredentialState) -> None:
    """As the board's `note`, outside of the crawler."""
    name = keys.credentials(platform)
    client.hset(name, state.label, _encode(state).decode())
    client.expire(name, _KEEP_SECONDS)


def states_of(client: Redis, platform: PlatformName) -> list[CredentialState]:
    """How a platform's credentials stand, labels in order."""
    name = keys.credentials(platform)
    states = rows_of(name, hash_fields(client, name).values(), CredentialState)
    return sorted(states, key=lambda state: state.label)

"""The credentials of one platform, in turn: live, resting until an instant, or dead."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.errors import Rotate, Wait
from model.clock import Clock
from model.messages import Outcome

_EARLY = timedelta(seconds=60)
"""Short-lived tokens are replaced so long before they end."""


@dataclass(slots=True)
class Credential:
    """One token; `label` names it in ledger and logs without telling it."""

    token: str
    label: str
    rests_until: datetime | None = None
    obtained_at: datetime | None = None
    ends_at: datetime | None = None
    dead: str | None = None

    def __repr__(self) -> str:
        return f"Credential({self.label})"


def label_of(secret: str) -> str:
    """A short name that tells tokens apart and nothing else about them."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


class Credentials:
    """Gives the next usable credential; says why there is none."""

    def __init__(
        self,
        tokens: tuple[str, ...],
        clock: Clock,
        obtain: Callable[[], Awaitable[tuple[str, float]]] | None = None,
    ) -> None:
        self._clock = clock
        self._obtain = obtain
        self._all = [Credential(token=t, label=label_of(t)) for t in tokens]
        self._turn = 0
        self._renewing = asyncio.Lock()

    async def current(self) -> Credential:
        """Raises Rotate if all are dead, Wait if the live ones rest."""
        if self._obtain is not None:
            async with self._renewing:
                await self._renew()
        live = [c for c in self._all if c.dead is None]
        if not live:
            raise Rotate(Outcome.TOKEN_INVALID, self._why_none())
        now = self._clock.now()
        for offset in range(len(live)):
            credential = live[(self._turn + offset) % len(live)]
            if credential.rests_until is None or credential.rests_until <= now:
                return credential
        until = min(c.rests_until for c in live if c.rests_until is not None)
        raise Wait(Outcome.RATE_LIMITED, f"all credentials rest until {until:%FT%TZ}", until)

    async def _renew(self) -> None:
        """Obtains a short-lived token where there is none, it ends soon, or was refused a while
        ago. Refused at once, it would be refused again: the client itself lost its right.
        """
        now = self._clock.now()
        held = self._all[0] if self._all else None
        if held is not None and held.obtained_at is not None:
            fresh = now - held.obtained_at < _EARLY
            if fresh or (held.dead is None and held.ends_at and held.ends_at - _EARLY > now):
                return
        if self._obtain is None:
            return
        token, lifetime = await self._obtain()
        ends = now + timedelta(seconds=lifetime)
        self._all = [Credential(token=token, label="client", obtained_at=now, ends_at=ends)]

    def _why_none(self) -> str:
        reasons = [f"{c.label}: {c.dead}" for c in self._all]
        return "; ".join(reasons) or "no credential is configured"

    def rest(self, credential: Credential, until: datetime | None) -> None:
        """No call with it before `until`; the next one takes its turn."""
        if until is not None:
            credential.rests_until = until
        self._turn += 1

    def bury(self, credential: Credential, reason: str) -> None:
        """It was refused: not used again; a short-lived one is obtained anew, once in a while."""
        credential.dead = reason
        self._turn += 1

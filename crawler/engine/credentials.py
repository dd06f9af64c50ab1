"""The credentials of one platform, in turn: live, resting until an instant, or dead."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bus.credentials import CredentialState
from crawler.errors import CrawlError, Rotate, Wait
from model.clock import Clock
from model.messages import Outcome

_EARLY = timedelta(seconds=60)
"""Short-lived tokens are replaced so long before they end."""
_REVIVED = timedelta(hours=1)
"""A refused credential is tried once more after so long, for its rights may have been restored;
each time it is refused again the pause is doubled."""
_RARELY = timedelta(days=1)
_LONGEST_REST = timedelta(days=32)
"""A month's quota is the longest that a platform lets anybody wait for."""


@dataclass(slots=True)
class Credential:
    """One token; `label` names it in ledger and logs without showing it."""

    token: str
    label: str
    rests_until: datetime | None = None
    obtained_at: datetime | None = None
    ends_at: datetime | None = None
    dead: str | None = None
    tried_again_at: datetime | None = None
    """When a dead credential may be tried once more."""
    refusals: int = 0
    why: CrawlError | None = None
    """What it rests or died for."""

    def __repr__(self) -> str:
        return f"Credential({self.label})"

    def usable(self, now: datetime) -> bool:
        """Whether a call may be made with it."""
        if self.dead is not None:
            return self.tried_again_at is not None and self.tried_again_at <= now
        return self.rests_until is None or self.rests_until <= now

    def state(self, now: datetime) -> CredentialState:
        """How it stands, without the secret."""
        resting = self.rests_until is not None and self.rests_until > now
        if self.dead is None and not resting:
            return CredentialState(label=self.label, state="live", at=now)
        return CredentialState(
            label=self.label,
            state="resting" if self.dead is None else "dead",
            at=now,
            until=self.rests_until if self.dead is None else self.tried_again_at,
            outcome=self.why.outcome.value if self.why else "",
            reason=self.why.detail if self.why else "",
        )

    def needs_renewal(self, now: datetime) -> bool:
        """Whether a short-lived token must be obtained: it ends soon, or was refused a while ago.

        Refused at once, a new one would be refused too: the client itself lost its right.
        """
        if self.obtained_at is not None and now - self.obtained_at < _EARLY:
            return False
        if not self.token:
            return self.usable(now)
        return self.dead is not None or self.ends_at is None or self.ends_at - _EARLY <= now


def _is_rest(state: CredentialState, latest: datetime) -> bool:
    at, outcome = state.until, state.outcome
    known = not outcome or outcome in set(Outcome)
    return state.state == "resting" and known and (at is None or _is_before(at, latest))


def _is_before(at: datetime, latest: datetime) -> bool:
    """Near the years 1 and 9999 even comparing instants overflows."""
    return at.tzinfo is not None and 1970 <= at.year <= latest.year and at <= latest


def label_of(secret: str) -> str:
    """A short name that tells tokens apart and nothing else about them."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


class Credentials:
    """Gives the next usable credential, or the reason why there is none."""

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

    def __len__(self) -> int:
        return max(len(self._all), 1)

    def recall(self, states: Iterable[CredentialState]) -> None:
        """Takes over the rests that other crawlers, or this one before it was restarted, noted;
        none that no platform orders."""
        until = self._clock.now() + _LONGEST_REST
        noted = {one.label: one for one in states if _is_rest(one, until)}
        for credential in self._all:
            state = noted.get(credential.label)
            if state is not None and credential.rests_until is None:
                outcome = Outcome(state.outcome) if state.outcome else Outcome.RATE_LIMITED
                credential.rests_until = state.until
                credential.why = Wait(outcome, state.reason, state.until)

    async def current(self) -> Credential:
        """Raises Rotate if all are dead, Wait if the live ones rest."""
        if self._obtain is not None:
            async with self._renewing:
                await self._renew(self._obtain)
        now = self._clock.now()
        alive = [c for c in self._all if c.dead is None]
        again = [c for c in self._all if c.dead is not None]
        for some in (alive, again):
            for offset in range(len(some)):
                credential = some[(self._turn + offset) % len(some)]
                if credential.usable(now):
                    return credential
        if not alive:
            raise Rotate(self._outcome(again, Outcome.TOKEN_INVALID), self._why_none())
        first = min(alive, key=lambda c: c.rests_until or now)
        until = first.rests_until
        outcome = self._outcome([first], Outcome.RATE_LIMITED)
        raise Wait(outcome, f"all credentials rest until {until:%FT%TZ}", until)

    def _outcome(self, credentials: list[Credential], usual: Outcome) -> Outcome:
        why = credentials[0].why if credentials else None
        return why.outcome if why is not None else usual

    async def _renew(self, obtain: Callable[[], Awaitable[tuple[str, float]]]) -> None:
        """Obtains a short-lived token where there is none, or the one there is needs it."""
        now = self._clock.now()
        held = self._all[0] if self._all else None
        if held is not None and not held.needs_renewal(now):
            return
        try:
            token, lifetime = await obtain()
        except Rotate as error:
            refused = held if held is not None and not held.token else Credential("", "client")
            refused.obtained_at = now
            self._all = [refused]
            self.bury(refused, error)
            return
        ends = now + timedelta(seconds=lifetime)
        renewed = Credential(token=token, label="client", obtained_at=now, ends_at=ends)
        if held is not None and held.dead is None:
            # The quota is the client's, so a new token does not end the client's rest.
            renewed.rests_until, renewed.why = held.rests_until, held.why
        self._all = [renewed]

    def _why_none(self) -> str:
        reasons = [f"{c.label}: {c.dead}" for c in self._all]
        return "; ".join(reasons) or "no credential is configured"

    def rest(self, credential: Credential, until: datetime | None, why: CrawlError) -> None:
        """No call with it before `until`; the next one takes its turn."""
        if until is not None:
            credential.rests_until = until
            credential.why = why
        self._turn += 1

    def bury(self, credential: Credential, why: CrawlError) -> None:
        """It was refused: not used for a good while; a short-lived one is replaced."""
        now = self._clock.now()
        if credential.dead is not None and not credential.usable(now):
            return  # Another call with it, made at the same time, was refused already.
        pause = min(_REVIVED * 2**credential.refusals, _RARELY)
        credential.refusals = min(credential.refusals + 1, 10)
        credential.dead, credential.why = why.detail, why
        credential.tried_again_at = now + pause
        self._turn += 1

    def worked(self, credential: Credential) -> None:
        """It was accepted. A limit that another call met meanwhile stays in force."""
        resting = credential.rests_until is not None and credential.rests_until > self._clock.now()
        if credential.dead is not None or not resting:
            credential.dead = credential.why = credential.tried_again_at = None
            credential.refusals = 0

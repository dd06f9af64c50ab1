"""How each token stands: tried on its platform, by the steps of the crawler, one call each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from redis import Redis

from bus.connection import TROUBLE
from bus.credentials import CredentialState, note_state
from crawler.config import PlatformConfig
from model.account import Account
from model.clock import Clock
from model.messages import Outcome, VisitClosed
from model.platform import PlatformName
from model.platforms import FACTS
from model.route import RouteSetting
from model.servers import Finding
from operations.budgets import labels
from operations.health.trial import closed_by, profile_visit
from operations.remedies import REMEDIES
from operations.settings import Settings

_KNOWN: Mapping[str, str] = {
    "facebook": "facebook",
    "x": "X",
    "instagram": "instagram",
    "youtube": "YouTube",
    "tiktok": "tiktok",
}
"""A handle to ask for while no account is registered: the platform's own."""
_REFUSED = frozenset({Outcome.TOKEN_INVALID, Outcome.FORBIDDEN})
_SPENT = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_SPENT})
_SOON = 7
"""Days before the end of a token from which it is told."""


def token_findings(
    settings: Settings, clock: Clock, accounts: Iterable[Account], redis: Redis | None = None
) -> Iterator[Finding]:
    """One a token of every enabled platform, whether or not an account has an id yet; where there
    is a Redis, `status` and the alerts know of it from then on.
    """
    known: dict[PlatformName, Account] = {}
    for account in accounts:
        if account.id or account.platform not in known:
            known[account.platform] = account
    for name in settings.enabled:
        config = settings.platform(name)
        if config.has_credentials and config.route is not RouteSetting.WEB:
            account = known.get(name) or Account(platform=name, id="", handle=_KNOWN[name], city="")
            for label, alone in zip(labels(settings, name), _each(config), strict=True):
                visit = profile_visit(account, clock.now())
                closed = asyncio.run(closed_by(settings, alone, clock, visit))
                _note(redis, name, label, closed, clock)
                yield _finding(settings, name, label, closed, clock)


def _each(config: PlatformConfig) -> list[PlatformConfig]:
    """The same settings with one token each."""
    if not config.tokens:
        return [config]
    return [config.model_copy(update={"tokens": (token,)}) for token in config.tokens]


def _finding(
    settings: Settings, name: PlatformName, label: str, closed: VisitClosed | None, clock: Clock
) -> Finding:
    title = f"{name} token {label}"
    if closed is None:
        return Finding(title, False, "was not tried: no outcome", "try again")
    if closed.outcome in _REFUSED:
        text = f"is refused: {closed.detail}"
        return Finding(title, False, text, REMEDIES[closed.outcome])
    if closed.outcome in _SPENT:
        return Finding(title, True, f"is valid; its quota is spent now: {closed.detail}")
    if not closed.outcome.complete and closed.outcome is not Outcome.GONE:
        text = f"could not be tried: {closed.outcome.value}: {closed.detail}"
        return Finding(title, False, text, REMEDIES.get(closed.outcome, ""))
    return _valid(settings, name, title, clock)


def _valid(settings: Settings, name: PlatformName, title: str, clock: Clock) -> Finding:
    text = f"is valid; it needs {FACTS[name].need.permission}"
    ends = settings.platform(name).tokens_expire_on
    if ends is None:
        return Finding(title, True, text)
    days = (ends - clock.now().date()).days
    remedy = "put a new token in its place and restart the crawlers" if days <= _SOON else ""
    return Finding(title, days > _SOON, f"{text}; ends on {ends}, {days} days from now", remedy)


def _note(
    redis: Redis | None, name: PlatformName, label: str, closed: VisitClosed | None, clock: Clock
) -> None:
    """Onto the board that crawlers and `status` share."""
    if redis is None or closed is None:
        return
    refused = closed.outcome in _REFUSED
    if not refused and not closed.outcome.complete and closed.outcome is not Outcome.GONE:
        return
    state = CredentialState(
        label=label,
        state="dead" if refused else "live",
        at=clock.now(),
        outcome=closed.outcome.value if refused else "",
        reason=closed.detail if refused else "",
    )
    try:
        note_state(redis, name, state)
    except TROUBLE:
        return

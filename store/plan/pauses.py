"""Which accounts are not visited, from when, and why: rested, removed, and resumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from model.account import Account, Pause, PauseKind
from model.months import Months
from model.period import DEFAULT_ZONE
from store.accounts import accounts
from store.database import ACCOUNTS, Document, Store
from store.errors import NoReason, PauseError
from store.keys import instant


@dataclass(frozen=True, slots=True)
class Stop:
    """What is decided of some accounts."""

    kind: PauseKind
    since: datetime
    reason: str
    at_once: bool = False
    """Not visited for the cut-off of the month before either."""


def named(db: Store, names: Iterable[str]) -> list[Account]:
    """The accounts by `platform:id` or `platform:@handle`, in the order given, each once.

    Raises PauseError for one that is not in the registry.
    """
    known: dict[str, Account] = {}
    for one in accounts(db):
        known[f"{one.platform}:@{one.handle.lower()}"] = known[one.key] = one
    found: dict[str, Account] = {}
    for name in names:
        account = known.get(name) or known.get(name.lower())
        if account is None:
            raise PauseError(
                f"{name}: not in the registry; expected platform:id or platform:@handle as "
                "`cityreach accounts list` shows them"
            )
        found[account.key] = account
    return list(found.values())


def pause_accounts(
    db: Store,
    chosen: Sequence[Account],
    stop: Stop,
    months: Months,
    session: ClientSession | None = None,
    *,
    now: datetime | None = None,
) -> None:
    """Has accounts rest, or removes them; of these, the months that ended by then keep them, and
    they are visited for the cut-off of the last of these. A removal takes the place of a rest, and
    any pause the place of those planned: that begin after `now`.

    Raises NoReason, and PauseError where one is paused alike, or its newest pause began later.
    """
    if not stop.reason.strip():
        raise NoReason("expected a reason, for those who look at the months later")
    before = months.containing(stop.since).previous()
    pause = Pause(
        kind=stop.kind,
        since=stop.since,
        visits_until=stop.since if stop.at_once else max(stop.since, before.cutoff),
        reason=stop.reason.strip(),
    )
    _write(db, [(one, _with(one, pause, months.zone, now)) for one in chosen], session)


def resume_accounts(
    db: Store,
    chosen: Sequence[Account],
    at: datetime,
    session: ClientSession | None = None,
    *,
    zone: str = DEFAULT_ZONE,
    now: datetime | None = None,
) -> None:
    """Has accounts visited again; a pause that begins after `now`, and not before `at`, is given
    up. `zone`: of the days in messages. Raises PauseError where one is not paused then.
    """
    _write(db, [(one, _without(one, at, zone, now)) for one in chosen], session)


def _without(account: Account, at: datetime, zone: str, now: datetime | None) -> list[Pause]:
    begun = _begun(account, now)
    given_up = len(begun) < len(account.pauses) and at <= account.pauses[-1].since
    pauses = begun if given_up else list(account.pauses)
    pause = pauses[-1] if pauses else None
    if pause is not None and (pause.until is None or (given_up and at < pause.until)):
        if at < pause.since:
            raise PauseError(
                f"{_shown(account)} is {pause.kind} from {_day(pause.since, zone)} on; expected a "
                "later date; nothing was changed"
            )
        return [*pauses[:-1], _ended(pause, at)]
    if not given_up:
        raise PauseError(f"{_shown(account)} neither rests nor is it removed; nothing was changed")
    return pauses


def _begun(account: Account, now: datetime | None) -> list[Pause]:
    """Without those that are only planned."""
    return [one for one in account.pauses if now is None or one.since <= now]


def _with(account: Account, pause: Pause, zone: str, now: datetime | None) -> list[Pause]:
    earlier = _begun(account, now)
    last = earlier[-1] if earlier else None
    if last is None:
        return [pause]
    if last.until is None and last.kind is pause.kind:
        raise PauseError(
            f"{_shown(account)} is {pause.kind} already, from {_day(last.since, zone)} on; nothing "
            "was changed"
        )
    lasts = last.until is None or (now is not None and now < last.until)
    if pause.since < last.since or (not lasts and pause.since < (last.until or last.since)):
        ended = _day(last.until or last.since, zone)
        raise PauseError(
            f"{_shown(account)} was {last.kind} until {ended}; expected a later date; nothing was "
            "changed"
        )
    return [*earlier[:-1], _ended(last, pause.since) if lasts else last, pause]


def _day(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def _ended(pause: Pause, at: datetime) -> Pause:
    return Pause(
        kind=pause.kind,
        since=pause.since,
        visits_until=pause.visits_until,
        until=at,
        reason=pause.reason,
    )


def _shown(account: Account) -> str:
    return f"{account.platform} @{account.handle} ({account.city})"


def _write(
    db: Store,
    changes: Iterable[tuple[Account, Sequence[Pause]]],
    session: ClientSession | None,
) -> None:
    updates = [
        UpdateOne({"_id": account.key}, {"$set": {"pauses": [_document(one) for one in pauses]}})
        for account, pauses in changes
    ]
    if updates:
        db[ACCOUNTS].bulk_write(updates, session=session)


def _document(pause: Pause) -> Document:
    return {
        "kind": pause.kind.value,
        "since": instant(pause.since),
        "visits_until": instant(pause.visits_until),
        "until": None if pause.until is None else instant(pause.until),
        "reason": pause.reason,
    }

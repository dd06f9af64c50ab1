"""Platforms that nobody visits for a while: all of their accounts rest, from one instant and for
one reason, and go on together. What is due meanwhile is missing and says why: nobody takes it for
silence of a city.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pymongo.client_session import ClientSession

from model.account import Account, PauseKind
from model.months import Months
from model.platform import PlatformName
from store.accounts import accounts
from store.database import Document, Store
from store.errors import PauseError
from store.keys import instant
from store.plan.pauses import Stop, pause_accounts, resume_accounts
from store.plan.skipped import JOB_NOTES

_PAUSED = "paused "
"""Begins the id of a note."""


@dataclass(frozen=True, slots=True)
class PlatformPause:
    """A platform that is not visited."""

    platform: PlatformName
    since: datetime
    reason: str
    by: str
    """Who decided so."""
    accounts: int
    """How many rest because of it."""


def platform_pauses(db: Store) -> list[PlatformPause]:
    """Those that last, by platform."""
    found = db[JOB_NOTES].find({"_id": {"$gte": _PAUSED, "$lt": "paused!"}}).sort("_id", 1)
    return [
        PlatformPause(one["platform"], one["since"], one["reason"], one["by"], len(one["accounts"]))
        for one in found
    ]


def pause_platform(
    db: Store,
    platform: PlatformName,
    stop: Stop,
    months: Months,
    by: str,
    session: ClientSession | None = None,
) -> int:
    """Has all accounts of a platform rest that do not yet, from an instant on; gives their number.
    Those that rested before rest on when it is over. Visits on their way are still made.

    Raises PauseError without a reason, where it is paused already, and without an account.
    """
    key = _key(platform)
    if db[JOB_NOTES].find_one({"_id": key}, session=session) is not None:
        raise PauseError(f"{platform} is paused already; nothing was changed")
    chosen = [one for one in _of(db, platform) if _open(one) is None]
    if not chosen:
        raise PauseError(f"{platform}: there is no account that is visited; nothing was changed")
    pause_accounts(db, chosen, stop, months, session)
    note: Document = {
        "_id": key,
        "platform": platform,
        "since": instant(stop.since),
        "reason": stop.reason.strip(),
        "by": by,
        "accounts": [one.key for one in chosen],
    }
    db[JOB_NOTES].insert_one(note, session=session)
    return len(chosen)


def resume_platform(
    db: Store, platform: PlatformName, at: datetime, session: ClientSession | None = None
) -> int:
    """Has the accounts visited again that rest because of their platform; gives their number. One
    that was resumed or removed meanwhile stays as it is. Raises PauseError where it is not paused.
    """
    note = db[JOB_NOTES].find_one_and_delete({"_id": _key(platform)}, session=session)
    if note is None:
        raise PauseError(f"{platform} is not paused; nothing was changed")
    chosen = [
        one
        for one in _of(db, platform)
        if one.key in note["accounts"] and _open(one) == (PauseKind.RESTED, note["since"])
    ]
    resume_accounts(db, chosen, at, session)
    return len(chosen)


def _key(platform: PlatformName) -> str:
    return _PAUSED + platform


def _of(db: Store, platform: PlatformName) -> list[Account]:
    return [one for one in accounts(db) if one.platform == platform]


def _open(account: Account) -> tuple[PauseKind, datetime] | None:
    """The pause that lasts."""
    last = account.pauses[-1] if account.pauses else None
    return None if last is None or last.until is not None else (last.kind, last.since)

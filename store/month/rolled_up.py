"""What is known of the accounts of a month that has ended, computed once and kept.

A document of `account_months` names how often the month of its account had changed when it was
computed (`store.ingest.changed_months`) and how it was computed. It is read only where both are
still so; everything else is computed anew, so that nothing has to be given up when a reading comes
late. The times are read before what is computed from: a writer that comes in between leaves what is
kept under a number that has passed.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from pymongo import ReplaceOne

import model
import store
from model.account import Account
from model.measures import AccountMonth
from model.period import Period
from model.version import __version__
from store.database import ACCOUNT_MONTHS, TURNS, Store
from store.ingest.changed_months import TIMES, times_changed
from store.ingest.seals import month_id
from store.month.kept import is_kept

Times = Mapping[str, int]
"""By account, how often its month has changed."""
_READ = msgspec.json.Decoder(AccountMonth)
_WRITE = msgspec.json.Encoder()


def times_of(db: Store, period: Period, accounts: Iterable[Account]) -> Times:
    """Those never written about are left out."""
    keys = [one.key for one in accounts]
    found = db[TURNS].find({"_id": {"$in": keys}}, dict.fromkeys(TIMES, True))
    return {turns["_id"]: times_changed(turns, period) for turns in found}


def rolled_up(
    db: Store, period: Period, accounts: Iterable[Account], times: Times
) -> dict[str, AccountMonth]:
    """By account, what is kept and still holds; `accounts` as the registry has them now.

    Nothing of a month of another zone or delay than the database keeps: changes are counted by the
    edges of those.
    """
    if not is_kept(db, period):
        return {}
    by_id = {month_id(period, one.key): one for one in accounts if one.key in times}
    found: dict[str, AccountMonth] = {}
    for row in db[ACCOUNT_MONTHS].find({"_id": {"$in": list(by_id)}, "by": _way(period)}):
        account = by_id[row["_id"]]
        if row["times"] == times[account.key]:
            month = _READ.decode(row["month"])
            found[account.key] = dataclasses.replace(month, account=account)
    return found


def keep(db: Store, period: Period, months: Iterable[AccountMonth], times: Times) -> None:
    """Keeps what was computed after `times` had been read, of a month that the database keeps."""
    if not is_kept(db, period):
        return
    way = _way(period)
    puts = [
        ReplaceOne(
            {"_id": key},
            {"_id": key, "by": way, "times": times[one.account.key], "month": _WRITE.encode(one)},
            upsert=True,
        )
        for one in months
        if one.account.key in times
        for key in (month_id(period, one.account.key),)
    ]
    if puts:
        db[ACCOUNT_MONTHS].bulk_write(puts, ordered=False)


def _way(period: Period) -> str:
    """How it is computed: the edges of the month, and the code that does it."""
    return f"{period.tz} {period.cutoff:%Y%m%dT%H%M%S} {_CODE}"


def _code() -> str:
    digest = hashlib.sha256()
    for package in (model, store):
        for path in sorted(Path(next(iter(package.__path__))).rglob("*.py")):
            digest.update(path.read_bytes())
    return f"{__version__} {digest.hexdigest()[:16]}"


_CODE = _code()
"""Differs from release to release, and in a checkout where anything that months are computed by
has been edited; read when this is loaded, as that is the code that computes."""

"""The month: its sums, their verification against the full recompute, and its sealing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne

from model.measures import AccountSums
from model.months import Months
from model.period import Period
from store.database import MONTH_POSTS, MONTHS, POSTS, Document, Store
from store.errors import Sealed, StoreError
from store.ingest.changed_months import month_changed
from store.ingest.seals import keep_months, kept_months, sealed
from store.month.recompute import recompute
from store.month.sums import grouping, sum_groups, sum_posts


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a kept post of a month is not what the full recompute says."""

    post: str
    field: str
    kept: Any
    recomputed: Any


def account_sums(
    db: Store, period: Period, accounts: Sequence[str] | None = None
) -> dict[str, AccountSums]:
    """By account, over posts published in the period, counts as of its cut-off; of all accounts
    that have any, or of some.

    Read from `month_posts`; computed anew where those are kept for another zone or delay.
    """
    if not is_kept(db, period):
        return recomputed_sums(db, period)
    some = {} if accounts is None else {"account": {"$in": list(accounts)}}
    pipeline = [{"$match": _in_month(period) | some}, grouping(period)]
    return sum_groups(db[MONTH_POSTS].aggregate(pipeline))


def recomputed_sums(db: Store, period: Period) -> dict[str, AccountSums]:
    """The same from posts, readings and visits alone."""
    return sum_posts(recompute(db, period).values(), period)


def verify_month(db: Store, period: Period) -> list[Difference]:
    """Every field in which `month_posts` and the full recompute differ; none when all is well."""
    kept = {document["_id"]: document for document in db[MONTH_POSTS].find(_in_month(period))}
    return _differences(kept, recompute(db, period))


def seal(db: Store, period: Period, at: datetime) -> list[Difference]:
    """Ends the month: from now on readings that come late do not change it.

    What differs from the full recompute is put right, and returned. A sealed month stays as it is.
    Raises StoreError before the cut-off (`at` is the present) or for another zone or delay.
    """
    if at < period.cutoff:
        raise StoreError(f"{period.name} cannot be sealed before its cut-off, {period.cutoff}")
    if not is_kept(db, period):
        raise StoreError(f"{period.name} is not kept in zone {period.tz} with this delay")
    if period.name in sealed(db):
        return []
    differences = put_right(db, period)
    seals = {"cutoff": period.cutoff, "sealed_at": at}
    db[MONTHS].update_one({"_id": period.name}, {"$setOnInsert": seals}, upsert=True)
    # Once more: a writer may have gone on until it saw the seal.
    return [*differences, *put_right(db, period)]


def put_right(db: Store, period: Period) -> list[Difference]:
    """Makes `month_posts` what the full recompute says, and gives what differed."""
    right = recompute(db, period)
    kept = {document["_id"]: document for document in db[MONTH_POSTS].find(_in_month(period))}
    differences = _differences(kept, right)
    if differences:
        _put(db, period, right)
    return differences


def rebuild_months(db: Store, months: Months) -> list[str]:
    """Rebuilds all kept months in another zone or with another delay; gives their names.

    No writer may run meanwhile.

    Raises Sealed if a month was sealed: its edges cannot change any more.
    """
    if names := sealed(db):
        raise Sealed(f"{', '.join(sorted(names))} sealed already")
    db[MONTHS].delete_many({})
    db[MONTH_POSTS].delete_many({})
    keep_months(db, months)
    instants = db[POSTS].find({"published_at": {"$exists": True}}, {"published_at": True})
    periods = {months.containing(post["published_at"]) for post in instants}
    for period in periods:
        _put(db, period, recompute(db, period))
    return sorted(period.name for period in periods)


def _put(db: Store, period: Period, documents: dict[str, Document]) -> None:
    db[MONTH_POSTS].delete_many(_in_month(period))
    puts = [ReplaceOne({"_id": key}, document, upsert=True) for key, document in documents.items()]
    if puts:
        db[MONTH_POSTS].bulk_write(puts, ordered=False)
    month_changed(db, period)


def _differences(kept: dict[str, Document], right: dict[str, Document]) -> list[Difference]:
    found: list[Difference] = []
    for key in sorted(kept.keys() | right.keys()):
        one, other = kept.get(key, {}), right.get(key, {})
        found += [
            Difference(key.partition(":")[2], name, one.get(name), other.get(name))
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name)
        ]
    return found


def is_kept(db: Store, period: Period) -> bool:
    """Whether the month is kept at ingest, in this zone and with this delay."""
    months = kept_months(db)
    return months is None or months.named(period.name) == period


def _in_month(period: Period) -> Document:
    """The condition on `month_posts` (";" is the character after ":")."""
    return {"_id": {"$gte": f"{period.name}:", "$lt": f"{period.name};"}}

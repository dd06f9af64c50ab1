"""The months that are kept at ingest: their zone and delay, which of them are sealed."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import timedelta

from pymongo.client_session import ClientSession

from model.months import Months
from model.period import Period
from store.database import MONTHS, Store
from store.errors import MonthsDiffer

_KEPT = "kept"


def month_id(period: Period, post: str) -> str:
    """`_id` of a post in a month."""
    return f"{period.name}:{post}"


def keep_months(db: Store, months: Months) -> None:
    """Says once for the database which months are kept; raises MonthsDiffer if others are."""
    edges = {"tz": months.zone, "delay_s": int(months.delay.total_seconds())}
    kept = db[MONTHS].find_one_and_update(
        {"_id": _KEPT}, {"$setOnInsert": edges}, upsert=True, return_document=True
    )
    if kept is not None and (kept["tz"], kept["delay_s"]) != (edges["tz"], edges["delay_s"]):
        raise MonthsDiffer(
            f"the database keeps months of {kept['tz']} with a delay of {kept['delay_s']} s, the "
            f"settings say {edges['tz']} and {edges['delay_s']} s; set them back, or stop the "
            "writer and run `cityreach months rebuild`"
        )


def kept_months(db: Store) -> Months | None:
    """Which months are kept; None while nothing was written."""
    kept = db[MONTHS].find_one({"_id": _KEPT})
    return None if kept is None else Months(kept["tz"], timedelta(seconds=kept["delay_s"]))


def sealed(db: Store, session: ClientSession | None = None) -> AbstractSet[str]:
    """Names of the sealed months."""
    return {month["_id"] for month in db[MONTHS].find({"_id": {"$ne": _KEPT}}, session=session)}

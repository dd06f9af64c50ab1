"""Which raters were given a sheet for a month, and whether its ratings are locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.accounts import Imported
from store.database import Document, Store
from store.errors import StoreError
from store.keys import instant
from store.records import RATINGS, put_revisions, revisions_to_come

RATING_SHEETS = "rating_sheets"
"""`_id` YYYY-MM:rater. What a rater was asked for."""
RATING_LOCKS = "rating_locks"
"""`_id` YYYY-MM. Whether it is locked, and each time that it was or was opened again."""
RATING_PLACE = ("city", "platform", "period", "rater", "criterion")


class RatingsLocked(StoreError):
    """Ratings of a month that is locked; nothing was imported."""


class UnaskedCriterion(StoreError):
    """Ratings of something that no sheet of the month asks for; nothing was imported."""


@dataclass(frozen=True, slots=True)
class GivenSheet:
    """What a rater was asked for."""

    rater: str
    criteria: tuple[str, ...]
    places: int
    """Accounts."""

    @property
    def asked(self) -> int:
        """Ratings."""
        return self.places * len(self.criteria)


def note_sheet(db: Store, period: str, sheet: GivenSheet, rubric: str, at: datetime) -> None:
    """Remembers the newest sheet of a rater. `rubric`: its id and version."""
    key = f"{period}:{sheet.rater}"
    made = {
        "period": period,
        "rater": sheet.rater,
        "criteria": list(sheet.criteria),
        "places": sheet.places,
        "rubric": rubric,
        "made_at": instant(at),
    }
    db[RATING_SHEETS].replace_one({"_id": key}, made, upsert=True)


def given_sheets(db: Store, period: str) -> list[GivenSheet]:
    """By rater."""
    found = db[RATING_SHEETS].find({"period": period}).sort("rater")
    return [GivenSheet(one["rater"], tuple(one["criteria"]), one["places"]) for one in found]


def put_ratings(db: Store, rows: Sequence[Mapping[str, Any]], at: datetime) -> int:
    """As `put_revisions`; a locked month takes none, and one for which sheets were made none of a
    criterion that they do not ask for. Raises RatingsLocked, UnaskedCriterion."""
    periods = {str(row["period"]) for row in rows}
    refuse_locked(db, periods)
    for period in sorted(periods):
        here = {str(row["criterion"]) for row in rows if row["period"] == period}
        _refuse_unasked(db, period, here)
    return put_revisions(db, RATINGS, RATING_PLACE, rows, at)


def ratings_to_come(db: Store, rows: Sequence[Mapping[str, Any]]) -> Imported:
    """What `put_ratings` would do with them, where the month takes any; nothing is written."""
    return revisions_to_come(db, RATINGS, RATING_PLACE, rows)


def _refuse_unasked(db: Store, period: str, criteria: Set[str]) -> None:
    asked = {code for sheet in given_sheets(db, period) for code in sheet.criteria}
    if asked and (unknown := sorted(criteria - asked)):
        raise UnaskedCriterion(
            f"{period}: no sheet asks for {', '.join(map(repr, unknown))}; expected one of "
            f"{', '.join(sorted(asked))}. Nothing was imported; `cityreach ratings sheet --rubric "
            "FILE` makes a sheet that asks for it"
        )


def refuse_locked(db: Store, periods: Iterable[str]) -> None:
    """Raises RatingsLocked with the months that are locked."""
    found = db[RATING_LOCKS].find({"_id": {"$in": sorted(periods)}, "locked": True})
    if locked := [str(one["_id"]) for one in found.sort("_id")]:
        raise RatingsLocked(
            f"the ratings of {', '.join(locked)} are locked, nothing was imported; `cityreach "
            f"ratings unlock --period {locked[0]} --reason …` opens them again"
        )


def lock_of(db: Store, period: str) -> Document | None:
    """Whether it is locked and what happened to it; None for a month that never was."""
    return db[RATING_LOCKS].find_one({"_id": period})


def set_lock(db: Store, period: str, at: datetime, *, locked: bool, reason: str) -> bool:
    """Locks a month, or opens it again; False if it was so already."""
    before = lock_of(db, period)
    if locked is bool(before and before["locked"]):
        return False
    event = {"locked": locked, "at": instant(at), "reason": reason}
    change = {"$set": {"locked": locked}, "$push": {"history": event}}
    db[RATING_LOCKS].update_one({"_id": period}, change, upsert=True)
    return True

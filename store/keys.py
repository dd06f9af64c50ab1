"""Which instant a reading stands for, and how it is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from store.errors import Unwritable

PUNCTUAL = timedelta(hours=6)
"""A visit carried out so soon after its slot stands for the slot itself."""


def instant(told: datetime) -> datetime:
    """In UTC, to the millisecond, as MongoDB keeps it. Raises Unwritable for a naive time."""
    if told.tzinfo is UTC and not told.microsecond:
        return told
    if told.tzinfo is None:
        raise Unwritable(f"time {told.isoformat()} has no zone; expected UTC")
    return told.astimezone(UTC).replace(microsecond=told.microsecond // 1000 * 1000)


def stands_for(slot: datetime, observed_at: datetime) -> datetime:
    """The visit's slot if it was punctual, otherwise the second in which it was observed.

    So a reading planned for the cut-off and taken minutes later counts at the cut-off, and one that
    could only be taken days later does not.
    """
    stands = slot if slot <= observed_at <= slot + PUNCTUAL else observed_at
    return stands.replace(microsecond=0) if stands.microsecond else stands


@lru_cache(maxsize=4096)
def stamp(slot: datetime) -> str:
    """Sorts as the instants do: `20250603T160000`."""
    return f"{slot:%Y%m%dT%H%M%S}"


def reading_id(subject: str, slot: datetime) -> str:
    """A subject's reading for a slot; all of a subject's readings sort by time."""
    return f"{subject}@{stamp(slot)}"


def ids_until(subject: str, until: datetime) -> dict[str, str]:
    """The condition on `_id` for a subject's readings at or before an instant."""
    return {"$gte": f"{subject}@", "$lte": reading_id(subject, until)}

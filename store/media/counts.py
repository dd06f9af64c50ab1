"""A month's counts of media abroad, and the line of each article behind them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from store.database import Document, Store
from store.keys import instant
from store.media.collections import MEDIA_COUNTS, MEDIA_LINES

_TOGETHER = 5_000


def put_counts(
    db: Store,
    period: str,
    at: datetime,
    counts: Mapping[str, Any],
    lines: Iterable[Document] = (),
) -> None:
    """Replaces a month's counts. `counts`: `cities` (city to code to value), `sources` by
    code, and what stands beside; `lines`: one for each article and city, with `city`.

    Readers see the lines of the count before, or of this one: which of them holds is one write.
    """
    run = uuid.uuid4().hex
    for part in _parts(lines):
        db[MEDIA_LINES].insert_many(
            [{**line, "_id": f"{run}:{number}", "run": run} for number, line in part],
            ordered=False,
        )
    whole = {**counts, "run": run, "counted_at": instant(at)}
    db[MEDIA_COUNTS].replace_one({"_id": period}, {"period": period, **whole}, upsert=True)
    holding = [one["run"] for one in db[MEDIA_COUNTS].find({}, {"run": True})]
    db[MEDIA_LINES].delete_many({"period": period, "run": {"$nin": holding}})


def amend_counts(db: Store, period: str, at: datetime, counts: Mapping[str, Any]) -> None:
    """Replaces a month's counts whose lines stay as they are."""
    change = {"$set": {**counts, "counted_at": instant(at)}}
    db[MEDIA_COUNTS].update_one({"_id": period}, change)


def _parts(lines: Iterable[Document]) -> Iterator[list[tuple[int, Document]]]:
    numbered = enumerate(lines)
    while part := list(islice(numbered, _TOGETHER)):
        yield part


def stored_counts(db: Store, period: str) -> Document | None:
    """A month's counts; None where nothing was counted."""
    return db[MEDIA_COUNTS].find_one({"_id": period})


def counted_lines(db: Store, period: str, city: str) -> list[Document]:
    """The lines of a city's articles, in the order in which they were counted."""
    counts = stored_counts(db, period)
    if counts is None:
        return []
    found = db[MEDIA_LINES].find({"run": counts["run"], "city": city}, {"run": False})
    return sorted(found, key=lambda line: int(line["_id"].partition(":")[2]))

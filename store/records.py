"""What analysts bring in and publish: ratings, indicators, issues and panels.

Nothing is overwritten: a further value for the same place is a further revision, and the newest
one counts. Issues and panels are written once and never change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from store.accounts import Imported
from store.database import Document, Store
from store.errors import StoreError
from store.keys import instant

RATINGS, INDICATORS, ISSUES, PANELS = "ratings", "indicators", "issues", "panels"
BASES = "issue_bases"
"""`_id` SHA-256:part. What an issue was computed from, in parts."""
_PART = 8 * 2**20
"""Bytes; a document of MongoDB holds 16 MB."""


class IssueExists(StoreError):
    """An issue of this period, method and revision is there already; it never changes."""


def put_revisions(
    db: Store, name: str, places: Sequence[str], rows: Iterable[Mapping[str, Any]], at: datetime
) -> int:
    """Adds the rows whose value differs from the newest at their place; gives their number.

    `places` are the fields that together name the place of a value.
    """
    added = [
        {**row, "revision": revision, "imported_at": instant(at)}
        for row, revision in _with_revisions(db, name, places, rows)
        if revision
    ]
    if added:
        db[name].insert_many(added)
    return len(added)


def revisions_to_come(
    db: Store, name: str, places: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> Imported:
    """What `put_revisions` would do with them; nothing is written."""
    numbers = Counter(min(revision, 2) for _, revision in _with_revisions(db, name, places, rows))
    return Imported(added=numbers[1], changed=numbers[2], unchanged=numbers[0])


def _with_revisions(
    db: Store, name: str, places: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Each row with the number of its revision; 0 where it says what the newest says."""
    newest = {_place(row, places): row for row in revisions(db, name, {})}
    for row in rows:
        before = newest.get(_place(row, places))
        if before is None:
            yield row, 1
        elif all(before.get(key) == value for key, value in row.items()):
            yield row, 0
        else:
            yield row, before["revision"] + 1


def _place(row: Mapping[str, Any], places: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[key] for key in places)


def revisions(db: Store, name: str, condition: Document) -> list[Document]:
    """All rows ever imported that fit, older revisions first."""
    return list(db[name].find(condition, {"_id": False}).sort("revision", ASCENDING))


def newest(db: Store, name: str, places: Sequence[str], condition: Document) -> list[Document]:
    """The rows that count: the newest revision at each place."""
    return list({_place(row, places): row for row in revisions(db, name, condition)}.values())


def put_issue(db: Store, issue: Mapping[str, Any]) -> None:
    """Stores an issue; a draft replaces a draft, anything else is written once.

    Raises IssueExists.
    """
    key = f"{issue['period']}:{issue['method']}:{issue['revision']}"
    document = {**issue, "_id": key}
    try:
        db[ISSUES].replace_one({"_id": key, "state": "draft"}, document, upsert=True)
    except DuplicateKeyError:
        raise IssueExists(f"issue {key} was published and never changes") from None


def latest_issue(db: Store, period: str, method: str) -> Document | None:
    """The newest revision of a period's issue by a method."""
    condition = {"period": period, "method": method}
    return db[ISSUES].find_one(condition, sort=[("revision", DESCENDING)])


def issue_heads(db: Store, condition: Document) -> list[Document]:
    """Period, revision, state and digest of issues, the newest first: all but what they say."""
    fields = dict.fromkeys(("period", "method", "revision", "state", "digest"), True)
    newest_first = [("period", DESCENDING), ("revision", DESCENDING)]
    return list(db[ISSUES].find(condition, fields).sort(newest_first))


def stored_issue(db: Store, period: str, method: str, revision: int) -> Document | None:
    """One revision of a period's issue by a method."""
    return db[ISSUES].find_one({"period": period, "method": method, "revision": revision})


def withdraw_draft(db: Store, period: str, method: str) -> bool:
    """Takes a draft away, with what it was computed from; False if there is none."""
    found = db[ISSUES].find_one_and_delete({"period": period, "method": method, "state": "draft"})
    if found is None:
        return False
    drop_basis(db, found.get("basis", ""))
    return True


def put_basis(db: Store, key: str, data: bytes) -> None:
    """Keeps what an issue was computed from, under its SHA-256; once."""
    parts = [data[at : at + _PART] for at in range(0, len(data), _PART)]
    for number, part in enumerate(parts):
        document = {"_id": f"{key}:{number}", "basis": key, "parts": len(parts), "data": part}
        db[BASES].replace_one({"_id": document["_id"]}, document, upsert=True)


def basis(db: Store, key: str) -> bytes | None:
    """What `put_basis` kept; None if it is not there as a whole."""
    found = list(db[BASES].find({"basis": key}))
    if not found or len(found) != found[0]["parts"]:
        return None
    found.sort(key=lambda part: int(part["_id"].rpartition(":")[2]))
    return b"".join(part["data"] for part in found)


def drop_basis(db: Store, key: str) -> None:
    """Removes what no issue was computed from any more."""
    if key and db[ISSUES].count_documents({"basis": key}, limit=1) == 0:
        db[BASES].delete_many({"basis": key})


def issues(db: Store) -> list[Document]:
    """All issues, newest period first."""
    order = [("period", DESCENDING), ("method", ASCENDING), ("revision", ASCENDING)]
    return list(db[ISSUES].find().sort(order))


def issue_log(db: Store, period: str, method: str) -> list[Document]:
    """A month's issues by a method, the newest revision first, without what they say of cities."""
    condition = {"period": period, "method": method}
    fields = {"entries": False, "left_out": False, "notes": False}
    return list(db[ISSUES].find(condition, fields).sort("revision", DESCENDING))


def put_panel(db: Store, panel: Mapping[str, Any]) -> bool:
    """Stores a panel under its id; False if it was there already."""
    written = db[PANELS].update_one(
        {"_id": panel["id"]}, {"$setOnInsert": {**panel, "_id": panel["id"]}}, upsert=True
    )
    return written.upserted_id is not None


def stored_panel(db: Store, panel_id: str) -> Document | None:
    """A frozen panel."""
    return db[PANELS].find_one({"_id": panel_id})

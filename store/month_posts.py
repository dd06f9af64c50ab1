"""A month's posts, each with its last reading at or before the month's cut-off, kept at ingest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from pymongo import DESCENDING, DeleteOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession

from model.period import Period
from store import rows
from store.database import MONTH_POSTS, POST_READINGS, Document, Store
from store.months import Months, month_id
from store.slots import ids_until

_COPIED = ("account", "type")
Operation = UpdateOne | ReplaceOne[Document] | DeleteOne


def month_post(post: Document, period: Period, core: Document | None) -> Document:
    """The document of a post in its month; `core` is its last reading at or before the cut-off."""
    document: Document = {"_id": month_id(period, post["_id"])}
    document.update({name: post[name] for name in _COPIED if name in post})
    document["published_at"] = post["published_at"]
    if absent_at_cutoff(post, period):
        document["absent"] = True
    document.update({"counts": {}} if core is None else core)
    return document


def absent_at_cutoff(post: Document, period: Period) -> bool:
    """Whether it was missed at or before the cut-off and not seen at any time since."""
    return any(absence["slot"] <= period.cutoff for absence in post.get("absences", ()))


class MonthPosts:
    """Collects what a transaction changes in `month_posts`, and writes it at its end."""

    def __init__(
        self, db: Store, session: ClientSession, months: Months, sealed: AbstractSet[str]
    ) -> None:
        self._db = db
        self._session = session
        self._months = months
        self._sealed = sealed
        self._new: list[Document] = []
        self._operations: list[Operation] = []
        self._rebuilt: list[Document] = []

    def post(self, stored: Document | None, post: Document, new: Sequence[Document]) -> None:
        """A post is written: what was stored, what is now, and its new or changed readings."""
        period = self._open_period(post)
        before = self._open_period(stored) if stored else None
        if stored is not None and before is not None and before != period:
            self._operations.append(DeleteOne({"_id": month_id(before, stored["_id"])}))
        if period is None:
            return
        core = _last_until(period, new)
        if stored is None:
            self._new.append(month_post(post, period, core))
        elif before != period:
            self._rebuilt.append(post)
        else:
            self._update(stored, post, period, core)

    def _open_period(self, post: Document) -> Period | None:
        if "published_at" not in post:
            return None
        period = self._months.of(post["published_at"])
        return None if period.name in self._sealed else period

    def _update(
        self, stored: Document, post: Document, period: Period, core: Document | None
    ) -> None:
        key = month_id(period, post["_id"])
        if core is not None:
            # Only the server knows the kept reading; an older one than that must not replace it.
            newer = {"_id": key, "slot": {"$not": {"$gt": core["slot"]}}}
            self._operations.append(UpdateOne(newer, replacing(core)))
        update = _facts(stored, post, period)
        if update:
            self._operations.append(UpdateOne({"_id": key}, update))

    def flush(self) -> None:
        """Writes everything collected so far."""
        collection = self._db[MONTH_POSTS]
        if self._new:
            collection.insert_many(self._new, ordered=False, session=self._session)
        for post in self._rebuilt:
            document = self._rebuild(post)
            self._operations.append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
        if self._operations:
            collection.bulk_write(self._operations, session=self._session)
        self._new, self._operations, self._rebuilt = [], [], []

    def _rebuild(self, post: Document) -> Document:
        period = self._months.of(post["published_at"])
        until = {"_id": ids_until(post["_id"], period.cutoff)}
        row = self._db[POST_READINGS].find_one(
            until, sort=[("_id", DESCENDING)], session=self._session
        )
        return month_post(post, period, rows.core(row) if row else None)


def replacing(core: Document) -> Document:
    """The update that puts one reading in the place of another."""
    gone = {name: "" for name in rows.CORE if name not in core}
    return {"$set": core, "$unset": gone} if gone else {"$set": core}


def _last_until(period: Period, new: Iterable[Document]) -> Document | None:
    known = [row for row in new if row["slot"] <= period.cutoff]
    return rows.core(max(known, key=lambda row: row["slot"])) if known else None


def _facts(stored: Document, post: Document, period: Period) -> Document:
    put: dict[str, Any] = {
        name: post[name]
        for name in (*_COPIED, "published_at")
        if name in post and post[name] != stored.get(name)
    }
    absent = absent_at_cutoff(post, period)
    update: Document = {}
    if absent != absent_at_cutoff(stored, period):
        if absent:
            put["absent"] = True
        else:
            update["$unset"] = {"absent": ""}
    return {**update, "$set": put} if put else update

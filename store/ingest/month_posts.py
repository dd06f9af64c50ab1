"""A month's posts, each with its last reading at or before the month's cut-off, kept at ingest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter

from pymongo import DESCENDING, DeleteOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession

from model.months import Months
from model.period import Period
from store.database import MONTH_POSTS, POST_READINGS, Document, Store
from store.ingest import merging
from store.ingest.changed_months import ChangedMonths
from store.ingest.seals import month_id
from store.keys import ids_until

_COPIED = ("account", "type", "published_at")
Operation = UpdateOne | ReplaceOne[Document] | DeleteOne


def month_post(post: Document, period: Period, core: Document | None) -> Document:
    """The document of a post in its month; `core` is its last reading at or before the cut-off."""
    return {
        "_id": month_id(period, post["_id"]),
        **_facts(post, period),
        **(core or {"counts": {}}),
    }


def absent_at_cutoff(post: Document, period: Period) -> bool:
    """Whether it was missed at or before the cut-off, once more a day or more after, and not seen
    at any time since. One look that lacks it proves nothing: it counts as it was last read."""
    missed = any(absence["slot"] <= period.cutoff for absence in post.get("absences", ()))
    return missed and "gone_at" in post


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
        self.changed = ChangedMonths(db, session, months)

    def post(self, stored: Document | None, post: Document, new: Sequence[Document]) -> None:
        """A post is written: what was stored, what is now, and its new or changed readings."""
        self.changed.post(stored, post, new)
        period = self._open_period(post)
        if stored is None:
            if period is not None:
                self._new.append(month_post(post, period, _last_until(period, new)))
        elif stored.get("published_at") != post.get("published_at"):
            self._move(stored, post, period)
        elif period is not None:
            self._update(stored, post, period, _last_until(period, new))

    def _open_period(self, post: Document) -> Period | None:
        if "published_at" not in post:
            return None
        period = self._months.containing(post["published_at"])
        return None if period.name in self._sealed else period

    def _move(self, stored: Document, post: Document, period: Period | None) -> None:
        before = self._open_period(stored)
        if before is not None and before != period:
            self._operations.append(DeleteOne({"_id": month_id(before, stored["_id"])}))
        if period is not None:
            self._rebuilt.append(post)

    def _update(
        self, stored: Document, post: Document, period: Period, core: Document | None
    ) -> None:
        key = month_id(period, post["_id"])
        if core is not None:
            kept: Document = {"_id": key}
            if core["slot"] < post["latest"]["slot"]:
                # Perhaps a later reading is kept already. Only the server knows.
                kept["slot"] = {"$not": {"$gt": core["slot"]}}
            self._operations.append(ReplaceOne(kept, month_post(post, period, core)))
        if _facts(post, period) != _facts(stored, period):
            self._operations.append(UpdateOne({"_id": key}, _replacing(_facts(post, period))))

    def flush(self) -> None:
        """Writes everything collected so far."""
        collection = self._db[MONTH_POSTS]
        if self._new:
            collection.insert_many(self._new, ordered=False, session=self._session)
        for post in self._rebuilt:
            document = self._rebuild(post)
            self._operations.append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
        if self._operations:
            collection.bulk_write(self._operations, ordered=False, session=self._session)
        self._new, self._operations, self._rebuilt = [], [], []

    def _rebuild(self, post: Document) -> Document:
        period = self._months.containing(post["published_at"])
        until = {"_id": ids_until(post["_id"], period.cutoff)}
        row = self._db[POST_READINGS].find_one(
            until, sort=[("_id", DESCENDING)], session=self._session
        )
        return month_post(post, period, merging.core(row) if row else None)


def _facts(post: Document, period: Period) -> Document:
    """What a month's post copies from the post, its readings apart."""
    facts = {name: post[name] for name in _COPIED if name in post}
    if absent_at_cutoff(post, period):
        facts["absent"] = True
    return facts


def _replacing(facts: Document) -> Document:
    gone = {name: "" for name in (*_COPIED, "absent") if name not in facts}
    return {"$set": facts, "$unset": gone} if gone else {"$set": facts}


def _last_until(period: Period, new: Iterable[Document]) -> Document | None:
    known = [row for row in new if row["slot"] <= period.cutoff]
    if len(known) > 1:
        known = [max(known, key=itemgetter("slot"))]
    return merging.core(known[0]) if known else None

"""The writer, when stored answers are mapped again: readings get new derived values.

A reading whose values change names the mapper's version in `mapper`, and what it said before is
kept in `replaced`. All that follows from readings (a post's latest counts, a month's posts) is
derived anew in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo import DESCENDING
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from model.months import Months
from store.database import (
    ACCOUNT_READINGS,
    ACCOUNTS,
    POST_READINGS,
    POSTS,
    VISITS,
    Document,
    Store,
)
from store.ingest import merging
from store.ingest.batch import Documents, Folded
from store.ingest.month_posts import MonthPosts
from store.ingest.seals import sealed
from store.ingest.transaction import Merge, Transaction, Written, now_written
from store.ingest.transaction import _Merged as Merged
from store.ingest.writer import Writer, _commit
from store.keys import ids_until, instant
from store.replay import remap
from store.replay.absence_repair import ShownPage, heal
from store.replay.remap import FieldChange, fact_changes, row_changes

REPLACED = "replaced"
"""Rows as they were before a replay changed them, with `of` (their `_id`), `at` and `mapper`."""


_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Remapped:
    """Answers mapped again, as the documents they tell of."""

    folded: Folded
    versions: Mapping[str, int]
    """The mapper's version by platform."""
    pages: tuple[ShownPage, ...]
    parts: AbstractSet[str]
    """Readings that were also made from answers that are in the archive no more."""


Pairs = Mapping[str, tuple[Document | None, Document]]
"""By `_id`: a document as it is stored (None: not at all), and as it should be."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is stored beside what it should be. Rows and visits that stay are not among them."""

    rows: Mapping[str, Pairs]
    """By collection."""
    posts: Pairs
    accounts: Pairs
    visits: Pairs

    def changes(self) -> Iterator[FieldChange]:
        """Field by field."""
        for name, pairs in self.rows.items():
            for stored, now in pairs.values():
                yield from row_changes(name, stored, now)
        for key, (stored, now) in self.posts.items():
            yield from fact_changes(POSTS, key, stored, now, (*merging.POST_FACTS, "absent_since"))
        for key, (stored, now) in self.accounts.items():
            before = None if stored is None else stored.get("observed", {})
            yield from fact_changes(
                ACCOUNTS, key, before, now.get("observed", {}), merging.ACCOUNT_FACTS
            )


def compare(db: Store, session: ClientSession | None, of: Remapped) -> Comparison:
    """What is stored beside what the answers tell today. Reads only."""
    told = {
        POST_READINGS: of.folded.post_readings,
        ACCOUNT_READINGS: of.folded.account_readings,
    }
    posts, visits = _healed(db, session, of, _posts(db, session, of))
    return Comparison(
        rows={name: _rows(db, session, name, anew, of) for name, anew in told.items()},
        posts=posts,
        accounts=_accounts(db, session, of),
        visits=visits,
    )


def _rows(
    db: Store, session: ClientSession | None, name: str, anew: Documents, of: Remapped
) -> Pairs:
    stored = _stored(db, session, name, anew)
    pairs: dict[str, tuple[Document | None, Document]] = {}
    for key, row in anew.items():
        stamped = {**row, "mapper": of.versions[key.partition(":")[0]]}
        known = stored.get(key)
        now = stamped if known is None else remap.new_row(known, stamped, key not in of.parts)
        if now is not known:
            pairs[key] = (known, now)
    return pairs


def _posts(db: Store, session: ClientSession | None, of: Remapped) -> Pairs:
    return _pairs(_stored(db, session, POSTS, of.folded.posts), of.folded.posts, remap.new_post)


def _pairs(stored: Documents, told: Documents, over: Merge) -> Pairs:
    return {
        key: (stored.get(key), over(stored[key], anew) if key in stored else anew)
        for key, anew in told.items()
    }


def _healed(
    db: Store, session: ClientSession | None, of: Remapped, posts: Pairs
) -> tuple[Pairs, Pairs]:
    """Posts without the absences that do not hold, and the visits that have seen them after all."""
    visits = _stored(db, session, VISITS, {visit for page in of.pages for visit in page.visits})
    fresh = frozenset(key for key, (stored, _) in posts.items() if stored is None)
    now = {key: document for key, (_, document) in posts.items()}
    changed, untrue = heal(of.pages, visits, now, fresh)
    healed = dict(posts)
    for key, (stored, document) in posts.items():
        if "absences" in document:
            doubted = untrue.get(key, set())
            held = [a for a in document["absences"] if (a["observed_at"], a["slot"]) not in doubted]
            healed[key] = (stored, merging.with_absences(document, held))
    return healed, {key: (visits[key], visit) for key, visit in changed.items()}


def _accounts(db: Store, session: ClientSession | None, of: Remapped) -> Pairs:
    stored = _stored(db, session, ACCOUNTS, of.folded.accounts)
    return _pairs(stored, of.folded.accounts, remap.new_account)


def _stored(db: Store, session: ClientSession | None, name: str, ids: Iterable[str]) -> Documents:
    found = db[name].find({"_id": {"$in": list(ids)}}, session=session)
    return {document["_id"]: document for document in found}


class Rewriter(Writer):
    """Writes what replaying changes; `at` is the present.

    The posts of sealed months stay as they are unless `reopen` says otherwise.
    """

    def __init__(self, db: Store, months: Months, at: datetime, *, reopen: bool = False) -> None:
        super().__init__(db, months)
        self._at = instant(at)
        self._reopen = reopen
        self._batch: Remapped | None = None
        self._changes: list[FieldChange] = []

    def prepare(self) -> None:
        """As the writer does; and the collection of what was replaced is there."""
        super().prepare()
        if REPLACED not in self._db.list_collection_names():
            self._db[REPLACED].create_index("of")

    def rewrite(self, batch: Remapped) -> list[FieldChange]:
        """Returns what was changed, when a majority has journaled it. Raises as `write` does."""
        self.prepare()
        self._batch = batch
        self._write(batch.folded)
        return self._changes

    def _in_transaction(self, folded: Folded) -> Written:
        if self._batch is None:
            return super()._in_transaction(folded)
        snapshot, majority = ReadConcern("snapshot"), WriteConcern("majority", j=True)
        with (
            self._db.client.start_session() as session,
            session.start_transaction(read_concern=snapshot, write_concern=majority),
        ):
            closed = frozenset[str]() if self._reopen else sealed(self._db, session)
            months = MonthPosts(self._db, session, self._months, closed)
            rewriting = _Rewriting(self._db, session, self._months, folded, months)
            self._changes = rewriting.carry_out(self._batch, self._at)
            _commit(session)
        return Written()


class _Rewriting(Transaction):
    """One transaction that brings derived values up to today's mappers."""

    def __init__(
        self,
        db: Store,
        session: ClientSession,
        months: Months,
        folded: Folded,
        month_posts: MonthPosts,
    ) -> None:
        super().__init__(db, session, months, folded)
        self._months = month_posts

    def carry_out(self, batch: Remapped, at: datetime) -> list[FieldChange]:
        """What was changed."""
        self._take_turns()
        found = compare(self._db, self._session, batch)
        for name, pairs in found.rows.items():
            self._keep(name, pairs, at)
            self._put(name, pairs)
        self._put(VISITS, found.visits)
        self._put(ACCOUNTS, self._with_latest(found.accounts, found.rows[ACCOUNT_READINGS]))
        self._derive_posts(found)
        self._months.changed.visits(now_written(_merged(found.visits)))
        readings = _merged(found.rows[ACCOUNT_READINGS])
        self._months.changed.account_readings(now_written(readings))
        self._months.changed.flush()
        return list(found.changes())

    def _keep(self, name: str, pairs: Pairs, at: datetime) -> None:
        """The rows as they were, so that nothing that was ever said is lost."""
        kept = [
            {"of": key, "in": name, "at": at, "mapper": now["mapper"], "row": stored}
            for key, (stored, now) in pairs.items()
            if stored is not None
        ]
        if kept:
            self._db[REPLACED].insert_many(kept, ordered=False, session=self._session)

    def _put(self, name: str, pairs: Pairs) -> None:
        self._store(name, _merged(pairs))

    def _with_latest(self, accounts: Pairs, changed: Pairs) -> Pairs:
        """The accounts whose readings changed, with the latest of them."""
        result = dict(accounts)
        for key in {now["account"] for _, now in changed.values()}:
            stored, now = result[key]
            latest = {"latest": self._last(ACCOUNT_READINGS, key)}
            result[key] = (stored, {**now, "observed": {**now["observed"], **latest}})
        return result

    def _derive_posts(self, found: Comparison) -> None:
        by_post: dict[str, list[Document]] = defaultdict(list)
        for _, row in found.rows[POST_READINGS].values():
            by_post[row["post"]].append(row)
        pairs = dict(found.posts)
        for key in by_post:
            stored, now = pairs[key]
            pairs[key] = (stored, {**now, "latest": self._last(POST_READINGS, key)})
        posts = _merged(pairs)
        self._catch_up(posts)
        self._store(POSTS, posts)
        for key, post in posts.now.items():
            self._months.post(posts.stored.get(key), post, by_post.get(key, ()))
        self._months.flush()

    def _last(self, name: str, subject: str) -> Document:
        row = self._db[name].find_one(
            {"_id": ids_until(subject, _EVER)}, sort=[("_id", DESCENDING)], session=self._session
        )
        return merging.core(row) if row else {}


def _merged(pairs: Pairs) -> Merged:
    stored = {key: known for key, (known, _) in pairs.items() if known is not None}
    now = {key: document for key, (_, document) in pairs.items()}
    new = [document for key, document in now.items() if key not in stored]
    changed = [key for key, known in stored.items() if known != now[key]]
    return Merged(stored, now, new, changed)

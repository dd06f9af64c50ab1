"""One transaction of the writer: reads what is stored, merges, writes only what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from model.months import Months
from store.database import (
    ACCOUNT_READINGS,
    ACCOUNTS,
    GONE,
    POST_READINGS,
    POSTS,
    RAW,
    TURNS,
    VISITS,
    Document,
    Store,
)
from store.ingest import absence, merging
from store.ingest.batch import Documents, Folded
from store.ingest.doubt import with_doubts
from store.ingest.month_posts import MonthPosts
from store.ingest.seals import sealed

Merge = Callable[[Document, Document], Document]


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch added; everything else of it was known already."""

    posts: int = 0
    post_readings: int = 0
    account_readings: int = 0
    visits: int = 0
    raw: int = 0
    unresolved: int = 0
    """Accounts named by a handle alone that no visit identifies."""

    def __add__(self, other: Written) -> Written:
        mine, theirs = asdict(self), asdict(other)
        return Written(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True, slots=True)
class _Merged:
    """What became of a collection's documents."""

    stored: Documents
    now: Documents
    new: list[Document]
    changed: list[str]


class Transaction:
    """Writes one folded batch in a session whose transaction somebody else commits."""

    def __init__(self, db: Store, session: ClientSession, months: Months, folded: Folded) -> None:
        self._db = db
        self._session = session
        self._folded = folded
        self._months = MonthPosts(db, session, months, sealed(db, session))

    def run(self) -> Written:
        """May be run again from the beginning if the commit fails."""
        folded = self._folded
        self._take_turns()
        raws = self._write(RAW, folded.raw, merging.merge_answers)
        judged = with_doubts(self._db, self._session, folded.visits, folded.posts)
        visits = self._write(VISITS, judged, merging.merge_visits)
        self._write(GONE, folded.gone, lambda stored, _: stored)
        self._write(ACCOUNTS, folded.accounts, merging.merge_accounts)
        account_rows = self._write(ACCOUNT_READINGS, folded.account_readings, merging.merge_rows)
        post_rows = self._write(POST_READINGS, folded.post_readings, merging.merge_rows)
        posts = self._posts(post_rows)
        self._evidence(visits)
        self._months.changed.visits(now_written(visits))
        self._months.changed.account_readings(now_written(account_rows))
        self._months.changed.flush()
        return Written(
            posts=len(posts.new),
            post_readings=len(post_rows.new),
            account_readings=len(account_rows.new),
            visits=len(visits.new),
            raw=len(raws.new),
            unresolved=folded.unresolved,
        )

    def _take_turns(self) -> None:
        """Makes transactions that touch the same account conflict, so that one of them waits.

        A post from a page and its absence from a visit are in different documents: without this,
        two writers could each miss what the other writes.
        """
        turns = [
            UpdateOne({"_id": account}, {"$inc": {"n": 1}}, upsert=True)
            for account in sorted(self._folded.touched)
        ]
        if turns:
            self._db[TURNS].bulk_write(turns, session=self._session)

    def _write(self, name: str, documents: Documents, merge: Merge) -> _Merged:
        merged = self._merge(name, documents, merge)
        self._store(name, merged)
        return merged

    def _merge(self, name: str, documents: Documents, merge: Merge) -> _Merged:
        if not documents:
            return _Merged({}, {}, [], [])
        found = self._db[name].find({"_id": {"$in": list(documents)}}, session=self._session)
        stored = {document["_id"]: document for document in found}
        now: Documents = {}
        new: list[Document] = []
        changed: list[str] = []
        for key, document in documents.items():
            known = stored.get(key)
            if known is None:
                now[key] = document
                new.append(document)
            else:
                now[key] = merge(known, document)
                if now[key] != known:
                    changed.append(key)
        return _Merged(stored, now, new, changed)

    def _store(self, name: str, merged: _Merged) -> None:
        collection = self._db[name]
        if merged.new:
            collection.insert_many(merged.new, ordered=False, session=self._session)
        if merged.changed:
            updates = [
                UpdateOne({"_id": key}, changes(merged.stored[key], merged.now[key]))
                for key in merged.changed
            ]
            collection.bulk_write(updates, ordered=False, session=self._session)

    def _posts(self, written: _Merged) -> _Merged:
        posts = self._merge(POSTS, self._folded.posts, merging.merge_posts)
        self._catch_up(posts)
        self._store(POSTS, posts)
        new_rows: dict[str, list[Document]] = defaultdict(list)
        for row in written.new:
            new_rows[row["post"]].append(row)
        for key in written.changed:
            new_rows[written.now[key]["post"]].append(written.now[key])
        for key, post in posts.now.items():
            self._months.post(posts.stored.get(key), post, new_rows.get(key, ()))
        self._months.flush()
        return posts

    def _catch_up(self, posts: _Merged) -> None:
        """Posts whose publication is known only now may have been missed by earlier visits."""
        fresh = [
            post
            for key, post in posts.now.items()
            if _published(posts.stored.get(key)) != _published(post)
        ]
        missed = absence.of_posts(self._db, self._session, fresh) if fresh else {}
        new = {document["_id"]: at for at, document in enumerate(posts.new)}
        for key, absences in missed.items():
            posts.now[key] = _with(posts.now[key], absences)
            if key in new:
                posts.new[new[key]] = posts.now[key]

    def _evidence(self, visits: _Merged) -> None:
        """What this batch's visits and answers prove about posts that are stored."""
        missed = absence.by_evidence(
            self._db, self._session, now_written(visits), self._folded.gone.values()
        )
        if not missed:
            return
        found = self._db[POSTS].find({"_id": {"$in": list(missed)}}, session=self._session)
        updates: list[UpdateOne] = []
        for post in found:
            now = _with(post, missed[post["_id"]])
            if now != post:
                updates.append(UpdateOne({"_id": post["_id"]}, changes(post, now)))
                self._months.post(post, now, ())
        if updates:
            self._db[POSTS].bulk_write(updates, ordered=False, session=self._session)
        self._months.flush()


def now_written(merged: _Merged) -> list[Document]:
    """The documents that are new or have changed, as they are now."""
    return [*merged.new, *(merged.now[key] for key in merged.changed)]


def _published(post: Document | None) -> tuple[object, object] | None:
    return None if post is None else (post.get("published_at"), post.get("account"))


def _with(post: Document, absences: Iterable[Document]) -> Document:
    return merging.with_absences(post, [*post.get("absences", ()), *absences])


def changes(stored: Document, now: Document) -> Document:
    """The update that makes the one document the other."""
    put = {name: value for name, value in now.items() if stored.get(name) != value}
    gone = {name: "" for name in stored if name not in now}
    update: Document = {}
    if put:
        update["$set"] = put
    if gone:
        update["$unset"] = gone
    return update

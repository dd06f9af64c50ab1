"""For which months of which accounts a transaction changes what measures are computed from.

Each change is counted in the account's document of `turns`, within the same transaction. What was
rolled up for a month (`store.month.rolled_up`) names the counts it was computed at, and holds for
as long as they stand still. A month may be counted without having changed, never the other way
round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from model.messages import VisitKind
from model.months import Months
from model.period import Period
from store.database import TURNS, Document, Store
from store.ingest.merging import OTHERWISE

TIMES = _ALL, _MONTHS, _FOLLOWERS = "all", "months", "followers"
"""The fields of a document of `turns` in which changes are counted."""
_FACTS = ("account", "type", "published_at", OTHERWISE, "absences", "gone_at")
"""What months ask of a post apart from its readings."""
_INCLUDED = timedelta(seconds=1)
"""What stands for the very end of a month belongs to it, too: slots are whole seconds."""
_MOST_MONTHS = 24
"""Of a window of more months, all months of the account count as changed."""


class ChangedMonths:
    """Collects what a transaction changes, and counts it at its end."""

    def __init__(self, db: Store, session: ClientSession, months: Months) -> None:
        self._db = db
        self._session = session
        self._months = months
        self._found: defaultdict[str, set[str]] = defaultdict(set)
        """By account: the fields of its document that are counted up."""

    def post(self, stored: Document | None, post: Document, new: Sequence[Document]) -> None:
        """A post is written: what was stored, what is now, its new or changed readings."""
        changed = stored is None or any(stored.get(name) != post.get(name) for name in _FACTS)
        if not (changed or new):
            return
        known = [of for of in (stored, post) if of is not None and "account" in of]
        for period in (period for of in known for period in self._dated(of)):
            if changed or any(row["slot"] <= period.cutoff for row in new):
                for of in known:
                    self._found[of["account"]].add(f"{_MONTHS}.{period.name}")

    def _dated(self, post: Document) -> Iterator[Period]:
        """The months in which answers say that it was published."""
        for at in (post.get("published_at"), *post.get(OTHERWISE, ())):
            if at is not None:
                period = self._months.containing(at)
                yield period
                if at - _INCLUDED < period.start:
                    yield self._before(period)

    def visits(self, visits: Iterable[Document]) -> None:
        """Visits that are new or have other attempts than before."""
        for visit in visits:
            if visit["kind"] == VisitKind.TIMELINE:
                self._found[visit["account"]].update(self._looked_at(visit))

    def _looked_at(self, visit: Document) -> Iterator[str]:
        """The months up to whose cut-off it counts as a look, and those that its window covers."""
        slot = visit["slot"]
        last = self._months.containing(slot)
        yield f"{_MONTHS}.{last.name}"
        before = self._before(last)
        while slot <= before.cutoff:
            yield f"{_MONTHS}.{before.name}"
            before = self._before(before)
        window = visit.get("window")
        if window is None:
            return
        if window["end"] - window["start"] > _MOST_MONTHS * timedelta(days=28):
            yield _ALL
            return
        period = self._months.containing(window["start"])
        while period.start < window["end"]:
            yield f"{_MONTHS}.{period.name}"
            period = self._months.containing(period.end)

    def _before(self, period: Period) -> Period:
        return self._months.containing(period.start - _INCLUDED)

    def account_readings(self, rows: Iterable[Document]) -> None:
        """Readings of accounts that are new or have changed."""
        for row in rows:
            month = self._months.containing(row["slot"] - _INCLUDED)
            self._found[row["account"]].add(f"{_FOLLOWERS}.{month.name}")

    def flush(self) -> None:
        """Counts everything collected so far."""
        updates = [
            UpdateOne({"_id": account}, {"$inc": dict.fromkeys(sorted(fields), 1)}, upsert=True)
            for account, fields in sorted(self._found.items())
        ]
        if updates:
            self._db[TURNS].bulk_write(updates, ordered=False, session=self._session)
        self._found.clear()


def month_changed(db: Store, period: Period) -> None:
    """Counts a month of all accounts as changed: something was done to it as a whole."""
    db[TURNS].update_many({}, {"$inc": {f"{_MONTHS}.{period.name}": 1}})


def times_changed(turns: Document, period: Period) -> int:
    """How often a month has changed, by an account's document of `turns`; it never falls.

    A reading of the account counts for all months from its own on: followers at an edge are those
    of the last reading before it, however old.
    """
    months, followers = turns.get(_MONTHS, {}), turns.get(_FOLLOWERS, {})
    own = [turns[name] for name in (_ALL,) if name in turns]
    own += [times for name, times in months.items() if name == period.name]
    return sum([*own, *(times for name, times in followers.items() if name <= period.name)])

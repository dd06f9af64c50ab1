"""The months as they are known now, computed once for all readers and again when they change."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock, RLock, Thread
from typing import Any

from pymongo.errors import PyMongoError

from model.clock import Clock
from model.measures import MeasureRow
from model.months import Months
from model.period import Period
from portal.figures.lately import Lately
from portal.figures.state import MonthState, month_state
from portal.month import MonthIndex, month_index
from portal.published import shown_index
from portal.rights.viewer import NotThere
from scoring.analysis.robust import RankBand, rank_bands, standard_plan
from scoring.errors import IssueError, ScoringError
from scoring.publish.issues import Issue, from_plain
from scoring.publish.top import missing_cities, scope_node
from store.accounts import accounts
from store.database import MONTH_POSTS, POSTS, VISITS, Store
from store.records import INDICATORS, ISSUES, RATINGS, issue_heads, latest_issue

log = logging.getLogger(__name__)
BAND_RUNS = 200
_FIRST_YEAR, _LAST_YEAR = 2000, 2999
_KEPT = 14
"""Months held at once."""
_LATELY_KEPT = 100
_MONTHS_FRESH = 10.0
_NEWEST = [("_id", -1)]
LOOK_EVERY = 2.0
"""Seconds between two looks at whether a month has changed."""
REGISTRY_EVERY = 10.0
"""Seconds between two looks at the accounts, which are many and seldom change."""
_AGAIN_AFTER = 60.0
"""Seconds after which a month that goes on changing is computed again."""


@dataclass
class MonthFigures:
    """One month, computed."""

    index: MonthIndex
    state: MonthState
    issue: Issue | None
    """The newest issue, whatever its state."""
    as_of: datetime
    kept: dict[Any, Any] = field(default_factory=dict)
    """What pages made of it."""
    _making: RLock = field(default_factory=RLock, repr=False)
    """One of those who ask for the same makes it."""

    @property
    def period(self) -> Period:
        """The month."""
        return self.index.period

    @property
    def published(self) -> Issue | None:
        """The issue, if its numbers are the ones that are shown."""
        return self.issue if self.state.published else None

    @cached_property
    def by_city(self) -> Mapping[str, list[MeasureRow]]:
        """The measures of each city's accounts."""
        found: dict[str, list[MeasureRow]] = {}
        for row in self.index.inputs.rows:
            found.setdefault(row.city, []).append(row)
        return found

    @cached_property
    def left_out(self) -> list[dict[str, Any]]:
        """The cities without a place in the composite, and why."""
        return missing_cities(self.index.result, self.index.names)

    def bands(self, scope: str) -> Mapping[str, RankBand]:
        """How sure the ranks of a scope are."""
        index = self.index
        found: Mapping[str, RankBand] = self.once(
            ("bands", scope),
            lambda: rank_bands(
                index.method,
                index.table,
                standard_plan(index.method, runs=BAND_RUNS),
                scope_node(index.result, scope),
            ),
        )
        return found

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, made when it is first asked for."""
        if key not in self.kept:
            with self._making:
                if key not in self.kept:
                    self.kept[key] = make()
        return self.kept[key]


@dataclass
class _Kept:
    figures: MonthFigures
    mark: object
    looked: float
    made: float
    renewing: bool = False


class MonthShelf:
    """The months that were asked for lately."""

    def __init__(self, db: Callable[[], Store], months: Months, method: str, clock: Clock) -> None:
        self._db = db
        self._months = months
        self.method = method
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._lately = Lately(_LATELY_KEPT)
        self._turns: dict[str, Lock] = {}
        self._naming = Lock()

    def named(self, name: str) -> Period:
        """The month `YYYY-MM`. Raises NotThere."""
        try:
            period = self._months.named(name)
            # Neighbours of the first and last months that there are cannot be told.
            if not _FIRST_YEAR <= int(name[:4]) <= _LAST_YEAR:
                raise ValueError(name)
        except (ValueError, OverflowError):
            raise NotThere("month", name) from None
        return period

    @property
    def current(self) -> Period:
        """The month that is running."""
        return self._months.containing(self._clock.now())

    def known(self) -> list[str]:
        """The months of which posts or issues are known, the newest first."""
        found: list[str] = self.lately("known months", self._known_months, _MONTHS_FRESH)
        return found

    def _known_months(self) -> list[str]:
        db = self._db()
        names = set(db[ISSUES].distinct("period"))
        before = "~"
        # Ids begin with the month: each look leaps over all posts of one.
        while row := db[MONTH_POSTS].find_one({"_id": {"$lt": before}}, {"_id": 1}, sort=_NEWEST):
            name = row["_id"].partition(":")[0]
            names.add(name)
            before = f"{name}:"
        first = db[VISITS].find_one({}, {"observed_at": True}, sort=[("observed_at", 1)])
        # Of months before collecting began, no more than some old posts is known.
        begin = self._months.containing(first["observed_at"]).name if first else ""
        issued = set(db[ISSUES].distinct("period"))
        return sorted((n for n in names if n >= begin or n in issued), reverse=True)

    def newest(self) -> str:
        """The newest month that has ended and of which anything is known, else the running one."""
        current = self.current.name
        return next((name for name in self.known() if name < current), current)

    def figures(self, name: str) -> MonthFigures:
        """A month. Raises NotThere for one of which nothing can be known.

        While a month that goes on changing is computed again, readers get what was known a minute
        ago; whoever asks for one that was not computed yet, or was published meanwhile, waits.
        """
        period = self.named(name)
        kept = self._kept.get(name)
        if kept is not None and time.monotonic() - kept.looked < LOOK_EVERY:
            return kept.figures
        with self._turn(name):
            kept = self._kept.get(name)
            now = time.monotonic()
            if kept is not None and now - kept.looked < LOOK_EVERY:
                return kept.figures
            mark = self._mark(period)
            if kept is None or not _same_issue(kept.mark, mark):
                return self._put(name, _Kept(self._made(period), mark, now, now))
            kept.looked = now
            if kept.mark != mark and now - kept.made >= _AGAIN_AFTER and not kept.renewing:
                kept.renewing = True
                Thread(target=self._renew, args=(name, period, mark), daemon=True).start()
            return kept.figures

    def changed(self) -> None:
        """Something was drafted, published or withdrawn: the next reader of any month sees it."""
        self._lately.clear()
        for kept in list(self._kept.values()):
            kept.looked = -math.inf

    def _turn(self, name: str) -> Lock:
        """Two readers never compute one month at once."""
        with self._naming:
            return self._turns.setdefault(name, Lock())

    def _put(self, name: str, made: _Kept) -> MonthFigures:
        with self._naming:
            self._kept.pop(name, None)
            self._kept[name] = made
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))
        return made.figures

    def _renew(self, name: str, period: Period, mark: object) -> None:
        """Computes a month again, beside those who read it."""
        before = self._kept.get(name)
        try:
            now = time.monotonic()
            self._put(name, _Kept(self._made(period), mark, now, now))
        except (PyMongoError, NotThere, ScoringError) as error:
            # The reader who asks in a minute meets the same, or it is over by then.
            log.warning("%s could not be computed again: %s", name, error)
            if before is not None:
                before.made, before.renewing = time.monotonic(), False

    def lately(self, key: Any, make: Callable[[], Any], seconds: float = _AGAIN_AFTER) -> Any:
        """What `make` gave within the last seconds, else what it gives now."""
        return self._lately.of(key, make, seconds)

    def _mark(self, period: Period) -> object:
        """What differs once anything that the month is computed from has changed. What all months
        have in common is asked once for all."""
        names = [period.name, period.previous().name]
        heads, *known = self.lately("looked", self._looked, LOOK_EVERY / 2)
        digests = {name: heads[name] for name in names if name in heads}
        return digests, *known, self._clock.now() >= period.cutoff

    def _looked(self) -> tuple[Any, ...]:
        """The newest issue of each month, the newest visit, how much else there is, and what the
        registry says."""
        db = self._db()
        newest = db[VISITS].find_one({}, {"observed_at": True}, sort=[("observed_at", -1)])
        heads = issue_heads(db, {"method": self.method})
        digests = {one["period"]: one["digest"] for one in reversed(heads)}
        counts = tuple(db[c].estimated_document_count() for c in (RATINGS, INDICATORS, POSTS))
        return digests, newest, counts, self.lately("registry", self._registered, REGISTRY_EVERY)

    def _registered(self) -> list[tuple[Any, ...]]:
        """Of all accounts what a month is computed from."""
        return [
            (one.key, one.city, one.account_class, one.primary, one.pauses, one.watched_from)
            for one in accounts(self._db())
        ]

    def _made(self, period: Period) -> MonthFigures:
        db, now = self._db(), self._clock.now()
        if period.start > now or period.name not in {self.current.name, *self.known()}:
            raise NotThere("month", period.name, self.known()[:3])
        stored = latest_issue(db, period.name, self.method)
        issue = from_plain(stored) if stored else None
        index = _index(db, period, self.method)
        return MonthFigures(index, month_state(period, issue, now), issue, now)


def _index(db: Store, period: Period, method: str) -> MonthIndex:
    """As it was published, else as it is known now; also where an old issue was kept without what
    it was computed from, whose ranks are then put in their place by the rows."""
    try:
        return shown_index(db, period, method)
    except IssueError:
        return month_index(db, period, method)


def _same_issue(one: Any, other: Any) -> bool:
    return bool(one[0] == other[0])

"""What is stored about the accounts of a period, beside what was to be read of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.measures import EARLY
from model.messages import VisitKind
from model.period import Period
from model.visit import Expected, Reason
from store.database import ACCOUNT_READINGS, POSTS, VISITS, Document, Store
from store.keys import reading_id
from store.month.coverage import Interval, covered_spans

_AT_ONCE = 5000
_WHEN = {"account": True, "slot": True}
_UNNEEDED = {"posts": False, "attempts.seen": False}


@dataclass(slots=True)
class Known:
    """What is stored about one account in the period."""

    visits: dict[tuple[datetime, str], Document] = field(default_factory=dict)
    """By slot and kind; of several windows a complete one, the widest."""
    spans: list[Interval] = field(default_factory=list)
    """The times of publication that complete timelines looked at."""
    read: set[datetime] = field(default_factory=set)
    """Instants of account readings, as far as they matter: at expected instants without a complete
    profile visit, and in the day before an edge without one."""
    published: list[Interval] = field(default_factory=list)
    """Publication and first sighting of its posts."""

    def near(self, edge: datetime) -> bool:
        """Whether the followers were read in the day before."""
        return any(edge - EARLY < slot <= edge for slot in self.read)

    def whole(self, since: datetime, period: Period) -> Document | None:
        """A complete timeline over the whole month, at an instant up to the cut-off."""
        for (slot, kind), visit in self.visits.items():
            window = visit.get("window")
            timely = kind == VisitKind.TIMELINE and since <= slot <= period.cutoff
            if timely and visit["complete"] and window and window["start"] <= period.start:
                return visit
        return None

    def lacks(self, one: Expected) -> bool:
        """Whether no visit of its own at that instant is complete."""
        visit = self.visits.get((one.at, one.kind.value))
        return visit is None or not visit["complete"]


def load_known(
    db: Store, period: Period, due: Mapping[str, Sequence[Expected]]
) -> dict[str, Known]:
    """By account, for all that were due of it; every account asked for is there."""
    spans = covered_spans(db, period, list(due))
    known = {key: Known(spans=spans[key]) for key in due}
    everything = [one for of in due.values() for one in of]
    _load_visits(db, known, everything)
    if any(one.kind is VisitKind.REFRESH for one in everything):
        _load_posts(db, period, known)
    _load_readings(db, known, due)
    return known


def _load_readings(
    db: Store, known: dict[str, Known], due: Mapping[str, Sequence[Expected]]
) -> None:
    """By `_id` where one instant is asked about, by a range before an edge."""
    lacking = [
        (key, one)
        for key, of in due.items()
        for one in of
        if one.kind is VisitKind.PROFILE and known[key].lacks(one)
    ]
    exact = [reading_id(key, one.at) for key, one in lacking]
    for start in range(0, len(exact), _AT_ONCE):
        rows = db[ACCOUNT_READINGS].find({"_id": {"$in": exact[start : start + _AT_ONCE]}}, _WHEN)
        for row in rows:
            known[row["account"]].read.add(row["slot"])
    for key, one in lacking:
        if one.reason is Reason.EDGE:
            ids = {"$gte": reading_id(key, one.at - EARLY), "$lte": reading_id(key, one.at)}
            rows = db[ACCOUNT_READINGS].find({"_id": ids}, _WHEN)
            known[key].read |= {row["slot"] for row in rows}


def _load_visits(db: Store, known: dict[str, Known], due: Sequence[Expected]) -> None:
    if not due:
        return
    slots = {"$gte": min(one.at for one in due), "$lte": max(one.at for one in due)}
    for visit in db[VISITS].find({"account": {"$in": list(known)}, "slot": slots}, _UNNEEDED):
        visits, place = known[visit["account"]].visits, (visit["slot"], visit["kind"])
        if place not in visits or _rank(visit) > _rank(visits[place]):
            visits[place] = visit


def _rank(visit: Document) -> tuple[bool, timedelta, datetime]:
    window = visit.get("window")
    width = window["end"] - window["start"] if window else timedelta()
    return visit["complete"], width, visit["observed_at"]


def _load_posts(db: Store, period: Period, known: dict[str, Known]) -> None:
    published = {"$gte": period.start, "$lt": period.end}
    condition = {"account": {"$in": list(known)}, "published_at": published}
    names = dict.fromkeys(("account", "published_at", "first_seen"), True)
    for post in db[POSTS].find(condition, names):
        known[post["account"]].published.append((post["published_at"], post["first_seen"]))

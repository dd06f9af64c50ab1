"""What is stored about the accounts of a period, beside what was to be read of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
_ENDED = ("outcome", "detail", "retry_at")
_TRIED = {"$ifNull": ["$attempts", []]}
_THEN = {"$and": ["$$this.complete", {"$eq": ["$$this.slot", "$slot"]}]}
_IN_TIME = {"$anyElementTrue": {"$map": {"input": _TRIED, "as": "this", "in": _THEN}}}
_NEEDED: Document = {
    **dict.fromkeys(("account", "slot", "kind", "window", "complete", "observed_at"), 1),
    "_id": 0,
    "tried": {"$size": _TRIED},
    "punctual": _IN_TIME,
    # How a visit ended that is complete, nobody asks: a month has hundreds of thousands of them.
    **{name: {"$cond": ["$complete", "$$REMOVE", f"${name}"]} for name in _ENDED},
}


@dataclass(slots=True)
class Known:
    """What is stored about one account in the period."""

    visits: dict[tuple[datetime, str], Document] = field(default_factory=dict)
    """By slot and kind; of several windows a complete one, the widest. `tried`: how many attempts;
    `punctual`: whether a complete one stands for the visit's own instant. Outcome, detail and
    `retry_at` only of incomplete ones."""
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


@dataclass(frozen=True, slots=True)
class Regular:
    """How far the visits of an account went as they should. Instants in milliseconds since 1970."""

    whole: frozenset[tuple[str, float]] = frozenset()
    """Kinds and slots of visits that read in time all there was."""
    visited: frozenset[float] = frozenset()
    """Slots of all visits."""
    all_whole: bool = True
    """No visit was otherwise."""

    def lacking(self, due: Sequence[Expected]) -> list[Expected]:
        """What no such visit stands for; absent posts are looked for only where there are any."""
        return [
            one
            for one in due
            if (one.kind.value, milliseconds(one.at)) not in self.whole
            and one.reason is not Reason.CONFIRM
        ]


def milliseconds(at: datetime) -> float:
    """Since 1970, as the database counts."""
    return at.timestamp() * 1000


def load_regular(db: Store, due: Mapping[str, Sequence[Expected]]) -> dict[str, Regular]:
    """By account, all that are asked for. The database puts those visits together that went well:
    nearly all of the hundreds of thousands of a month."""
    found: dict[str, list[Document]] = {account: [] for account in due}
    everything = [one for of in due.values() for one in of]
    if everything:
        key = {"account": "$account", "kind": "$kind", "whole": {"$and": ["$complete", _IN_TIME]}}
        group = {"_id": key, "slots": {"$push": {"$toDouble": "$slot"}}}
        for row in db[VISITS].aggregate([{"$match": _asked(due, everything)}, {"$group": group}]):
            found[row["_id"]["account"]].append(row)
    return {account: _regular(rows) for account, rows in found.items()}


def _regular(rows: Sequence[Document]) -> Regular:
    whole = [row for row in rows if row["_id"]["whole"]]
    return Regular(
        frozenset((row["_id"]["kind"], slot) for row in whole for slot in row["slots"]),
        frozenset(slot for row in rows for slot in row["slots"]),
        len(whole) == len(rows),
    )


def without_gap(
    db: Store, due: Mapping[str, Sequence[Expected]], regular: Mapping[str, Regular]
) -> set[str]:
    """Accounts of which all was read, by visits that call for no closer look."""
    lacking = {key: regular[key].lacking(of) for key, of in due.items() if regular[key].all_whole}
    lacking = {
        key: of for key, of in lacking.items() if all(one.kind is VisitKind.PROFILE for one in of)
    }
    # Followers may come with the timeline of their instant.
    read = _read_at(db, [(key, one.at) for key, of in lacking.items() for one in of])
    return {key for key, of in lacking.items() if all((key, one.at) in read for one in of)}


def _read_at(db: Store, asked: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
    """Those of accounts and instants of which there is an account reading."""
    exact = [reading_id(key, at) for key, at in asked]
    found: set[tuple[str, datetime]] = set()
    for start in range(0, len(exact), _AT_ONCE):
        rows = db[ACCOUNT_READINGS].find({"_id": {"$in": exact[start : start + _AT_ONCE]}}, _WHEN)
        found.update((row["account"], row["slot"]) for row in rows)
    return found


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
    for key, slot in _read_at(db, [(key, one.at) for key, one in lacking]):
        known[key].read.add(slot)
    for key, one in lacking:
        if one.reason is Reason.EDGE:
            ids = {"$gte": reading_id(key, one.at - EARLY), "$lte": reading_id(key, one.at)}
            rows = db[ACCOUNT_READINGS].find({"_id": ids}, _WHEN)
            known[key].read |= {row["slot"] for row in rows}


def _load_visits(db: Store, known: dict[str, Known], due: Sequence[Expected]) -> None:
    if not due:
        return
    for visit in db[VISITS].aggregate([{"$match": _asked(known, due)}, {"$project": _NEEDED}]):
        visits, place = known[visit["account"]].visits, (visit["slot"], visit["kind"])
        if place not in visits or _rank(visit) > _rank(visits[place]):
            visits[place] = visit


def _asked(accounts: Iterable[str], due: Sequence[Expected]) -> Document:
    slots = {"$gte": min(one.at for one in due), "$lte": max(one.at for one in due)}
    return {"account": {"$in": list(accounts)}, "slot": slots}


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

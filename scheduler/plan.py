"""The slots of a period: at which instants what is read. Pure, the same for the same period.

Edge slots (the period's start and end, the cut-off) lie `edge_lead` before the edge itself, so that
their readings are observed at or before it and count: "followers at the end" is the last reading at
or before the end, "counts as of the cut-off" the last one at or before the cut-off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from model.messages import VisitKind, Window
from model.period import Period


class Reason(StrEnum):
    """Why a slot exists; what matters most for the month's index comes first when short."""

    CUTOFF = "cutoff"
    EDGE = "edge"
    CONFIRM = "confirm"
    ROUTINE = "routine"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often accounts and posts are read."""

    profile_every: timedelta = timedelta(days=1)
    timeline_every: timedelta = timedelta(days=1)
    timeline_back: timedelta = timedelta(days=8)
    """A routine timeline visit reads the posts of so many days."""
    refresh_every: timedelta = timedelta(days=7)
    """How often the older posts of the month are read again."""
    edge_lead: timedelta = timedelta(hours=1)
    lateness: timedelta = timedelta(hours=12)
    """A slot that could not be served for so long is past; `gaps` will say so."""
    confirm_after: timedelta = timedelta(days=1)
    """Absent posts are looked for once more so long after the cut-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One instant at which one kind of visit is due for every account."""

    at: datetime
    kind: VisitKind
    reason: Reason
    window: Window | None = None


def slots(period: Period, plan: Plan) -> list[Slot]:
    """All slots of a period, in order of time."""
    found = [*_profiles(period, plan), *_timelines(period, plan), *_refreshes(period, plan)]
    whole = Window(period.start, period.end)
    cutoff = period.cutoff - plan.edge_lead
    found.append(Slot(at=cutoff, kind=VisitKind.TIMELINE, reason=Reason.CUTOFF, window=whole))
    confirm = period.cutoff + plan.confirm_after
    found.append(Slot(at=confirm, kind=VisitKind.TIMELINE, reason=Reason.CONFIRM, window=whole))
    return sorted(found, key=lambda slot: (slot.at, slot.kind, slot.reason))


def _profiles(period: Period, plan: Plan) -> Iterator[Slot]:
    for edge in (period.start, period.end):
        yield Slot(at=edge - plan.edge_lead, kind=VisitKind.PROFILE, reason=Reason.EDGE)
    for at in _steps(period, plan.profile_every):
        yield Slot(at=at, kind=VisitKind.PROFILE, reason=Reason.ROUTINE)


def _timelines(period: Period, plan: Plan) -> Iterator[Slot]:
    for at in _steps(period, plan.timeline_every):
        start = max(period.start, at - plan.timeline_back)
        window = Window(start, at)
        yield Slot(at=at, kind=VisitKind.TIMELINE, reason=Reason.ROUTINE, window=window)


def _refreshes(period: Period, plan: Plan) -> Iterator[Slot]:
    """Posts too old for the routine timeline; their window says which."""
    for at in _steps(period, plan.refresh_every):
        end = at - plan.timeline_back
        if end > period.start:
            window = Window(period.start, end)
            yield Slot(at=at, kind=VisitKind.REFRESH, reason=Reason.REFRESH, window=window)


def _steps(period: Period, every: timedelta) -> Iterator[datetime]:
    at = period.start + every
    while at < period.end:
        yield at
        at += every


def instants(period: Period, plan: Plan) -> list[datetime]:
    """The distinct instants of all slots, for walking a simulated clock through a period."""
    return sorted({slot.at for slot in slots(period, plan)})

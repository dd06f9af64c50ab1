"""The slots of a plan: at which instants what is read. Pure, the same for the same month.

Each month has a grid of its own that begins `edge_lead` before the month does, so that the edge
slots, and usually the cut-off, lie on it: visits that fall on the same instant are made as one, and
visits of many accounts share their calls. Edges are read early because "followers at the end" is
the last reading at or before the end, "counts as of the cut-off" the last one at or before that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from model.messages import VisitKind, Window
from model.months import Months
from model.period import Period
from model.visit import Reason, Slot
from scheduler.plan import Plan, Reach


class Calendar:
    """The slots of one plan in the months of one zone."""

    def __init__(
        self,
        plan: Plan,
        months: Months | None = None,
        only: Period | None = None,
    ) -> None:
        self.plan = plan
        self._months = Months.of_period(only) if only else months or Months()
        self._only = only

    @classmethod
    def alone(cls, plan: Plan, period: Period) -> Calendar:
        """The slots of a single month, as if there were none before and after."""
        return cls(plan, only=period)

    def month(self, at: datetime) -> Period | None:
        """The month on whose grid an instant lies; None outside of a single month."""
        inside = at + self.plan.edge_lead
        month = self._months.containing(inside)
        return month if self._only in (None, month) else None

    def newest(self, every: timedelta, now: datetime) -> datetime | None:
        """The newest instant of a grid, at or before `now`."""
        month = self.month(now)
        if month is None:
            return None
        begin = month.start - self.plan.edge_lead
        return begin + (now - begin) // every * every

    def reaches(self, at: datetime) -> tuple[Reach, ...]:
        """How far back each band's posts go at a grid instant, the youngest band first."""
        floor = self._floor(at)
        found = []
        for band in self.plan.bands:
            since = self.newest(band.every, at)
            if since is not None:
                found.append(Reach(max(at - band.until, floor), since))
        return tuple(found)

    def _floor(self, at: datetime) -> datetime:
        """The begin of the oldest month whose counts are not taken yet."""
        if self._only is not None:
            return self._only.start
        month = self.month(at)
        if month is None or not self.plan.stop_at_cutoff:
            return datetime.min.replace(tzinfo=UTC)
        while at <= (before := month.previous()).cutoff - self.plan.edge_lead:
            month = before
        return month.start

    def timeline(self, at: datetime) -> Slot | None:
        """The timeline slot at an instant, all that falls on it made one; None if nothing does."""
        due = [slot for slot in (self._routine(at), *self._specials(at)) if slot is not None]
        due = [slot for slot in due if slot.kind is VisitKind.TIMELINE]
        if not due:
            return None
        windows = [slot.window for slot in due if slot.window is not None]
        window = Window(min(w.start for w in windows), max(w.end for w in windows))
        reason = min((slot.reason for slot in due), key=lambda reason: reason.priority)
        young = due[0].young if reason is Reason.ROUTINE else None
        return Slot(at=at, kind=VisitKind.TIMELINE, reason=reason, window=window, young=young)

    def _routine(self, at: datetime) -> Slot | None:
        """What the bands ask for: the widest one on whose grid the instant lies."""
        step = self.plan.step
        if step is None or self.newest(step, at) != at:
            return None
        reaches = self.reaches(at)
        start = min(reach.start for reach in reaches if reach.since == at)
        if start >= at:
            return None
        return Slot(
            at=at,
            kind=VisitKind.TIMELINE,
            reason=Reason.ROUTINE,
            window=Window(start, at),
            young=reaches[0].start,
        )

    def profile(self, at: datetime) -> Slot | None:
        """The profile slot at an instant; None if there is none."""
        reasons = [s.reason for s in self._specials(at) if s.kind is VisitKind.PROFILE]
        if self.newest(self.plan.profile_every, at) == at:
            reasons.append(Reason.ROUTINE)
        if not reasons:
            return None
        return Slot(
            at=at, kind=VisitKind.PROFILE, reason=min(reasons, key=lambda one: one.priority)
        )

    def _specials(self, at: datetime) -> list[Slot]:
        return [slot for slot in self._edges(at, at) if slot.at == at and not _confirms(slot)]

    def _edges(self, start: datetime, end: datetime) -> Iterator[Slot]:
        """The edge slots of all months that have one between two instants, both included."""
        if self._only is not None:
            yield from self._of(self._only)
            return
        longest = self._months.delay + self.plan.confirm_after + timedelta(days=1)
        month = self._months.containing(start - longest)
        while month.start - self.plan.edge_lead <= end:
            yield from self._of(month)
            month = month.following()

    def _of(self, month: Period) -> Iterator[Slot]:
        """A month's edge slots, not made one with others yet."""
        lead, whole = self.plan.edge_lead, Window(month.start, month.end)
        for edge in (month.start, month.end):
            yield Slot(at=edge - lead, kind=VisitKind.PROFILE, reason=Reason.EDGE)
        end, cutoff = month.end - lead, month.cutoff - lead
        if self.plan.at_end:
            yield _timeline(end, Reason.EDGE, Window(month.start, end))
        yield _timeline(cutoff, Reason.CUTOFF, whole)
        yield _timeline(month.cutoff + self.plan.confirm_after, Reason.CONFIRM, whole)

    def open(self, now: datetime) -> list[Slot]:
        """What may be served now: the newest slot of each kind, and edges not missed yet."""
        found: dict[tuple[datetime, VisitKind, bool], Slot | None] = {}

        def note(slot: Slot | None) -> None:
            if slot is not None:
                found[slot.at, slot.kind, _confirms(slot)] = slot

        for slot in self.edges(now - self.plan.lateness, now):
            if slot.at > now - self.plan.lateness:
                note(slot)
        if self.plan.step is not None and (at := self.newest(self.plan.step, now)) is not None:
            note(self.timeline(at))
        if (at := self.newest(self.plan.profile_every, now)) is not None:
            note(self.profile(at))
        return [slot for slot in found.values() if slot is not None]

    def edges(self, start: datetime, end: datetime) -> list[Slot]:
        """The edge slots between two instants, both included, in the form they are served."""
        found: dict[tuple[datetime, VisitKind, bool], Slot] = {}
        for slot in self._edges(start, end):
            if not start <= slot.at <= end:
                continue
            served = slot
            if not _confirms(slot):
                of_kind = self.profile if slot.kind is VisitKind.PROFILE else self.timeline
                served = of_kind(slot.at) or slot
            found[slot.at, slot.kind, _confirms(slot)] = served
        return sorted(found.values(), key=_order)

    def between(self, start: datetime, end: datetime) -> list[Slot]:
        """All slots from `start` to before `end`, in order of time."""
        found = {(s.at, s.kind, _confirms(s)): s for s in self.edges(start, end) if s.at < end}
        for every, of_kind in (
            (self.plan.step, self.timeline),
            (self.plan.profile_every, self.profile),
        ):
            for at in self._grid(every, start, end) if every else ():
                slot = of_kind(at)
                if slot is not None:
                    found[slot.at, slot.kind, False] = slot
        return sorted(found.values(), key=_order)

    def _grid(self, every: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
        """The instants of a grid from `start` to before `end`, month after month."""
        lead = self.plan.edge_lead
        month = self._only or self._months.containing(start + lead)
        while month.start - lead < end:
            at = month.start - lead
            while at < month.end - lead:
                if start <= at < end:
                    yield at
                at += every
            if self._only is not None:
                return
            month = month.following()


def slots(period: Period, plan: Plan) -> list[Slot]:
    """All slots of a single month, from its start to the look for absent posts."""
    beyond = period.cutoff + plan.confirm_after + timedelta(seconds=1)
    return Calendar.alone(plan, period).between(period.start - plan.edge_lead, beyond)


def instants(period: Period, plan: Plan) -> list[datetime]:
    """The distinct instants of all slots, for walking a simulated clock through a month."""
    return sorted({slot.at for slot in slots(period, plan)})


def _timeline(at: datetime, reason: Reason, window: Window) -> Slot:
    return Slot(at=at, kind=VisitKind.TIMELINE, reason=reason, window=window)


def _confirms(slot: Slot) -> bool:
    """The look for absent posts concerns few accounts, so it is never made one with others."""
    return slot.reason is Reason.CONFIRM


def _order(slot: Slot) -> tuple[datetime, VisitKind, int]:
    return slot.at, slot.kind, slot.reason.priority

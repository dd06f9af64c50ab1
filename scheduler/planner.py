"""The planner: from what MongoDB knows to visits on their way. Safe to run twice, or by two.

Every pass looks at the slots that are open now: of each kind the newest one, and the month's edges
until they are missed. So a scheduler that was away catches up with one visit of each kind for an
account, and an emptied Redis is healed by the next pass. What the planner remembers from pass to
pass (`scheduler.progress`) spares it questions and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import msgspec

from model.account import Account
from model.clock import Clock
from model.messages import Outcome, Visit, VisitKind
from model.months import Months
from model.period import Period
from model.platform import PlatformName
from model.route import Route
from model.visit import Reason, Skipped, SkipReason, Slot, VisitState
from scheduler.allocation import Allocator, visit_of
from scheduler.budget import BudgetSource, Unlimited
from scheduler.calendar import Calendar
from scheduler.contract import NoSkipLog, PlannerStore, Queue, SkipLog, Traits
from scheduler.plan import Plan
from scheduler.plans import Plans
from scheduler.progress import Group, SlotProgress
from scheduler.routes import Routing, next_attempt

__all__ = ["Planned", "Planner", "PlannerStore", "Queue", "Traits"]

log = logging.getLogger(__name__)
_LOOK_BACK = timedelta(days=45)
"""Edges that nobody served for want of a scheduler are noted if they are not older."""
_MOMENT = timedelta(microseconds=1)
_STUBBORN = frozenset({Outcome.CHANGED_SHAPE, Outcome.GAVE_UP})
"""What fails so would fail at the same old post again and again."""

OpenSlots = dict[tuple[datetime, VisitKind, bool], SlotProgress]
Calendars = Callable[[Plan], Calendar]


@dataclass(slots=True)
class Planned:
    """One run of the planner."""

    now: datetime
    open: list[Visit] = field(default_factory=list)
    """Due and not complete: on their way now."""
    dispatched: int = 0
    next_retry: datetime | None = None
    """The earliest instant at which a failed visit may be tried again."""
    given_up: list[Skipped] = field(default_factory=list)
    """What was due and is not made, as far as it is news."""

    def not_before(self, instant: datetime) -> None:
        """Something may be tried again then."""
        if self.next_retry is None or instant < self.next_retry:
            self.next_retry = instant


class Planner:
    """Plans the visits of the current month, and of the one before until it is confirmed."""

    def __init__(
        self,
        store: PlannerStore,
        queue: Queue,
        clock: Clock,
        plan: Plan | Plans,
        traits: Mapping[PlatformName, Traits],
        retry_scale: float = 1.0,
        routing: Mapping[PlatformName, Routing] | None = None,
        budget_source: BudgetSource | None = None,
        skip_log: SkipLog | None = None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._clock = clock
        self._plans = plan if isinstance(plan, Plans) else Plans(plan)
        self._traits = traits
        self._retry_scale = retry_scale
        self._routing = {name: Routing() for name in traits} | dict(routing or {})
        self._skip_log = skip_log or NoSkipLog()
        self._allocator = Allocator(store, traits, budget_source or Unlimited())
        self._open_slots: dict[object, OpenSlots] = {}
        self._behind: dict[tuple[str, VisitKind], Visit] = {}
        self._last: datetime | None = None

    def run(self, months: Months) -> Planned:
        """One pass at the clock's present, over the months that are still open."""
        planned = Planned(now=self._clock.now())
        self._pass(planned, lambda plan: Calendar(plan, months), looks_back=True)
        return planned

    def run_periods(self, periods: Sequence[Period]) -> Planned:
        """One pass over these months, each as if there were no other."""
        planned = Planned(now=self._clock.now())
        for period in periods:
            self._pass(planned, partial(Calendar.alone, period=period), of=period)
        return planned

    def _pass(
        self,
        planned: Planned,
        calendars: Calendars,
        of: Period | None = None,
        looks_back: bool = False,
    ) -> None:
        groups = []
        for group in self._groups():
            calendar = calendars(self._plans.of(group.platform, group.route))
            name = (*group.name, of)
            if name not in self._open_slots:
                self._open_slots[name] = {}
                self._recall(group, calendar, planned, looks_back)
            elif looks_back:
                self._notice_absence(group, calendar, planned)
            groups.append((group, calendar, self._open_slots[name]))
            self._turn_over(group, calendar, self._open_slots[name], planned)
        self._find_behind()
        pending: dict[str, _Pending] = {}
        for group, calendar, open_slots in groups:
            self._decide(group, calendar, open_slots, planned)
            for progress in open_slots.values():
                for account, visit in progress.pending(group):
                    pending[visit.id] = _Pending(group, progress, account, visit)
                planned.given_up += progress.short(group)
        self._consider_all(pending, planned)
        planned.dispatched += self._queue.dispatch(planned.open)
        self._last = planned.now
        self._tell(planned)

    def _groups(self) -> list[Group]:
        """The accounts that can be visited, by platform and allowed routes."""
        web = self._queue.served(Route.WEB)
        found: dict[tuple[PlatformName, tuple[Route, ...]], dict[str, Account]] = {}
        now = self._clock.now()
        for account in self._store.accounts():
            if account.id and account.platform in self._traits and account.is_visited(now):
                routing = self._routing[account.platform]
                routes = routing.allowed(account, account.platform in web)
                found.setdefault((account.platform, routes), {})[account.key] = account
        return [Group(name, routes, accounts) for (name, routes), accounts in found.items()]

    # --- slots

    def _turn_over(
        self, group: Group, calendar: Calendar, open_slots: OpenSlots, planned: Planned
    ) -> None:
        """Closes the slots that are past, opens those that are due."""
        current = {
            progress.name: progress for progress in map(SlotProgress, calendar.open(planned.now))
        }
        for name in [name for name in open_slots if name not in current]:
            self._close(group, open_slots.pop(name), planned)
        for name, progress in current.items():
            open_slots.setdefault(name, progress)

    def _decide(
        self, group: Group, calendar: Calendar, open_slots: OpenSlots, planned: Planned
    ) -> None:
        """Decides for all accounts that have not been decided on."""
        asked = [
            (progress, accounts)
            for progress in sorted(open_slots.values(), key=lambda one: one.slot.reason.priority)
            if (accounts := self._undecided(group, calendar, progress, planned.now))
        ]
        if asked:
            opened = list(open_slots.values())
            closed_until = self._allocator.decide(group, calendar, asked, opened, planned.now)
            if closed_until is not None:
                planned.not_before(closed_until)

    def _undecided(
        self, group: Group, calendar: Calendar, progress: SlotProgress, now: datetime
    ) -> list[Account]:
        accounts = progress.undecided(group, now)
        slot = progress.slot
        if not accounts:
            return []
        if slot.reason is Reason.CONFIRM:
            absent = self._absent(calendar, slot)
            return [account for account in accounts if account.key in absent]
        if self._rides_along(group, calendar, slot):
            progress.settled.update(account.key for account in accounts)
            return []
        if slot.special:
            return accounts
        late = {account.key for account in accounts if (account.key, slot.kind) in self._behind}
        progress.hold(sorted(late), SkipReason.BEHIND)
        return [account for account in accounts if account.key not in late]

    def _rides_along(self, group: Group, calendar: Calendar, slot: Slot) -> bool:
        """Whether the account's counters come with a timeline of the same instant."""
        profile = slot.kind is VisitKind.PROFILE
        rides = profile and self._allocator.traits(group).profile_rides_along
        return rides and calendar.timeline(slot.at) is not None

    def _absent(self, calendar: Calendar, slot: Slot) -> set[str]:
        month = calendar.month(slot.window.start) if slot.window is not None else None
        return set(self._store.absent_unconfirmed(month)) if month is not None else set()

    def _close(self, group: Group, progress: SlotProgress, planned: Planned) -> None:
        """A newer slot has come, or the edge is missed."""
        if progress.slot.special:
            self._catch_up(group, progress)
        planned.given_up += progress.closing(group)
        if not progress.slot.special:
            for account, visit in progress.pending(group):
                self._behind[account, visit.kind] = visit

    def _catch_up(self, group: Group, progress: SlotProgress) -> None:
        """What has ended since the last pass, and what another scheduler has seen to meanwhile."""
        visits = {visit.id: (account, visit) for account, visit in progress.pending(group)}
        for account in progress.held:
            if account in group.accounts:
                visit = visit_of(group.accounts[account], progress.slot, group.route)
                visits[visit.id] = account, visit
        states = self._store.visit_states(list(visits)) if visits else {}
        for visit_id, state in states.items():
            if state.complete:
                progress.end(*visits[visit_id], complete=True)

    # --- visits that were sent out before

    def _find_behind(self) -> None:
        """Of the visits that were overtaken by a newer slot, keeps those still on their way."""
        if self._behind:
            queued = self._queue.queued(list(self._behind.values()))
            self._behind = {k: v for k, v in self._behind.items() if v.id in queued}

    def _recall(self, group: Group, calendar: Calendar, planned: Planned, looks_back: bool) -> None:
        """At the first pass: what an earlier process may have sent, and what it may have missed."""
        now = planned.now
        for of_kind, every in (
            (calendar.timeline, calendar.plan.step),
            (calendar.profile, calendar.plan.profile_every),
        ):
            newest = calendar.newest(every, now) if every else None
            before = calendar.newest(every, newest - _MOMENT) if newest and every else None
            slot = of_kind(before) if before else None
            if slot is not None:
                for key, account in group.accounts.items():
                    self._behind[key, slot.kind] = visit_of(account, slot, group.route)
        if looks_back:
            began = max(self._skip_log.began(now), now - _LOOK_BACK)
            for slot in calendar.edges(began, now - calendar.plan.lateness):
                self._look_back(group, calendar, slot, planned)

    def _notice_absence(self, group: Group, calendar: Calendar, planned: Planned) -> None:
        """After a pause longer than edges wait: others led, or nobody did. Notes those that nobody
        served and that this process never met."""
        past, last = planned.now - calendar.plan.lateness, self._last
        if last is not None and last < past:
            for slot in calendar.edges(last + _MOMENT, past):
                self._look_back(group, calendar, slot, planned)

    def _look_back(self, group: Group, calendar: Calendar, slot: Slot, planned: Planned) -> None:
        """Notes an edge that went by without a complete visit."""
        if slot.reason is Reason.CONFIRM or self._rides_along(group, calendar, slot):
            return
        visits = {
            visit_of(account, slot, group.route).id: key
            for key, account in group.accounts.items()
            if account.verified_at is None or account.verified_at <= slot.at
        }
        states = self._store.visit_states(list(visits))
        missed = [
            key
            for visit, key in visits.items()
            if visit not in states or not states[visit].complete
        ]
        if missed:
            planned.given_up.append(SlotProgress(slot).given_up(group, SkipReason.MISSED, missed))

    # --- attempts

    def _consider_all(self, pending: Mapping[str, _Pending], planned: Planned) -> None:
        states = self._store.visit_states(list(pending)) if pending else {}
        for visit_id, one in pending.items():
            self._consider(one, states.get(visit_id), planned)

    def _consider(self, one: _Pending, state: VisitState | None, planned: Planned) -> None:
        if state is None:
            planned.open.append(one.visit)
            return
        further = next_attempt(one.group.routes, state, self._retry_scale)
        if one.visit.kind is VisitKind.TIMELINE and state.outcome in _STUBBORN:
            self._allocator.failing(one.account, one.visit.slot)
        if further is None:
            one.progress.end(one.account, one.visit, complete=state.complete)
            return
        route, due = further
        if due <= planned.now:
            attempt = msgspec.structs.replace(one.visit, attempt=state.attempts, route=route)
            one.progress.sent(one.account, attempt)
            planned.open.append(attempt)
        else:
            planned.not_before(due)

    # --- what was given up

    def _tell(self, planned: Planned) -> None:
        if planned.given_up:
            self._skip_log.note(planned.given_up)
        for entry in planned.given_up:
            if entry.accounts:
                log.warning(
                    "%s: %d %s visits of %s given up (%s, %s)",
                    entry.platform,
                    len(entry.accounts),
                    entry.kind.value,
                    f"{entry.slot:%FT%H:%MZ}",
                    entry.priority.value,
                    entry.why.value,
                )


@dataclass(frozen=True, slots=True)
class _Pending:
    """A visit that was decided on, and where it is written down."""

    group: Group
    progress: SlotProgress
    account: str
    visit: Visit

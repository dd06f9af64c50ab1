"""The planner: from what MongoDB knows to visits on their way. Safe to run twice, or by two."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from model.account import Account
from model.clock import Clock
from model.messages import Visit, VisitKind, Window
from model.period import Period
from model.platform import PlatformName
from scheduler.plan import Plan, Reason, Slot, slots
from scheduler.retry import VisitState
from scheduler.routes import Routing, again

log = logging.getLogger(__name__)


class Truth(Protocol):
    """What the planner asks the store."""

    def accounts(self) -> Sequence[Account]:
        """All accounts that are watched."""
        ...

    def visit_states(self, ids: Sequence[str]) -> Mapping[str, VisitState]:
        """The visits among these that have ended at least once."""
        ...

    def posts_published(self, account: str, window: Window) -> Sequence[str]:
        """Ids of an account's known, visible posts published in a window."""
        ...

    def absent_unconfirmed(self, period: Period) -> Iterable[str]:
        """Keys of accounts with posts that were absent once and not looked for again."""
        ...


class Sender(Protocol):
    """What the planner asks the bus."""

    def dispatch(self, visits: Iterable[Visit]) -> int:
        """Sends visits out; gives the number of those that were not on their way yet."""
        ...

    def served(self, route: str) -> frozenset[PlatformName]:
        """The platforms whose visits by this route some crawler takes at present."""
        ...


@dataclass(frozen=True, slots=True)
class Traits:
    """How a platform's route shapes its plan."""

    profile_rides_along: bool
    refresh_by_id: bool
    takes_known_posts: bool = False
    """Whether timeline visits carry the known posts of their window."""
    web: Traits | None = None
    """The same of its public pages, where they differ."""

    def of(self, route: str) -> Traits:
        """The traits of a route."""
        return self.web if route == "web" and self.web is not None else self


@dataclass(slots=True)
class Planned:
    """One run of the planner."""

    now: datetime
    open: list[Visit] = field(default_factory=list)
    """Due and not complete: on their way now."""
    dispatched: int = 0
    next_retry: datetime | None = None
    """The earliest instant at which a failed visit may be tried again."""


class Planner:
    """Plans the visits of the current month, and of the one before until it is confirmed."""

    def __init__(
        self,
        truth: Truth,
        sender: Sender,
        clock: Clock,
        plan: Plan,
        traits: Mapping[PlatformName, Traits],
        retry_scale: float = 1.0,
        routing: Mapping[PlatformName, Routing] | None = None,
    ) -> None:
        self._truth = truth
        self._sender = sender
        self._clock = clock
        self._plan = plan
        self._traits = traits
        self._retry_scale = retry_scale
        self._routing = {name: Routing() for name in traits} | dict(routing or {})

    def run(self, zone: str, delay: timedelta) -> Planned:
        """One pass at the clock's present, over the periods that are still open."""
        now = self._clock.now()
        period = Period.containing(now + self._plan.edge_lead, zone, delay)
        return self.run_periods([period.previous(), period])

    def run_periods(self, periods: Sequence[Period]) -> Planned:
        """One pass over these periods: every due visit that is not complete is sent out."""
        planned = Planned(now=self._clock.now())
        found = [c for p in periods for c in self._candidates(p, planned.now)]
        candidates = {visit.id: (visit, routes) for visit, routes in found}
        states = self._truth.visit_states(list(candidates))
        for visit_id, (visit, routes) in candidates.items():
            self._consider(visit, routes, states.get(visit_id), planned)
        planned.dispatched = self._sender.dispatch(planned.open)
        return planned

    def _consider(
        self,
        visit: Visit,
        routes: tuple[str, ...],
        state: VisitState | None,
        planned: Planned,
    ) -> None:
        if state is None:
            planned.open.append(visit)
            return
        further = again(routes, state, self._retry_scale)
        if further is None:
            return
        route, due = further
        if due <= planned.now:
            attempt = msgspec.structs.replace(visit, attempt=state.attempts, route=route)
            planned.open.append(attempt)
        elif planned.next_retry is None or due < planned.next_retry:
            planned.next_retry = due

    def _candidates(self, period: Period, now: datetime) -> Iterator[tuple[Visit, tuple[str, ...]]]:
        due = [s for s in slots(period, self._plan) if s.at <= now < s.at + self._plan.lateness]
        if not due:
            return
        absent = (
            set(self._truth.absent_unconfirmed(period))
            if any(s.reason is Reason.CONFIRM for s in due)
            else set()
        )
        web = self._sender.served("web")
        for account in self._truth.accounts():
            traits = self._traits.get(account.platform)
            if traits is None or not account.id:
                continue
            routes = self._routing[account.platform].allowed(account, account.platform in web)
            fitting = _fitting(due, traits.of(routes[0]))
            takes_known = any(traits.of(route).takes_known_posts for route in routes)
            for visit in self._of_account(account, routes[0], fitting, absent, takes_known):
                yield visit, routes

    def _of_account(
        self,
        account: Account,
        route: str,
        due: Iterable[Slot],
        absent: set[str],
        takes_known: bool,
    ) -> Iterator[Visit]:
        for slot in due:
            if slot.reason is Reason.CONFIRM and account.key not in absent:
                continue
            posts: tuple[str, ...] = ()
            wanted = slot.kind is VisitKind.REFRESH or takes_known
            if slot.window is not None and wanted:
                posts = tuple(self._truth.posts_published(account.key, slot.window))
            if slot.kind is VisitKind.REFRESH and not posts:
                continue
            yield Visit(
                platform=account.platform,
                account=account.id,
                handle=account.handle,
                kind=slot.kind,
                slot=slot.at,
                window=slot.window,
                posts=posts,
                route=route,
            )


def _fitting(due: Sequence[Slot], traits: Traits) -> list[Slot]:
    """The slots in the form a platform's route serves with the fewest calls."""
    fitting = [_as_timeline(slot, traits) for slot in due]
    if traits.profile_rides_along:
        with_timeline = {slot.at for slot in fitting if slot.kind is VisitKind.TIMELINE}
        fitting = [
            slot
            for slot in fitting
            if slot.kind is not VisitKind.PROFILE or slot.at not in with_timeline
        ]
    widest: dict[tuple[datetime, VisitKind, bool], Slot] = {}
    for slot in sorted(fitting, key=_width):
        widest[slot.at, slot.kind, slot.reason is Reason.CONFIRM] = slot
    return list(widest.values())


def _width(slot: Slot) -> timedelta:
    return slot.window.end - slot.window.start if slot.window else timedelta()


def _as_timeline(slot: Slot, traits: Traits) -> Slot:
    """Where posts cannot be read by id, their timeline is read again back to the same day."""
    if slot.kind is not VisitKind.REFRESH or traits.refresh_by_id or slot.window is None:
        return slot
    window = Window(slot.window.start, slot.at)
    return Slot(at=slot.at, kind=VisitKind.TIMELINE, reason=Reason.ROUTINE, window=window)

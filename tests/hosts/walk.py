"""Leads the clock of five hosts through a month; the schedulers there plan, we only look on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from bus.dispatch import Dispatcher
from model.messages import Visit
from model.platform import PlatformName
from model.route import Route
from operations.budgets import LedgerBudgets
from operations.configuration.traits import traits_of
from operations.jobs import patience
from operations.rehearsal.walk import Progress, StepWalk
from operations.runtime import Runtime
from scheduler.calendar import Calendar
from scheduler.planner import Planner
from tests.hosts.stand import PERIOD, Stand

_MOMENT = timedelta(microseconds=1)


class _Onlooker:
    """The queue as one sees it who sends nothing."""

    def __init__(self, queue: Dispatcher) -> None:
        self._queue = queue

    def dispatch(self, visits: Sequence[Visit]) -> int:
        """None of them."""
        del visits
        return 0

    def queued(self, visits: Sequence[Visit]) -> set[str]:
        return self._queue.queued(visits)

    def served(self, route: Route) -> frozenset[PlatformName]:
        return self._queue.served(route)


@dataclass(slots=True)
class Pulse:
    """How the visits of the present step end, and the longest time in which none did."""

    ended: int = 0
    """Of the present step."""
    total: int = 0
    longest: float = 0.0
    """Seconds, while visits were due."""
    longest_at: str = ""
    _moved: float = field(default_factory=time.monotonic)
    _done: int = 0

    def begin(self) -> None:
        """A step begins."""
        self.ended, self._moved = 0, time.monotonic()

    def beat(self, progress: Progress) -> None:
        """A look at the visits. Until the first one has ended, parts are still starting."""
        now = time.monotonic()
        if self.total and now - self._moved > self.longest:
            self.longest = now - self._moved
            self.longest_at = f"{progress.at:%m-%d %H:%M}"
        if progress.done != self._done:
            self.ended += progress.done - self._done
            self.total, self._done, self._moved = progress.done, progress.done, now


def steps_of(runtime: Runtime) -> list[datetime]:
    """The instants of the month's slots, and the one at which it may be sealed."""
    period, plans = runtime.settings.period(PERIOD), runtime.plans()
    over = period.cutoff + patience(runtime)
    plan = plans.of("x", Route.API)
    slots = Calendar(plan, runtime.months).between(period.start - plan.edge_lead, over + _MOMENT)
    return sorted({over, *(slot.at for slot in slots)})


def walk(
    stand: Stand, pulse: Pulse, before: Callable[[int], None], after: Callable[[int], None]
) -> None:
    """To the end of the month, each step until all visits that are due have ended. `before` and
    `after` are told the number of the step."""
    runtime, number = stand.runtime, iter(range(1_000))
    steps = steps_of(runtime)
    names = runtime.settings.enabled
    looking_on = Planner(
        runtime.queries,
        _Onlooker(Dispatcher(runtime.redis)),
        runtime.clock,
        runtime.plans(),
        {name: traits_of(name) for name in names},
        routing={name: runtime.routing(name) for name in names},
        budget_source=LedgerBudgets(runtime.settings, runtime.redis),
    )
    current = [0]

    def begin(at: datetime) -> None:
        del at
        current[0] = next(number)
        pulse.begin()
        before(current[0])

    StepWalk(
        runtime.queries,
        lambda: looking_on.run(runtime.months),
        steps,
        stand.move,
        pulse.beat,
        Event(),
        after=lambda _: after(current[0]),
        before=begin,
    ).run()

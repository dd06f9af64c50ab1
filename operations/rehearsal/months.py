"""Which months of a world are lived through, by which plan, and what is done when one is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from model.months import Months
from model.period import Period
from model.route import Route
from operations.errors import UsageError
from operations.jobs import close_months, patience, report_months, score_months
from operations.runtime import Runtime
from sandbox.world.model import World
from scheduler.calendar import Calendar, instants
from scheduler.planner import Planned
from scheduler.plans import Plans, named_plans

USUAL = 3
"""Months, unless another number is asked for, as far as the world has them."""
_MOMENT = timedelta(microseconds=1)


def months_asked(
    world: World, months: Months, last: str | None, count: int | None
) -> tuple[Period, ...]:
    """So many months of a world up to the last one, oldest first.

    Without a name, the last is the newest that the world knows whole; without a number, it is one
    month if it is named, otherwise `USUAL`. Raises UsageError for what the world does not know.
    """
    whole = _whole(world, months)
    try:
        period = months.named(last) if last is not None else _newest(world, months, whole)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if period.start > world.end or period.end <= world.start:
        raise UsageError(f"--period {period.name}: {_known(world)}")
    if count is None:
        count = 1 if last is not None else min(USUAL, max(len(whole), 1))
    found = [period]
    while len(found) < count:
        found.insert(0, found[0].previous())
        if found[0].start < world.start:
            raise UsageError(f"--months {count}: {_known(world)}")
    return tuple(found)


def _known(world: World) -> str:
    return f"world {world.name} knows {world.start:%Y-%m-%d} to {world.end:%Y-%m-%d} alone"


def _whole(world: World, months: Months) -> list[Period]:
    """The months of which the world knows the start and the cut-off, oldest first."""
    found, period = [], months.containing(world.start)
    while period.cutoff <= world.end:
        if period.start >= world.start:
            found.append(period)
        period = period.following()
    return found


def _newest(world: World, months: Months, whole: Sequence[Period]) -> Period:
    if whole:
        return whole[-1]
    first = months.containing(world.start)
    return first if first.start >= world.start else first.following()


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a walk needs of the months: passes of planners, instants, and what follows them."""

    steps: list[datetime]
    plan: Callable[[], Planned]
    after: Callable[[datetime], None]


def alone(runtime: Runtime, period: Period, route: Route) -> Agenda:
    """One month by the settings' plan, as if there were no other; it is not sealed."""
    plans = runtime.plans()
    planner = runtime.planner(plans, retry_scale=0.0)
    enabled = runtime.settings.enabled
    steps = {at for name in enabled for at in instants(period, plans.of(name, route))}
    return Agenda(sorted(steps), partial(planner.run_periods, [period]), lambda _: None)


def in_turn(runtime: Runtime, periods: Sequence[Period], route: Route) -> Agenda:
    """Months in a row as a running system has them: each is sealed and drafted in turn.

    The last one is read by the plan `demo-last`, which leaves out nothing of the settings' plan
    (`demo-before`), by which the ones before are read. The walk ends when the last is sealed.
    """
    first, last, months = periods[0], periods[-1], runtime.months
    early, late = runtime.plans(), named_plans()["demo-last"]
    over = [period.cutoff + patience(runtime) for period in periods]
    steps = {
        *over,
        *_slots(runtime, early, months, route, (first.start, last.start)),
        *_slots(runtime, late, months, route, (last.start, over[-1] + _MOMENT)),
    }
    planners = [runtime.planner(plans, retry_scale=0.0) for plans in (early, late)]

    def plan() -> Planned:
        return planners[runtime.clock.now() >= last.start].run(months)

    def after(at: datetime) -> None:
        if at in over:
            close(runtime)

    return Agenda(sorted(steps), plan, after)


def as_set(runtime: Runtime, period: Period, route: Route) -> Agenda:
    """A month by the settings' plan with its usual retries, until it is sealed; what is done beside
    the visits is the scheduler's business."""
    plans, months = runtime.plans(), runtime.months
    over = period.cutoff + patience(runtime)
    steps = {over, *_slots(runtime, plans, months, route, (period.start, over + _MOMENT))}
    planner = runtime.planner(plans)
    return Agenda(sorted(steps), partial(planner.run, months), lambda _: None)


def _slots(
    runtime: Runtime,
    plans: Plans,
    months: Months,
    route: Route,
    span: tuple[datetime, datetime],
) -> set[datetime]:
    return {
        slot.at
        for name in runtime.settings.enabled
        for slot in Calendar(plans.of(name, route), months).between(*span)
    }


def close(runtime: Runtime) -> None:
    """What the scheduler does with months that are over: they are sealed, drafted, reported."""
    close_months(runtime)
    score_months(runtime)
    report_months(runtime)

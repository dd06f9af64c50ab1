"""Walks a simulated clock along; at each instant all due visits come to their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from model.messages import Visit
from operations.errors import Failed
from operations.rehearsal.patience import patiently
from scheduler.planner import Planned, PlannerStore

_POLL = 0.05
_REPLAN = 5.0
"""Seconds after which waiting visits are planned again: an emptied Redis is healed by that."""
_STALLED = 180.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the walk is."""

    step: int
    steps: int
    at: datetime
    open: int
    done: int


class StepWalk:
    """Brings all that falls due to its outcome, with retries, instant after instant."""

    def __init__(
        self,
        store: PlannerStore,
        plan: Callable[[], Planned],
        steps: Sequence[datetime],
        move: Callable[[datetime], None],
        report: Callable[[Progress], None],
        stop: Event,
        after: Callable[[datetime], None] = lambda _: None,
        before: Callable[[datetime], None] = lambda _: None,
    ) -> None:
        """`plan`: one pass of the planner at the clock's present; `move` sets the clock; `before`
        is told of each step before that, `after` when all its visits have ended.
        """
        self._store = store
        self._planning = plan
        self._move = move
        self._report = report
        self._instants = steps
        self._stop = stop
        self._after = after
        self._before = before
        self._done = 0

    def run(self) -> None:
        """Raises Failed if nothing moves for minutes, or a stop is asked for."""
        for step, at in enumerate(self._instants):
            following = self._instants[step + 1] if step + 1 < len(self._instants) else None
            self._before(at)
            self._settle(step, at, following)
            self._after(at)

    def _settle(self, step: int, at: datetime, following: datetime | None) -> None:
        """Plans and waits until nothing is due any more, moving on to retries in between."""
        now: datetime | None = at
        while now is not None:
            self._move(now)
            while (planned := self._plan()).open:
                self._await(step, now, planned.open)
            retry = planned.next_retry
            now = retry if retry is not None and (following is None or retry < following) else None

    def _plan(self) -> Planned:
        return patiently(self._planning, self._stop)

    def _await(self, step: int, at: datetime, visits: Sequence[Visit]) -> None:
        waiting = {visit.id: visit.attempt for visit in visits}
        moved = planned = time.monotonic()
        while waiting:
            self._report(Progress(step, len(self._instants), at, len(waiting), self._done))
            if self._stop.wait(_POLL):
                raise Failed("stopped before the month was collected")
            ended = self._ended(waiting)
            if ended:
                moved = time.monotonic()
                self._done += len(ended)
                for visit in ended:
                    del waiting[visit]
            elif time.monotonic() - moved > _STALLED:
                raise Failed(
                    f"{len(waiting)} visits did not end within {_STALLED:.0f} s, for instance "
                    f"{min(waiting)}; the parts' messages above say what they met"
                )
            if time.monotonic() - planned > _REPLAN:
                self._plan()
                planned = time.monotonic()

    def _ended(self, waiting: dict[str, int]) -> list[str]:
        states = patiently(lambda: self._store.visit_states(list(waiting)), self._stop)
        return [visit for visit, state in states.items() if state.attempts > waiting[visit]]

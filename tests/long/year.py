"""A year that is lived through day by day: what is restarted, and how one waits for the parts."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from threading import Event

from bus.dispatch import Dispatcher
from bus.jobs import job_states
from cityreach.runtime import open_runtime
from embedded.supervise import Part
from operations.jobs import recurring
from operations.rehearsal.world_run import DemoRun
from operations.running.clock import SystemClock
from operations.running.parts import part

_DAY = timedelta(days=1)
_AFTER_MIDNIGHT = timedelta(minutes=90)
"""From a day's slots to when its midnight is past: months end then, and posts that were missed are
looked for again."""
_PARTS_EVERY = 6
"""Days from one restart of a crawler or a writer to the next: a process takes seconds to start, and
a year has many days. The scheduler is started anew twice a day."""
_LONGEST = 120.0
_WAYS = (
    ("crawl", signal.SIGTERM),
    ("write", signal.SIGKILL),
    ("crawl", signal.SIGKILL),
    ("write", signal.SIGTERM),
)


class AfterTheFirstRuns(Event):
    """The order to stop comes when the scheduler begins to wait: every job has run once."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


def days(first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants of the daily slots, both ends included."""
    at = first
    while at <= last:
        yield at
        at += _DAY


class Year:
    """Moves the clock, starts schedulers, restarts parts."""

    def __init__(self, run: DemoRun) -> None:
        self._run = run
        self._dispatcher = Dispatcher(run.runtime.redis)
        self._harvest = run.runtime.harvest()
        self._ways = cycle(_WAYS)
        self.restarts: Counter[str] = Counter()
        self.faults: set[str] = set()
        """What jobs of the scheduler met."""

    def live(self, begin: datetime, first: datetime, last: datetime) -> None:
        """Day after day; at each stop all that is due comes to its end."""
        for name in ("crawl", "write"):
            self._add(f"{name} spare", name)
        for number, slot in enumerate(days(first, last)):
            if slot >= begin:
                self._stop(slot)
                if number % _PARTS_EVERY == 0:
                    self._restart_a_part()
                self._settle()
            self._stop(slot + _AFTER_MIDNIGHT)
            self._settle()

    def _stop(self, at: datetime) -> None:
        """A scheduler starts, does every job once, and is told to stop."""
        self._run.move(at)
        runtime = open_runtime(self._run.runtime.settings)
        recurring(runtime, SystemClock()).serve(AfterTheFirstRuns())
        self.faults |= {
            f"{job.name}: {job.error}" for job in job_states(runtime.redis) if job.error
        }
        runtime.close()
        self.restarts["schedule"] += 1

    def _restart_a_part(self) -> None:
        """The older one of the kind whose turn it is, while there are visits to make."""
        name, how = next(self._ways)
        statuses = self._run.supervisor.statuses()
        running = next(one for one in statuses if one.name.startswith(name))
        if how == signal.SIGKILL:
            assert running.pid is not None
            os.kill(running.pid, how)
        self._run.supervisor.end(running.name)
        self.restarts[f"{name} {how.name}"] += 1
        self._add(f"{name} {self.restarts.total()}", name)

    def _add(self, label: str, name: str) -> None:
        self._run.supervisor.add(Part(label, part(name), self._run.environment))

    def _settle(self) -> None:
        """Until no visit is on its way and nothing waits for the writer."""
        deadline = time.monotonic() + _LONGEST
        while sum(self._dispatcher.waiting().values()) or self._harvest.waiting():
            assert time.monotonic() < deadline, "visits do not come to their end"
            time.sleep(0.01)

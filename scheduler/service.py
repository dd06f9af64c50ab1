"""The recurring jobs: a handful, in memory, coalesced, carried out by one leader at a time.

What is due is decided anew from MongoDB on each run, so a job that was missed needs no catching up
and two schedulers do no harm; the leader lease only spares the second one the work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bus.connection import TROUBLE
from bus.leader import Leader
from model.clock import Clock

log = logging.getLogger(__name__)
_LOOK = 5.0
"""Seconds between two looks at the wall clock."""
_JUMP = 2.0
"""Seconds by which the wall clock may differ from the steady one before it counts as set."""
_AGAIN = timedelta(minutes=1)
"""A job that met a server's absence is tried again so much later, if it is not due before."""
_GLANCE = 0.25
"""Seconds between two looks at a simulated clock."""


@dataclass(frozen=True, slots=True)
class Job:
    """One recurring job."""

    name: str
    every: timedelta
    run: Callable[[], object]
    daily_at: clock_time | None = None
    """Of a job that runs once a day: when, in the scheduler's zone. `every` does not count then."""


@dataclass(frozen=True, slots=True)
class Run:
    """How one run of a job went."""

    job: str
    seconds: float
    error: str = ""


class Daily(BaseTrigger):  # type: ignore[misc]
    """Once on every day of a zone. Where the clocks skip that time of day, it is an hour later;
    where they pass it twice, it is the first time. (A cron trigger skips such a day.)
    """

    def __init__(self, at: clock_time, zone: ZoneInfo) -> None:
        self._at = at
        self._zone = zone

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The first one after `previous`; if there was none, the first one from `now` on."""
        earliest = now if previous is None else previous + timedelta(microseconds=1)
        day = earliest.astimezone(self._zone).date() - timedelta(days=1)
        while True:
            # Back from UTC, a time of day that is not on the clocks has become one that is.
            instant = datetime.combine(day, self._at, self._zone).astimezone(UTC)
            if instant >= earliest:
                return instant.astimezone(self._zone)
            day += timedelta(days=1)


def _all_due(scheduler: BackgroundScheduler, now: datetime) -> None:
    for job in scheduler.get_jobs():
        job.modify(next_run_time=now)


class Recurring:
    """Runs jobs while this process leads."""

    def __init__(
        self,
        jobs: Sequence[Job],
        leader: Leader,
        trouble: tuple[type[Exception], ...],
        zone: str = "UTC",
        wall: Clock | None = None,
        note: Callable[[Run], None] | None = None,
        simulated: Clock | None = None,
    ) -> None:
        """`trouble`: what a job may meet and is tried again after; `wall`: the clock by which jobs
        fall due, watched for being set; `note`: told of each run; `simulated`: a clock that stands
        still and is moved by somebody, after which every job is due.
        """
        self._jobs = jobs
        self._leader = leader
        self._trouble: tuple[type[Exception], ...] = (*TROUBLE, *trouble)
        self._zone = ZoneInfo(zone)
        self._wall = wall
        self._note = note
        self._simulated = simulated
        self._scheduler: BackgroundScheduler | None = None
        self._troubled: set[str] = set()

    def serve(self, stop: Event) -> None:
        """Blocks until `stop` is set. A job that meets a server's absence is tried again soon."""
        scheduler = BackgroundScheduler(
            timezone=self._zone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        beat = IntervalTrigger(seconds=max(self._leader.lease_ms / 3000, 0.1), timezone=self._zone)
        scheduler.add_job(self._keep_lead, beat, id="lead")
        scheduler.start()
        self._scheduler = scheduler
        try:
            for job in self._jobs:
                if stop.is_set():
                    return
                self._first(job)
                scheduler.add_job(self._attempt, self.trigger(job), args=[job], id=job.name)
                if job.name in self._troubled:
                    self._again(job)
            self._watch(scheduler, stop)
        finally:
            scheduler.shutdown(wait=True)
            self.give_up_lead()

    def trigger(self, job: Job) -> Any:
        """When a job falls due, in the scheduler's zone."""
        if job.daily_at is None:
            return IntervalTrigger(seconds=job.every.total_seconds(), timezone=self._zone)
        return Daily(job.daily_at, self._zone)

    def _watch(self, scheduler: BackgroundScheduler, stop: Event) -> None:
        """Waits for the stop. If somebody sets the wall clock, every job is due at once: set back,
        it would leave them waiting for a time that has been already.
        """
        if self._wall is None:
            stop.wait()
            return
        if self._simulated is not None:
            self._follow(self._simulated, self._wall, scheduler, stop)
            return
        wall, steady = self._wall.now(), time.monotonic()
        while not stop.wait(_LOOK):
            now, beat = self._wall.now(), time.monotonic()
            if abs((now - wall).total_seconds() - (beat - steady)) > _JUMP:
                log.warning("the clock was set from about %s to %s", wall, now)
                _all_due(scheduler, now)
            wall, steady = now, beat

    def _follow(
        self, clock: Clock, wall: Clock, scheduler: BackgroundScheduler, stop: Event
    ) -> None:
        """Waits for the stop; half a minute would be long where a day goes by at once."""
        seen = clock.now()
        while not stop.wait(_GLANCE):
            if (now := clock.now()) != seen:
                _all_due(scheduler, wall.now())
            seen = now

    def _first(self, job: Job) -> None:
        """A job's run at the start; a fault in one must not keep the others from theirs."""
        try:
            self._attempt(job)
        except Exception:
            log.exception("%s failed", job.name)

    def _attempt(self, job: Job) -> None:
        """One run, if this process leads. Whatever it meets, the job falls due again."""
        began = time.monotonic()
        try:
            if not self._leader.hold():
                return
            job.run()
        except self._trouble as error:
            log.warning("%s: %s: %s; tried again soon", job.name, type(error).__name__, error)
            self._troubled.add(job.name)
            self._again(job)
            self._noted(job, began, f"{type(error).__name__}: {error}")
        except Exception as error:
            # A fault of ours. The scheduler logs it and goes on with the other jobs.
            self._noted(job, began, f"{type(error).__name__}: {error}")
            raise
        else:
            self._troubled.discard(job.name)
            self._noted(job, began)

    def _again(self, job: Job) -> None:
        """A day would be long for what a server missed while another took its place."""
        planned = self._scheduler.get_job(job.name) if self._scheduler is not None else None
        if planned is None or planned.next_run_time is None or self._wall is None:
            return
        soon = self._wall.now() + _AGAIN
        if soon < planned.next_run_time:
            planned.modify(next_run_time=soon)

    def _noted(self, job: Job, began: float, error: str = "") -> None:
        if self._note is None:
            return
        try:
            self._note(Run(job.name, time.monotonic() - began, error))
        except TROUBLE:
            log.info("%s ran; nobody could be told", job.name)

    def _keep_lead(self) -> None:
        """Renews the lease while a job takes its time."""
        try:
            self._leader.hold()
        except TROUBLE as error:
            log.warning("the lead could not be renewed: %s", type(error).__name__)

    def give_up_lead(self) -> None:
        """Lets another scheduler lead at once."""
        try:
            self._leader.release()
        except TROUBLE:
            log.info("the lead will pass on when its lease ends")

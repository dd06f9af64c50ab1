"""The scheduler's jobs on a simulated clock: what is due by it is done, however fast it runs."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import Event
from zoneinfo import ZoneInfo

from pymongo.errors import PyMongoError

from bus.connection import TROUBLE
from bus.jobs import JobState, note_job
from bus.leader import Leader
from operations.errors import Failed
from operations.jobs import jobs
from operations.runtime import Runtime, process_name
from scheduler.service import Daily, Job
from scoring.errors import ScoringError
from store.errors import StoreError

log = logging.getLogger(__name__)
_TROUBLE = (*TROUBLE, PyMongoError, StoreError, ScoringError)
_LEASE_MS = 120_000
TICK = 0.5
"""Seconds from one move of a running clock to the next."""


class Lead:
    """The scheduler's lease while a rehearsal plans in its place: nobody else is to lead, and
    whoever looks is to see that somebody does."""

    def __init__(self, runtime: Runtime) -> None:
        self._leader = Leader(runtime.redis, process_name(), _LEASE_MS)
        self._renewed = -math.inf

    def keep(self) -> None:
        """Renews the lease, if it is time."""
        now = time.monotonic()
        if now - self._renewed > _LEASE_MS / 4000:
            self._leader.hold()
            self._renewed = now

    def release(self) -> None:
        """Lets another scheduler lead."""
        self._leader.release()


class Duties:
    """All jobs of the scheduler, led by this process."""

    def __init__(self, runtime: Runtime, plan: Callable[[], object]) -> None:
        """`plan` takes the place of the scheduler's own planning."""
        self._runtime = runtime
        self._jobs = [
            replace(job, run=plan) if job.name == "plan" else job for job in jobs(runtime)
        ]
        self._leader = Leader(runtime.redis, process_name(), _LEASE_MS)
        self._due: dict[str, datetime] = {}

    def daily(self, start: datetime, end: datetime) -> set[datetime]:
        """The instants between two others at which jobs that run once a day are due."""
        found = set()
        for job in self._jobs:
            at = start
            while job.daily_at is not None and (at := self._following(job, at)) < end:
                found.add(at)
        return found

    def run(self) -> None:
        """One turn; a job that meets trouble is noted, and due again next time."""
        now = self._runtime.clock.now()
        self.lead()
        for job in self._jobs:
            if self._due.setdefault(job.name, self._first(job, now)) <= now:
                self._do(job, now)

    def lead(self) -> None:
        """Keeps the lead, for a while."""
        self._leader.hold()

    def release(self) -> None:
        """Lets another scheduler lead."""
        self._leader.release()

    def _first(self, job: Job, now: datetime) -> datetime:
        return now if job.daily_at is None else self._following(job, now)

    def _following(self, job: Job, now: datetime) -> datetime:
        if job.daily_at is None:
            return now + job.every
        zone = ZoneInfo(self._runtime.settings.zone)
        return Daily(job.daily_at, zone).get_next_fire_time(now, now)

    def _do(self, job: Job, now: datetime) -> None:
        began, error = time.monotonic(), ""
        try:
            job.run()
        except _TROUBLE as trouble:
            error = f"{type(trouble).__name__}: {trouble}"
            log.warning("%s: %s; tried again next time", job.name, error)
        else:
            self._due[job.name] = self._following(job, now)
        state = JobState(
            name=job.name,
            at=now,
            seconds=round(time.monotonic() - began, 3),
            by=self._leader.name,
            error=error,
        )
        note_job(self._runtime.redis, state)


class ClockPace:
    """Lets a simulated clock run, so many times as fast as ours, up to where it stands still again
    until all visits have ended."""

    def __init__(
        self,
        runtime: Runtime,
        speed: float,
        move: Callable[[datetime], None],
        turn: Callable[[], None],
        stop: Event,
    ) -> None:
        """`speed` 0: as fast as the visits allow. `turn` is taken after each move but the last."""
        self._clock = runtime.clock
        self._speed = speed
        self._move = move
        self._turn = turn
        self._stop = stop

    def until(self, at: datetime) -> None:
        """Blocks until the clock may be set to this instant. Raises Failed if told to stop."""
        while self._speed and (left := (at - self._clock.now())).total_seconds() > 0:
            seconds = left.total_seconds() / self._speed
            if self._stop.wait(min(seconds, TICK)):
                raise Failed("stopped before the month was over")
            if seconds <= TICK:
                return
            self._move(at - left * (1 - TICK / seconds))
            self._turn()

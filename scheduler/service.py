"""The recurring jobs: a handful, in memory, coalesced, carried out by one leader at a time.

What is due is decided anew from MongoDB on each run, so a job that was missed needs no catching up
and two schedulers do no harm; the leader lease only spares the second one the work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from threading import Event

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bus.connection import TROUBLE
from bus.leader import Leader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One recurring job."""

    name: str
    every: timedelta
    run: Callable[[], None]


class Recurring:
    """Runs jobs while this process leads."""

    def __init__(self, jobs: Sequence[Job], leader: Leader, trouble: tuple[type[Exception], ...]):
        self._jobs = jobs
        self._leader = leader
        self._trouble: tuple[type[Exception], ...] = (*TROUBLE, *trouble)

    def serve(self, stop: Event) -> None:
        """Blocks until `stop` is set. A job that meets a server's absence is tried next time."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self._jobs:
            self._attempt(job)
            trigger = IntervalTrigger(seconds=int(job.every.total_seconds()), timezone=UTC)
            scheduler.add_job(self._attempt, trigger, args=[job], id=job.name)
        scheduler.start()
        try:
            stop.wait()
        finally:
            scheduler.shutdown(wait=True)
            self._give_up_lead()

    def _attempt(self, job: Job) -> None:
        try:
            if self._leader.hold():
                job.run()
        except self._trouble as error:
            log.warning("%s: %s; trying again in %s", job.name, type(error).__name__, job.every)

    def _give_up_lead(self) -> None:
        try:
            self._leader.release()
        except TROUBLE:
            log.info("the lead will pass on when its lease ends")

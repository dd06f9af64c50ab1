"""The scheduler's recurring jobs."""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

from pymongo.errors import PyMongoError

from bus.jobs import JobState, note_job
from bus.leader import Leader
from bus.orphans import free_lost
from model.clock import Clock
from model.period import Period
from model.platform import PLATFORMS
from operations.alerts import watching_jobs
from operations.health.morning import morning_jobs
from operations.media.jobs import media_jobs
from operations.media.stored import asks_for_media, count_media
from operations.people.digests import send_digests
from operations.runtime import Runtime
from portal.published import drafted, keep_issue
from scheduler.service import Job, Recurring, Run
from scoring.errors import ScoringError
from scoring.publish.issues import from_plain, redraft
from store.errors import StoreError
from store.ingest import raw
from store.ingest.seals import sealed
from store.media.rows import expire_rows
from store.month.kept import seal
from store.month.measures import roll_up
from store.month.retention import thin
from store.plan.skipped import GIVEN_UP, JOB_NOTES, done, mark
from store.records import latest_issue

log = logging.getLogger(__name__)
PLAN_EVERY = timedelta(seconds=30)
HOUSEKEEPING_AT = time(3, 40)
_FARTHEST = 24
"""Months back that are still closed if nobody did."""

Hook = Callable[[Runtime, Period], None]
AFTER_SCORING: list[Hook] = []
"""What is done once with every month that was sealed and scored: reports and the like. A hook that
raises an error of the servers is run again; whatever it does should bear repetition."""


def recurring(
    runtime: Runtime, wall_clock: Clock, plan: Callable[[], object] | None = None
) -> Recurring:
    """All jobs, ready to serve; `wall_clock` tells when they run, not what they see. `plan` takes
    the place of the usual planning."""
    name = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"

    def note(run: Run) -> None:
        state = JobState(
            name=run.job,
            at=runtime.clock.now(),
            seconds=round(run.seconds, 3),
            by=name,
            error=run.error,
        )
        note_job(runtime.redis, state)

    leader, trouble = Leader(runtime.redis, name), (PyMongoError, StoreError, ScoringError)
    mine = [replace(job, run=plan) if plan and job.name == "plan" else job for job in jobs(runtime)]
    moved = runtime.clock if runtime.settings.clock_file else None
    return Recurring(mine, leader, trouble, runtime.settings.zone, wall_clock, note, moved)


def jobs(runtime: Runtime) -> list[Job]:
    """The handful of jobs. None of them needs to know what it missed."""
    planner = runtime.planner(runtime.plans())

    def plan() -> None:
        planner.run(runtime.months)

    return [
        Job("plan", PLAN_EVERY, plan),
        *(Job(name, every, partial(run, runtime)) for name, every, run in _PLAIN),
        Job("housekeeping", _DAY, partial(housekeeping, runtime), HOUSEKEEPING_AT),
        *watching_jobs(runtime),
        *morning_jobs(runtime),
        *media_jobs(runtime),
    ]


def rhythm(runtime: Runtime) -> dict[str, timedelta]:
    """How often each job is to run. Asks no server. Raises RuleError."""
    plain = {name: every for name, every, _ in _PLAIN}
    more = (*watching_jobs(runtime), *morning_jobs(runtime), *media_jobs(runtime))
    watching = {job.name: job.every for job in more}
    return {"plan": PLAN_EVERY, **plain, "housekeeping": _DAY, **watching}


def reclaim(runtime: Runtime) -> None:
    """Frees visits that are said to be on their way and are nowhere."""
    freed = free_lost(runtime.redis)
    if freed:
        log.warning("%d visits were in no stream; the next plan sends them again", freed)


def close_months(runtime: Runtime) -> list[Period]:
    """Seals the months whose cut-off and look for absent posts are past, oldest first."""
    now, found = runtime.clock.now(), []
    for period in reversed(list(_closed(runtime, now))):
        differences = seal(runtime.db, period, now)
        log.warning("%s is sealed; %d kept counts were put right", period.name, len(differences))
        mark(runtime.db, f"sealed {period.name}", now, {"put_right": len(differences)})
        found.append(period)
    return found


def _closed(runtime: Runtime, now: datetime) -> Iterator[Period]:
    """Months that may be sealed and are not, newest first, back to when planning began."""
    began, known = _began(runtime), sealed(runtime.db)
    period = runtime.current_month().previous()
    for _ in range(_FARTHEST):
        if began is None or period.end <= began:
            return
        if period.name not in known and now >= period.cutoff + patience(runtime):
            yield period
        period = period.previous()


def patience(runtime: Runtime) -> timedelta:
    """From a month's cut-off to when no visit of it may succeed any more."""
    plans = runtime.plans()
    mine = [plans.of(name) for name in PLATFORMS if runtime.settings.platform(name).enabled]
    return max((plan.confirm_after + plan.lateness for plan in mine), default=timedelta())


def _began(runtime: Runtime) -> datetime | None:
    found = runtime.db[JOB_NOTES].find_one({"_id": "began"})
    return found["at"] if found else None


def _sealed_periods(runtime: Runtime) -> list[Period]:
    return [runtime.months.named(name) for name in sorted(sealed(runtime.db))]


def roll_up_months(runtime: Runtime) -> None:
    """Computes what accounts come to in months whose cut-off is past, where that has changed."""
    last = runtime.current_month().previous()
    past = [last] if runtime.clock.now() >= last.cutoff else []
    for period in {one.name: one for one in [*_sealed_periods(runtime), *past]}.values():
        if computed := roll_up(runtime.db, period):
            log.info("%s: %d accounts were rolled up", period.name, computed)


def score_months(runtime: Runtime) -> None:
    """Drafts the issue of every sealed month once; people freeze it."""
    method = runtime.settings.method
    for period in _sealed_periods(runtime):
        name = f"score {method} {period.name}"
        if not done(runtime.db, name):
            draft_issue(runtime, period, method)
            mark(runtime.db, name, runtime.clock.now())


def draft_issue(runtime: Runtime, period: Period, method: str) -> None:
    """Computes a month's index and keeps it as a draft, unless it was published already."""
    if runtime.settings.media.enabled and asks_for_media(method):
        count_media(runtime, period)
    new = drafted(runtime.db, period, method, runtime.clock.now())
    kept = latest_issue(runtime.db, period.name, new.issue.method)
    if kept is None or kept["state"] == "draft":
        keep_issue(runtime.db, redraft(from_plain(kept) if kept else None, new.issue), new.basis)
        log.warning("%s is scored by %s", period.name, new.issue.method)


def report_months(runtime: Runtime) -> None:
    """Runs the hooks on every scored month, each once."""
    # It opens pages: what that takes is not for all that merely ask when jobs run.
    from operations import evidence

    for period in _sealed_periods(runtime):
        if not done(runtime.db, f"score {runtime.settings.method} {period.name}"):
            continue
        for hook in (*AFTER_SCORING, *evidence.hooks(runtime)):
            name = f"hook {hook.__module__}.{hook.__qualname__} {period.name}"
            if not done(runtime.db, name):
                hook(runtime, period)
                mark(runtime.db, name, runtime.clock.now())


def housekeeping(runtime: Runtime) -> None:
    """Raw answers are kept longer than two months, readings of sealed months thinned."""
    now = runtime.clock.now()
    current = runtime.current_month()
    oldest = current.previous().previous()
    expired = raw.expire(runtime.db, oldest.start)
    expire_rows(runtime.db, oldest.start)
    runtime.db[GIVEN_UP].delete_many({"slot": {"$lt": oldest.previous().start}})
    for period in _sealed_periods(runtime):
        name = f"thin {period.name}"
        if not done(runtime.db, name):
            removed = thin(runtime.db, period)
            mark(runtime.db, name, now, {"removed": removed})
            log.info("%s: %d readings that repeat others were removed", period.name, removed)
    log.info("%d raw answers from before %s were removed", expired, oldest.start)


_DAY = timedelta(days=1)
_PLAIN: list[tuple[str, timedelta, Callable[[Runtime], object]]] = [
    ("reclaim", timedelta(minutes=10), reclaim),
    ("cut-off", timedelta(minutes=10), close_months),
    ("roll-up", timedelta(hours=1), roll_up_months),
    ("score", timedelta(minutes=15), score_months),
    ("report", timedelta(minutes=15), report_months),
    ("digest", timedelta(minutes=1), send_digests),
]
"""Jobs that run at intervals."""

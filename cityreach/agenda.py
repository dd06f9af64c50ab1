"""What the scheduler does by itself, again and again: the jobs of a house."""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import partial

from pymongo.errors import PyMongoError

from bus.jobs import JobState, note_job
from bus.leader import Leader
from bus.sweep import free_lost
from cityreach import evidence
from cityreach.alerting import watching_jobs
from cityreach.clock import SystemClock
from cityreach.house import House
from cityreach.journal import GIVEN_UP, NOTES, done, mark
from cityreach.monthly import drafted
from model.period import Period
from model.platform import PLATFORMS
from scheduler.service import Job, Recurring, Run
from scoring.errors import ScoringError
from scoring.issues import from_plain, redraft, to_plain
from store import raw
from store.errors import StoreError
from store.monthly import seal
from store.months import sealed
from store.records import latest_issue, put_issue
from store.thin import thin

log = logging.getLogger(__name__)
PLAN_EVERY = timedelta(seconds=30)
HOUSEKEEPING_AT = time(3, 40)
_FARTHEST = 24
"""Months back that are still closed if nobody did."""

Hook = Callable[[House, Period], None]
AFTER_SCORING: list[Hook] = []
"""What is done once with every month that was sealed and scored: reports and the like. A hook that
raises an error of the servers is run again; whatever it does should bear repetition."""


def recurring(house: House) -> Recurring:
    """All jobs, ready to serve."""
    name = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"

    def note(run: Run) -> None:
        state = JobState(name=run.job, at=house.clock.now(), seconds=round(run.seconds, 3),
                         by=name, error=run.error)  # fmt: skip
        note_job(house.redis, state)

    leader, trouble = Leader(house.redis, name), (PyMongoError, StoreError, ScoringError)
    return Recurring(jobs(house), leader, trouble, house.settings.zone, SystemClock(), note)


def jobs(house: House) -> list[Job]:
    """The handful of jobs. None of them needs to know what it missed."""
    planner = house.planner(house.plans())

    def plan() -> None:
        planner.run(house.settings.zone, house.delay)

    return [
        Job("plan", PLAN_EVERY, plan),
        *(Job(name, every, partial(run, house)) for name, every, run in _PLAIN),
        Job("housekeeping", _DAY, partial(housekeeping, house), HOUSEKEEPING_AT),
        *watching_jobs(house),
    ]


def rhythm(house: House) -> dict[str, timedelta]:
    """How often each job is to run. Asks no server. Raises RuleError."""
    plain = {name: every for name, every, _ in _PLAIN}
    watching = {job.name: job.every for job in watching_jobs(house)}
    return {"plan": PLAN_EVERY, **plain, "housekeeping": _DAY, **watching}


def reclaim(house: House) -> None:
    """Frees visits that are said to be on their way and are nowhere."""
    freed = free_lost(house.redis)
    if freed:
        log.warning("%d visits were in no stream; the next plan sends them again", freed)


def close_months(house: House) -> list[Period]:
    """Seals the months whose cut-off and look for absent posts are past, oldest first."""
    now, found = house.clock.now(), []
    for period in reversed(list(_closed(house, now))):
        differences = seal(house.db, period, now)
        log.warning("%s is sealed; %d kept counts were put right", period.name, len(differences))
        mark(house.db, f"sealed {period.name}", now, {"put_right": len(differences)})
        found.append(period)
    return found


def _closed(house: House, now: datetime) -> Iterator[Period]:
    """Months that may be sealed and are not, newest first, back to when planning began."""
    began, known = _began(house), sealed(house.db)
    period = Period.containing(now, house.settings.zone, house.delay).previous()
    for _ in range(_FARTHEST):
        if began is None or period.end <= began:
            return
        if period.name not in known and now >= period.cutoff + patience(house):
            yield period
        period = period.previous()


def patience(house: House) -> timedelta:
    """From a month's cut-off to when no visit of it may succeed any more."""
    plans = house.plans()
    mine = [plans.of(name) for name in PLATFORMS if house.settings.platform(name).enabled]
    return max((plan.confirm_after + plan.lateness for plan in mine), default=timedelta())


def _began(house: House) -> datetime | None:
    found = house.db[NOTES].find_one({"_id": "began"})
    return found["at"] if found else None


def _sealed_periods(house: House) -> list[Period]:
    zone, delay = house.settings.zone, house.delay
    return [Period.month(name, zone, delay) for name in sorted(sealed(house.db))]


def score_months(house: House) -> None:
    """Drafts the issue of every sealed month once; people freeze it."""
    method = house.settings.method
    for period in _sealed_periods(house):
        name = f"score {method} {period.name}"
        if not done(house.db, name):
            draft_issue(house, period, method)
            mark(house.db, name, house.clock.now())


def draft_issue(house: House, period: Period, method: str) -> None:
    """Computes a month's index and keeps it as a draft, unless it was published already."""
    new = drafted(house, period, method)
    kept = latest_issue(house.db, period.name, new.method)
    if kept is None or kept["state"] == "draft":
        put_issue(house.db, to_plain(redraft(from_plain(kept) if kept else None, new)))
        log.warning("%s is scored by %s", period.name, new.method)


def report_months(house: House) -> None:
    """Runs the hooks on every scored month, each once."""
    for period in _sealed_periods(house):
        if not done(house.db, f"score {house.settings.method} {period.name}"):
            continue
        for hook in (*AFTER_SCORING, *evidence.hooks(house)):
            name = f"hook {hook.__module__}.{hook.__qualname__} {period.name}"
            if not done(house.db, name):
                hook(house, period)
                mark(house.db, name, house.clock.now())


def housekeeping(house: House) -> None:
    """Raw answers are kept longer than two months, readings of sealed months thinned."""
    now = house.clock.now()
    current = Period.containing(now, house.settings.zone, house.delay)
    oldest = current.previous().previous()
    expired = raw.expire(house.db, oldest.start)
    house.db[GIVEN_UP].delete_many({"slot": {"$lt": oldest.previous().start}})
    for period in _sealed_periods(house):
        name = f"thin {period.name}"
        if not done(house.db, name):
            removed = thin(house.db, period)
            mark(house.db, name, now, {"removed": removed})
            log.info("%s: %d readings that repeat others were removed", period.name, removed)
    log.info("%d raw answers from before %s were removed", expired, oldest.start)


_DAY = timedelta(days=1)
_PLAIN: list[tuple[str, timedelta, Callable[[House], object]]] = [
    ("reclaim", timedelta(minutes=10), reclaim),
    ("cut-off", timedelta(minutes=10), close_months),
    ("score", timedelta(minutes=15), score_months),
    ("report", timedelta(minutes=15), report_months),
]
"""Jobs that run at intervals."""

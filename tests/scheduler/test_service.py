"""Jobs fall due in their zone, whatever clocks and servers do; one job's trouble is no other's."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bus.jobs import JobState, job_states, note_job
from bus.leader import Leader
from operations.running.clock import SystemClock
from scheduler import service
from scheduler.service import Daily, Job, Recurring, Run
from tests.waiting import LIMIT

HOUR = timedelta(hours=1)
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Cairo"]


class Leads:
    """A lease that is always held here."""

    lease_ms = 30_000

    def __init__(self) -> None:
        self.held = 0

    def hold(self) -> bool:
        self.held += 1
        return True

    def release(self) -> None:
        self.held = -1


class Steps:
    """A wall clock that somebody sets back once."""

    def __init__(self, *instants: datetime) -> None:
        self._instants = list(instants)

    def now(self) -> datetime:
        return self._instants.pop(0) if len(self._instants) > 1 else self._instants[0]


def serve(recurring: Recurring, stop: Event) -> Thread:
    thread = Thread(target=recurring.serve, args=[stop])
    thread.start()
    return thread


def test_every_job_runs_at_once_and_trouble_is_noted() -> None:
    ran, notes, done = [], [], Event()

    def away() -> None:
        raise RedisConnectionError("gone")

    def broken() -> None:
        raise ZeroDivisionError("a fault of ours")

    def last() -> None:
        ran.append("last")
        done.set()

    jobs = [Job("away", HOUR, away), Job("broken", HOUR, broken), Job("last", HOUR, last)]
    leader, stop = Leads(), Event()
    one = Recurring(jobs, leader, (), note=notes.append)  # type: ignore[arg-type]
    thread = serve(one, stop)
    assert done.wait(LIMIT)
    stop.set()
    thread.join(LIMIT)
    assert not thread.is_alive()
    assert ran == ["last"]
    assert [(run.job, run.error) for run in notes] == [
        ("away", "ConnectionError: gone"),
        ("broken", "ZeroDivisionError: a fault of ours"),
        ("last", ""),
    ]
    assert leader.held == -1, "the lead was given up"


def test_who_does_not_lead_does_nothing(redis: Redis) -> None:
    assert Leader(redis, "other").hold()
    ran: list[str] = []
    one = Recurring([Job("a", HOUR, lambda: ran.append("a"))], Leader(redis, "me"), ())
    one._attempt(one._jobs[0])
    assert ran == []


def test_a_clock_that_is_set_back_leaves_no_job_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_LOOK", 0.01)
    # The scheduler's own clock is the machine's; a wall far from it would take long to catch up.
    now = SystemClock().now()
    again, runs = Event(), []

    def run() -> None:
        runs.append(1)
        if len(runs) == 2:
            again.set()

    wall, stop = Steps(now, now - HOUR), Event()
    thread = serve(Recurring([Job("a", HOUR, run)], Leads(), (), wall=wall), stop)  # type: ignore[arg-type]
    assert again.wait(LIMIT), "an hour would have passed until the job was due again"
    stop.set()
    thread.join(LIMIT)


def test_what_met_trouble_is_tried_again_long_before_it_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "_AGAIN", timedelta(milliseconds=10))
    tries, stop, over = [], Event(), Event()

    def run() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise RedisConnectionError("gone")
        over.set()

    job = Job("a", 24 * HOUR, run)
    thread = serve(Recurring([job], Leads(), (), wall=SystemClock()), stop)  # type: ignore[arg-type]
    assert over.wait(LIMIT), "at the start, and after each failure"
    stop.set()
    thread.join(LIMIT)


def test_a_simulated_clock_that_was_moved_makes_every_job_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "_GLANCE", 0.01)
    begin, stop, again = datetime(2025, 5, 1, tzinfo=UTC), Event(), Event()
    ran: list[int] = []

    def run() -> None:
        ran.append(1)
        if len(ran) == 2:
            again.set()

    clock = Steps(begin, begin, begin, begin + HOUR)
    job, wall = Job("a", HOUR, run), SystemClock()
    one = Recurring([job], Leads(), (), wall=wall, simulated=clock)  # type: ignore[arg-type]
    thread = serve(one, stop)
    assert again.wait(LIMIT)
    stop.set()
    thread.join(LIMIT)
    assert len(ran) == 2, "once at the start, once when the clock was moved"


@given(
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 59),
    st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_a_daily_job_falls_due_every_day(zone: str, hour: int, minute: int, now: datetime) -> None:
    """Also on days that are an hour shorter or longer, and where that hour is the job's own."""
    job = Job("daily", 24 * HOUR, lambda: None, time(hour, minute))
    one = Recurring([job], Leads(), (), zone)  # type: ignore[arg-type]
    trigger, at = one.trigger(job), now.astimezone(ZoneInfo(zone))
    fired: list[datetime] = []
    for _ in range(10):
        following = trigger.get_next_fire_time(at, at + timedelta(microseconds=1))
        fired.append(following)
        at = following
    utc = [instant.astimezone(UTC) for instant in fired]
    steps = [(after - before) / HOUR for before, after in pairwise(utc)]
    assert max(steps) <= 25
    assert min(steps) >= 23
    days = [instant.astimezone(ZoneInfo(zone)).date() for instant in fired]
    assert len(set(days)) == len(fired)


def test_a_time_of_day_that_the_clocks_skip_comes_an_hour_later() -> None:
    trigger = Daily(time(3, 40), ZoneInfo("Europe/Athens"))
    before = datetime(2025, 3, 29, 12, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, before) == datetime(2025, 3, 30, 1, 40, tzinfo=UTC)


def test_how_jobs_went_can_be_read(redis: Redis) -> None:
    at = datetime(2025, 5, 1, tzinfo=UTC)
    first = JobState(name="plan", at=at, seconds=0.5, by="one", error="ConnectionError: gone")
    second = JobState(name="plan", at=at + HOUR, seconds=0.1, by="two")
    other = JobState(name="alerts", at=at, seconds=0.2, by="one")
    for state in (first, other, second):
        note_job(redis, state)
    assert job_states(redis) == [other, second]
    assert Run("plan", 0.1).error == ""

"""The scheduler's jobs on a simulated clock, and how fast that runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from bus.jobs import job_states
from bus.leader import Leader
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from model.servers import Servers
from operations.errors import Failed
from operations.rehearsal.duties import TICK, ClockPace, Duties
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from store.database import Store
from tests.store.mongod import Mongod

START = datetime(2025, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def runtime(
    mongod: Mongod, redis_uri: str, db: Store, redis: object, tmp_path: Path
) -> Iterator[Runtime]:
    told = {"team": {"kind": "webhook", "url": "http://127.0.0.1:9/x", "secret": "s"}}
    settings = load_settings(
        None,
        data_dir=tmp_path,
        clock_file=tmp_path / "clock",
        mongo_database=db.name,
        alerts={"morning": "08:00", "channels": told},
    )
    move(settings.clock_file, START)
    opened = open_runtime(settings, Servers(mongod.uri, redis_uri))
    yield opened
    opened.close()


def move(clock: Path | None, at: datetime) -> None:
    assert clock is not None
    set_file_clock(clock, at)


def ran(runtime: Runtime) -> dict[str, datetime]:
    return {state.name: state.at for state in job_states(runtime.redis)}


def test_jobs_are_due_by_the_simulated_clock(runtime: Runtime) -> None:
    planned: list[datetime] = []
    duties = Duties(runtime, lambda: planned.append(runtime.clock.now()))
    duties.run()
    assert {"plan", "cut-off", "score", "report", "flags", "alerts"} <= set(ran(runtime))
    assert "morning" not in ran(runtime), "it is 08:00 in Shanghai, and the next one is tomorrow"
    assert not Leader(runtime.redis, "another").hold()
    later = START + timedelta(minutes=1)
    move(runtime.settings.clock_file, later)
    duties.run()
    assert planned == [START, later]
    assert ran(runtime)["flags"] == START, "hourly"
    move(runtime.settings.clock_file, START + DAY)
    duties.run()
    assert ran(runtime)["morning"] == ran(runtime)["housekeeping"] == START + DAY
    duties.release()
    assert Leader(runtime.redis, "another").hold()


def test_the_daily_jobs_have_steps_of_their_own(runtime: Runtime) -> None:
    found = Duties(runtime, lambda: None).daily(START, START + 2 * DAY)
    assert {f"{at:%dT%H:%M}" for at in found} == {"02T03:40", "02T08:00", "03T03:40"}


class Running(Event):
    """Time that passes at once: what was waited for is added up."""

    waited = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self.waited += timeout or 0
        return self.is_set()


@pytest.mark.parametrize(("speed", "seconds", "moves"), [(3600.0, 2.0, 3), (86_400.0, 1 / 12, 0)])
def test_a_clock_runs_so_many_times_as_fast(
    speed: float, seconds: float, moves: int, runtime: Runtime
) -> None:
    file, moved, stop = runtime.settings.clock_file, list[datetime](), Running()

    def go(at: datetime) -> None:
        move(file, at)
        moved.append(at)

    turns: list[int] = []
    pace = ClockPace(runtime, speed, go, lambda: turns.append(1), stop)
    pace.until(START + timedelta(hours=2))
    assert stop.waited == pytest.approx(seconds)
    assert len(moved) == len(turns) == moves
    steps = [later - before for before, later in zip([START, *moved], moved, strict=False)]
    assert all(step == timedelta(seconds=speed * TICK) for step in steps)


def test_a_clock_that_waits_for_nothing_and_one_that_is_stopped(runtime: Runtime) -> None:
    stop = Running()
    ClockPace(runtime, 0, lambda _: None, lambda: None, stop).until(START + DAY)
    assert stop.waited == 0
    stop.set()
    with pytest.raises(Failed, match="stopped"):
        ClockPace(runtime, 1, lambda _: None, lambda: None, stop).until(START + DAY)

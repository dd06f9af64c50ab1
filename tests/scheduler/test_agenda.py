"""What the scheduler does by itself around a month's end, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from model.account import Account
from model.messages import VisitKind
from model.period import Period
from model.servers import Servers
from model.visit import Priority, Skipped, SkipReason
from operations import jobs
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from portal import month
from portal.published import issue_of, keep_issue
from scoring.publish.issues import freeze
from store.accounts import put_accounts
from store.database import Store
from store.ingest.seals import sealed
from store.ingest.writer import Writer
from store.plan.skipped import GIVEN_UP, JOB_NOTES, StoredSkipLog, done, given_up, mark
from tests.scheduler.known import DAY, HOUR, MAY
from tests.store.harvest import ACCOUNT, account, closed, page, post, visit

CLOSED = MAY.cutoff + 2 * DAY
"""After the look for absent posts and its lateness."""


@pytest.fixture
def runtime(
    db: Store, mongod: Any, redis_uri: str, redis: Redis, tmp_path: Path
) -> Iterator[Runtime]:
    set_file_clock(tmp_path / "clock", MAY.start)
    settings = load_settings(
        None, data_dir=tmp_path, clock_file=tmp_path / "clock", mongo_database=db.name
    )
    found = open_runtime(settings, Servers(mongod.uri, redis_uri))
    yield found
    found.close()


def at(runtime: Runtime, instant: datetime) -> None:
    assert runtime.settings.clock_file is not None
    set_file_clock(runtime.settings.clock_file, instant)


def collected(db: Store) -> None:
    """One account's month, read at its edges and its cut-off."""
    who = Account(platform="facebook", id=ACCOUNT, handle="visit_somewhere", city="nanjing")
    put_accounts(db, [who])
    messages = []
    for instant in (MAY.start - HOUR, MAY.end - 3 * HOUR, MAY.end - HOUR, MAY.cutoff - HOUR):
        one = visit(instant)
        items = [
            post(str(n), instant, MAY.start + n * DAY, likes=n, comments=1, shares=2)
            for n in range(1, 9)
        ]
        people = [account(instant, followers=1000 + instant.day)]
        messages.append(page(one, instant, posts=items, accounts=people))
        messages.append(closed(one, instant, seen=[str(n) for n in range(1, 9)]))
    Writer(db).write(messages)


def test_a_month_is_sealed_when_nothing_can_come_any_more(runtime: Runtime) -> None:
    collected(runtime.db)
    mark(runtime.db, "began", MAY.start)
    at(runtime, MAY.cutoff + DAY + 12 * HOUR - timedelta(seconds=1))
    assert jobs.close_months(runtime) == []
    at(runtime, MAY.cutoff + DAY + 12 * HOUR)
    assert jobs.close_months(runtime) == [MAY]
    assert jobs.close_months(runtime) == []
    found = runtime.db[JOB_NOTES].find_one({"_id": "sealed 2025-05"})
    assert found is not None
    assert found["put_right"] == 0


def test_months_that_nobody_closed_are_closed_in_order(runtime: Runtime) -> None:
    collected(runtime.db)
    mark(runtime.db, "began", MAY.start + DAY)
    at(runtime, Period.month("2025-09").start + DAY)
    names = [period.name for period in jobs.close_months(runtime)]
    assert names == ["2025-05", "2025-06", "2025-07"]
    assert sealed(runtime.db) == set(names)


def test_months_before_planning_began_are_left_alone(runtime: Runtime) -> None:
    at(runtime, CLOSED)
    assert jobs.close_months(runtime) == []
    mark(runtime.db, "began", MAY.end)
    assert jobs.close_months(runtime) == []


def test_a_sealed_month_is_scored_once_and_reported_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[str] = []

    def report(_: Runtime, period: Period) -> None:
        reported.append(period.name)

    monkeypatch.setattr(jobs, "AFTER_SCORING", [report])
    collected(runtime.db)
    mark(runtime.db, "began", MAY.start)
    at(runtime, CLOSED)
    jobs.report_months(runtime)
    jobs.close_months(runtime)
    for _ in range(2):
        jobs.score_months(runtime)
        jobs.report_months(runtime)
    assert reported == ["2025-05"]
    (issue,) = runtime.db["issues"].find()
    assert (issue["period"], issue["state"], issue["method"]) == ("2025-05", "draft", "giu")
    assert [entry["unit"] for entry in issue["entries"]] == ["nanjing"]


@pytest.mark.parametrize(("method", "asked"), [("giu", 0), ("comm-power-100", 1)])
def test_a_draft_is_of_all_that_its_method_asks_for(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, method: str, asked: int
) -> None:
    """The languages of posts are counted for those methods alone that have them as a measure; of
    the month before too, whose ranks are kept with the draft."""
    counted: list[str] = []

    def languages(_: Store, period: Period, _rows: object) -> dict[str, int]:
        counted.append(period.name)
        return {"nanjing": 3}

    monkeypatch.setattr(month, "_languages", languages)
    collected(runtime.db)
    jobs.draft_issue(runtime, MAY, method)
    assert counted == ["2025-05", "2025-04"] * asked


def test_a_published_issue_is_not_replaced(runtime: Runtime) -> None:
    collected(runtime.db)
    jobs.draft_issue(runtime, MAY, "giu")
    draft = issue_of(runtime.db, MAY.name, "giu")
    assert draft is not None
    keep_issue(runtime.db, freeze(draft, runtime.clock.now().isoformat()))
    before = runtime.db["issues"].find_one()
    jobs.draft_issue(runtime, MAY, "giu")
    assert runtime.db["issues"].find_one() == before


def test_housekeeping_keeps_two_months_and_thins_what_is_sealed(runtime: Runtime) -> None:
    collected(runtime.db)
    mark(runtime.db, "began", MAY.start)
    at(runtime, CLOSED)
    jobs.close_months(runtime)
    raws, readings = runtime.db["raw"].count_documents({}), runtime.db["post_readings"]
    before = readings.count_documents({})
    jobs.housekeeping(runtime)
    assert runtime.db["raw"].count_documents({}) == raws
    assert readings.count_documents({}) < before
    thinned = readings.count_documents({})
    jobs.housekeeping(runtime)
    assert readings.count_documents({}) == thinned
    at(runtime, Period.month("2025-09").start)
    jobs.housekeeping(runtime)
    assert runtime.db["raw"].count_documents({}) == 0


def test_all_jobs_run_one_after_the_other(runtime: Runtime, redis: Redis) -> None:
    """The first pass of a fresh house; nothing it does needs anything that is not there."""
    put_accounts(runtime.db, [Account(platform="x", id="1", handle="a", city="nanjing")])
    found = jobs.jobs(runtime)
    for job in found:
        job.run()
    names = [job.name for job in found]
    first = ["plan", "reclaim", "cut-off", "roll-up", "score", "report", "digest", "housekeeping"]
    assert names[: len(first)] == first
    assert len(set(names)) == len(names)
    assert done(runtime.db, "began")


# --- the skip log


def entry(*accounts: str, slot: datetime = MAY.start) -> Skipped:
    return Skipped(
        platform="x",
        slot=slot,
        kind=VisitKind.TIMELINE,
        priority=Priority.OLD,
        why=SkipReason.BUDGET,
        accounts=accounts,
    )


def test_what_was_given_up_is_listed_until_it_is_taken_back(db: Store) -> None:
    skip_log = StoredSkipLog(db)
    assert skip_log.began(MAY.start) == MAY.start
    assert skip_log.began(MAY.end) == MAY.start
    skip_log.note([entry("x:1", "x:2"), entry("x:1", slot=MAY.end)])
    skip_log.note([])
    (row,) = given_up(db, MAY.start, MAY.end)
    assert row == entry("x:1", "x:2")
    skip_log.note([entry("x:2")])
    assert [r.accounts for r in given_up(db, MAY.start, MAY.end)] == [("x:2",)]
    skip_log.note([entry()])
    assert given_up(db, MAY.start, MAY.end) == []
    assert db[GIVEN_UP].count_documents({}) == 1


def test_what_is_done_once_is_noted_once(db: Store) -> None:
    assert not done(db, "score")
    mark(db, "score", MAY.start)
    mark(db, "score", MAY.end)
    found = db[JOB_NOTES].find_one({"_id": "score"})
    assert found is not None
    assert found["at"] == MAY.start

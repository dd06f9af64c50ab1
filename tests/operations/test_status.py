"""The one screen: what stands still, what is late, what failed, and what to do about each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from redis import Redis

from bus import keys
from bus.credentials import CredentialState
from bus.dispatch import Dispatcher
from bus.jobs import JobState, note_job
from bus.leader import Leader
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from crawler.engine.credentials import label_of
from model.account import Account, PauseKind
from model.messages import Outcome, Visit, VisitClosed, VisitKind, encode
from operations.jobs import jobs, rhythm
from operations.running.clock import SystemClock, set_file_clock
from operations.runtime import Runtime
from operations.status import status_of
from operations.visits import live_rows
from store.accounts import put_accounts
from store.database import Store
from store.ingest.attempts import closed
from store.plan.pauses import Stop
from store.plan.platform_pauses import pause_platform
from store.plan.skipped import mark
from tests.cityreach.demo_process import cityreach
from tests.store.mongod import Mongod

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = SystemClock().now().replace(microsecond=0)
TOKEN = "token-of-a-house"


def settings(redis_uri: str, mongo_uri: str, name: str, folder: Path) -> Any:
    return load_settings(
        None,
        redis_uri=SecretStr(redis_uri),
        mongo_uri=SecretStr(mongo_uri),
        mongo_database=name,
        data_dir=folder,
        clock_file=folder / "clock",
        x={"tokens": [TOKEN], "route": "api"},
        youtube={"enabled": False},
    )


@pytest.fixture
def runtime(
    redis: Redis, redis_uri: str, mongod: Mongod, db: Store, tmp_path: Path
) -> Iterator[Runtime]:
    runtime = open_runtime(settings(redis_uri, mongod.uri, db.name, tmp_path))
    set_file_clock(tmp_path / "clock", NOW)
    yield runtime
    runtime.close()


def told(state: dict[str, Any]) -> dict[str, str]:
    return {item["what"]: item["remedy"] for item in state["to_do"]}


def remedy(state: dict[str, Any], words: str) -> str:
    """Of the one item that is about these words."""
    (found,) = [what for what in told(state) if words in what]
    assert told(state)[found], "it says what to do"
    return told(state)[found]


def platform(state: dict[str, Any], name: str) -> dict[str, Any]:
    (row,) = [row for row in state["platforms"] if row["platform"] == name]
    return row


def visit(account: str, **more: Any) -> Visit:
    return Visit(
        platform="x",
        account=account,
        handle="town",
        kind=VisitKind.PROFILE,
        slot=NOW - HOUR,
        **more,
    )


def working(redis: Redis) -> None:
    """All parts are there."""
    assert Leader(redis, "one").hold()
    redis.set(keys.alive("write", "writer-1"), "1")
    redis.set(keys.alive("crawl-x-api", "crawler-1"), "1")


def test_a_house_in_order_needs_nothing(runtime: Runtime, redis: Redis) -> None:
    working(redis)
    Dispatcher(redis).dispatch([visit("1")])
    for name in rhythm(runtime):
        note_job(redis, JobState(name=name, at=NOW, seconds=0.1, by="one"))
    state = status_of(runtime)
    assert state["to_do"] == []
    assert state["servers"] == {"mongodb": "ok", "redis": "ok"}
    assert {job["state"] for job in state["jobs"]} == {"ok"}
    assert (state["queue"]["writers"], platform(state, "x")["crawlers"]) == (1, ["api"])
    assert platform(state, "x")["visits_waiting"] == 1
    assert not [row for row in state["platforms"] if row["platform"] == "youtube"], "it is off"


def test_parts_that_are_not_there_are_missed_where_something_waits(
    runtime: Runtime, redis: Redis
) -> None:
    redis.xadd(
        keys.HARVEST,
        {"m": encode(VisitClosed(visit=visit("1"), outcome=Outcome.OK, observed_at=NOW))},
    )
    Dispatcher(redis).dispatch([visit("2")])
    redis.xadd(keys.DEAD, {"from": keys.HARVEST, "m": b"?", "why": "malformed"})
    state = status_of(runtime)
    assert "cityreach schedule" in remedy(state, "no scheduler")
    assert "cityreach write" in remedy(state, "no writer takes them")
    assert "cityreach crawl --platform x" in remedy(state, "no crawler takes them: x")
    assert "visits dead" in remedy(state, "set aside")


def test_jobs_that_failed_or_ran_long_ago_are_told(runtime: Runtime, redis: Redis) -> None:
    working(redis)
    late, failed = NOW - 3 * HOUR, NOW - timedelta(minutes=1)
    note_job(redis, JobState(name="plan", at=late, seconds=1, by="one"))
    note_job(redis, JobState(name="housekeeping", at=late, seconds=1, by="one"))
    note_job(redis, JobState(name="score", at=failed, seconds=1, by="one", error="ScoringError: x"))
    state = status_of(runtime)
    assert {job["job"]: job["state"] for job in state["jobs"] if job["last"]} == {
        "plan": "overdue",
        "housekeeping": "ok",
        "score": "failed",
    }
    assert remedy(state, "job plan ran last at")
    assert remedy(state, "ScoringError: x")


def test_the_rhythm_is_that_of_the_jobs(runtime: Runtime) -> None:
    assert rhythm(runtime) == {job.name: job.every for job in jobs(runtime)}


def test_a_refused_credential_is_told_until_it_is_tried_again(
    runtime: Runtime, redis: Redis
) -> None:
    refused = CredentialState(
        label=label_of(TOKEN),
        state="dead",
        at=NOW,
        until=NOW + HOUR,
        outcome="token_invalid",
        reason="HTTP 401",
    )
    redis.hset(keys.credentials("x"), refused.label, json.dumps(_plain(refused)))
    state = status_of(runtime)
    (row,) = state["credentials"]
    assert (row["state"], row["reason"]) == ("dead", "HTTP 401")
    assert "replace the token" in remedy(state, "is refused")
    assert TOKEN not in json.dumps(state)


def _plain(state: CredentialState) -> dict[str, Any]:
    names = ("label", "state", "outcome", "reason")
    assert state.until is not None
    return {
        **{name: getattr(state, name) for name in names},
        "at": state.at.isoformat(),
        "until": state.until.isoformat(),
    }


def test_what_failed_is_late_or_came_twice(runtime: Runtime, db: Store) -> None:
    put_accounts(
        db,
        [
            Account(platform="x", id="1", handle="town", city="nanjing"),
            Account(platform="x", id="", handle="new", city="nanjing"),
        ],
    )
    mark(db, "began", NOW - 2 * DAY)
    end = VisitClosed(
        visit=visit("1"),
        outcome=Outcome.QUOTA_SPENT,
        observed_at=NOW - HOUR,
        detail="all spent",
        deliveries=3,
    )
    db.visits.insert_one(closed(end))
    state = status_of(runtime)
    (failed,) = state["trouble"]
    assert (failed["outcome"], failed["visits"], failed["detail"]) == (
        "quota_spent",
        1,
        "all spent",
    )
    assert "quota" in failed["remedy"]
    assert state["redelivered"] == 2
    assert platform(state, "x")["missed"] > 0
    assert "cityreach gaps" in remedy(state, "were missed: x")
    assert "accounts verify" in remedy(state, "ids are not known: x 1")


def test_nothing_is_late_before_planning_began(runtime: Runtime, db: Store) -> None:
    put_accounts(db, [Account(platform="x", id="1", handle="town", city="nanjing")])
    assert platform(status_of(runtime), "x")["missed"] == 0
    mark(db, "began", NOW)
    assert platform(status_of(runtime), "x")["missed"] == 0


def test_alerts_that_last_or_were_over_today(runtime: Runtime, db: Store) -> None:
    def alert(name: str, **more: Any) -> dict[str, Any]:
        return {
            "_id": name,
            "live": True,
            "first_seen": NOW - 3 * DAY,
            "severity": "critical",
            "text": {"en": name, "zh": name},
            "told": {"team": {}},
            **more,
        }

    db.alerts.insert_many(
        [
            alert("lasts"),
            alert("over today", live=False, over_since=NOW - HOUR),
            alert("over long ago", live=False, over_since=NOW - 2 * DAY),
        ]
    )
    found = {one["text"]: one for one in status_of(runtime)["alerts"]}
    assert found.keys() == {"lasts", "over today"}
    assert found["lasts"]["over"] is None
    assert found["lasts"]["told"] == ["team"]


@pytest.mark.parametrize(
    ("away", "known", "unknown"),
    [("mongodb", "queue", "trouble"), ("redis", "trouble", "queue")],
)
def test_a_server_that_is_away_hides_only_what_it_knows(
    away: str,
    known: str,
    unknown: str,
    redis: Redis,
    redis_uri: str,
    mongod: Mongod,
    db: Store,
    tmp_path: Path,
) -> None:
    more = {
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_MONGO_URI": mongod.uri,
        "CITYREACH_MONGO_DATABASE": db.name,
    }
    gone = {
        "mongodb": ("CITYREACH_MONGO_URI", "mongodb://127.0.0.1:9/"),
        "redis": ("CITYREACH_REDIS_URI", "redis://127.0.0.1:9/0"),
    }
    more |= dict([gone[away]])
    done = cityreach("status", "--json", data=tmp_path, **more)
    assert done.returncode == 1, done.stderr
    state = json.loads(done.stdout)
    assert state[known] is not None
    assert state[unknown] is None
    server = {"mongodb": "MongoDB at mongodb://", "redis": "Redis at redis://"}[away]
    words = f"{server}127.0.0.1:9/{'' if away == 'mongodb' else '0'} cannot be reached"
    assert "is it running" in remedy(state, words)
    shown = cityreach("status", data=tmp_path, **more)
    assert words in shown.stdout
    assert "Traceback" not in shown.stderr


def test_a_quiet_house_fits_on_a_screen(
    redis: Redis, redis_uri: str, mongod: Mongod, db: Store, tmp_path: Path
) -> None:
    working(redis)
    more = {
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_MONGO_URI": mongod.uri,
        "CITYREACH_MONGO_DATABASE": db.name,
    }
    done = cityreach("status", data=tmp_path, **more)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= 40
    assert "a scheduler leads" in done.stderr


def test_a_platform_that_is_not_visited_by_decision_is_told(runtime: Runtime) -> None:
    put_accounts(runtime.db, [Account(platform="x", id="1", handle="one", city="nanjing")])
    stop = Stop(PauseKind.RESTED, NOW - HOUR, "they asked us to", at_once=True)
    pause_platform(runtime.db, "x", stop, runtime.months, "root")
    state = status_of(runtime)
    (row,) = state["paused"]
    assert (row["platform"], row["by"], row["accounts"]) == ("x", "root", 1)
    assert "resume it" in remedy(state, "by decision of root: they asked us to")
    (told_so,) = (one for one in state["to_do"] if "by decision of root" in one["what"])
    since = f"{(NOW - HOUR).astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M} +08:00"
    assert told_so["what"].startswith(f"X is not visited since {since}, by decision")
    assert told_so["what_zh"] == f"X平台 自 {since} 起经 root 决定停止访问：they asked us to"


def test_visits_that_are_held_or_wait_are_told_as_rows(runtime: Runtime, redis: Redis) -> None:
    put_accounts(runtime.db, [Account(platform="x", id="1", handle="one", city="nanjing")])
    Dispatcher(redis).dispatch([visit("1"), visit("2")])
    queue = keys.visit_queue("x")
    redis.xreadgroup(keys.CRAWLERS, "crawler-1", {queue: ">"}, count=1)
    held, waiting = live_rows(runtime, 9)
    assert (held["account"], held["city"], held["holder"]) == ("x:1", "nanjing", "crawler-1")
    lasts = runtime.settings.crawler.lease_seconds
    assert lasts - 60 < held["lease_left"] <= lasts
    assert (waiting["account"], waiting["city"]) == ("x:2", None)
    assert (waiting["holder"], waiting["lease_left"]) == (None, None)

"""Each check finds its trouble, where it is and as soon as it is there, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from redis import Redis

from bus import keys
from bus.dispatch import Dispatcher
from model.messages import Outcome, VisitKind, Window
from model.months import Months
from portal.alerts.machine import disk_usage
from portal.alerts.rules import RuleError
from store.database import Store
from store.quality.flagging import FLAGS
from tests.portal.alerts.scenes import GIGABYTE, HOUR, found, scene, visited, watch_accounts
from tests.store.harvest import MAY, day, visit

NOW = day(20)


def test_silent_accounts_are_named_by_platform(db: Store, redis: Redis) -> None:
    watch_accounts(db, "1", "2", "3", "4", "5")
    for account in "12345":
        visited(db, account, NOW - 50 * HOUR)
    visited(db, "1", NOW - 29 * HOUR)
    (problem,) = found(scene(db, redis, NOW), "no_reading", hours=30)
    assert problem.subject == "facebook"
    assert problem.facts == {
        "platform": "facebook",
        "accounts": 4,
        "of": 5,
        "hours": 30,
        "examples": "h2 (南京 Nanjing), h3 (南京 Nanjing), h4 (南京 Nanjing), …",
    }
    assert problem.weight == 4
    assert found(scene(db, redis, NOW), "no_reading", hours=51) == []


def test_an_unsuccessful_visit_is_no_reading(db: Store, redis: Redis) -> None:
    watch_accounts(db, "1")
    visited(db, "1", NOW - 50 * HOUR)
    visited(db, "1", NOW - HOUR, Outcome.TIMEOUT)
    assert len(found(scene(db, redis, NOW), "no_reading")) == 1


def test_a_platform_that_has_only_begun_is_not_silent(db: Store, redis: Redis) -> None:
    watch_accounts(db, "1", "2")
    assert found(scene(db, redis, NOW), "no_reading") == []
    visited(db, "1", NOW - HOUR)
    assert found(scene(db, redis, NOW), "no_reading") == []


def test_platforms_that_are_switched_off_are_left_alone(db: Store, redis: Redis) -> None:
    watch_accounts(db, "1")
    visited(db, "1", NOW - 50 * HOUR)
    off = scene(db, redis, NOW, enabled=frozenset({"x"}))
    assert found(off, "no_reading") == []


def test_outcomes_are_counted_by_platform_and_outcome(db: Store, redis: Redis) -> None:
    for hours, outcome in (
        (1, Outcome.LOGIN_WALL),
        (2, Outcome.LOGIN_WALL),
        (3, Outcome.CHALLENGE),
        (5, Outcome.LOGIN_WALL),
        (7, Outcome.LOGIN_WALL),
    ):
        visited(db, f"{hours}", NOW - hours * HOUR, outcome)
    (problem,) = found(scene(db, redis, NOW), "login_walls")
    assert problem.subject == "facebook:login_wall"
    assert problem.facts["visits"] == 3
    assert problem.facts["detail"] == "as the platform said"
    assert len(found(scene(db, redis, NOW), "login_walls", least=1)) == 2
    assert found(scene(db, redis, NOW), "empty_unexpected") == []


def test_drift_comes_from_flags_and_from_answers_that_cannot_be_mapped(
    db: Store, redis: Redis
) -> None:
    watch_accounts(db, "1", "2", "3", "4")
    flag = {
        "_id": "f",
        "kind": "schema_drift",
        "platform": "x",
        "subject": "x:post.likes",
        "at": NOW - 20 * HOUR,
        "facts": {"accounts": 9, "lost": 8},
    }
    db[FLAGS].insert_one(flag)
    for account in "123":
        visited(db, account, NOW - HOUR, Outcome.CHANGED_SHAPE)
    one, two = found(scene(db, redis, NOW), "schema_drift")
    assert (one.subject, one.facts["what"], one.facts["accounts"]) == (
        "x:post.likes",
        "post.likes",
        8,
    )
    assert (two.subject, two.facts["accounts"], two.facts["of"]) == ("facebook", 3, 4)
    db[FLAGS].update_one({}, {"$set": {"withdrawn_at": NOW}})
    assert len(found(scene(db, redis, NOW), "schema_drift")) == 1


def test_an_api_that_answers_as_another_version_is_told(db: Store, redis: Redis) -> None:
    watch_accounts(db, "1", "2", "3")
    flag = {
        "_id": "f",
        "kind": "api_version",
        "platform": "facebook",
        "subject": "facebook:v26.0",
        "at": NOW - 20 * HOUR,
        "facts": {"asked": "v25.0", "answered": "v26.0", "answers": 7, "accounts": 2},
    }
    db[FLAGS].insert_one(flag)
    (one,) = found(scene(db, redis, NOW), "schema_drift")
    assert one.facts == {
        "platform": "facebook",
        "what": "API v25.0, answered as v26.0",
        "accounts": 2,
        "of": 3,
    }


@pytest.mark.parametrize(("left", "found_"), [(8, 0), (7, 1), (0, 1), (-3, 1)])
def test_tokens_that_end_soon(db: Store, redis: Redis, left: int, found_: int) -> None:
    tokens = {"facebook": NOW.date() + timedelta(days=left), "x": date(2030, 1, 1)}
    problems = found(scene(db, redis, NOW, tokens=tokens), "token_expiring")
    assert [(p.subject, p.facts["days"]) for p in problems] == [("facebook", left)] * found_


def ledger(redis: Redis, day_: str, units: int) -> None:
    redis.hset(
        keys.ledger("x", date.fromisoformat(day_)),
        mapping={"abc|timeline|calls": units, "abc|timeline|units": units},
    )


def test_the_quota_is_forecast_by_what_yesterday_still_brought(db: Store, redis: Redis) -> None:
    """Two thirds of yesterday's calls came after this time of day."""
    for hours in (1, 2, 3):
        visited(db, "1", day(19) + (8 + 2 * hours) * HOUR, platform="x")
    ledger(redis, "2025-05-19", 900)
    ledger(redis, "2025-05-20", 500)
    of = scene(db, redis, day(20) + 11 * HOUR, budgets={"x": 1000, "youtube": 10})
    (problem,) = found(of, "quota_forecast")
    assert problem.facts == {
        "platform": "x",
        "spent": 500,
        "forecast": 1100,
        "budget": 1000,
        "day": "2025-05-20",
    }
    assert found(of, "quota_forecast", share=1.2) == []
    evening = scene(db, redis, day(20) + 23 * HOUR, budgets={"x": 1000})
    assert found(evening, "quota_forecast") == []
    assert found(evening, "quota_forecast", share=0.4) != []


def test_the_age_of_a_queue_is_by_its_servers_own_clock(db: Store, redis: Redis) -> None:
    seconds = redis.time()[0]  # type: ignore[index]
    redis.xadd("cr:visits:x", {"m": "{}"}, id=f"{(seconds - 7200) * 1000}-0")
    redis.xadd("cr:visits:x", {"m": "{}"})
    Dispatcher(redis).dispatch([visit(day(3))])
    (problem,) = found(scene(db, redis, NOW), "queue_age")
    assert (problem.subject, problem.facts["minutes"], problem.facts["entries"]) == (
        "cr:visits:x",
        120,
        2,
    )
    assert found(scene(db, redis, NOW), "queue_age", minutes=121) == []


def test_dead_letters_and_a_missing_scheduler(db: Store, redis: Redis) -> None:
    assert found(scene(db, redis, NOW), "dead_letters") == []
    redis.xadd(keys.DEAD, {"m": "?"})
    (problem,) = found(scene(db, redis, NOW), "dead_letters")
    assert problem.facts == {"letters": 1}
    assert found(scene(db, redis, NOW), "lost_letters") == []
    redis.set(keys.LOST, 3)
    (problem,) = found(scene(db, redis, NOW), "lost_letters")
    assert problem.facts == {"letters": 3}
    assert len(found(scene(db, redis, NOW), "no_scheduler")) == 1
    redis.set(keys.LEADER, "me")
    assert found(scene(db, redis, NOW), "no_scheduler") == []


@pytest.mark.parametrize(
    ("total", "free", "low"),
    [
        (1000, 900, False),
        (1000, 90, False),
        (40, 3.9, True),
        (40, 4.1, False),
        (10, 0.5, True),
    ],
)
def test_little_room_is_little_in_share_and_in_gigabytes(
    db: Store, redis: Redis, total: float, free: float, low: bool
) -> None:
    def usage(path: Any) -> tuple[int, int]:
        return int(total * GIGABYTE), int(free * GIGABYTE)

    problems = found(scene(db, redis, NOW, usage=usage), "disk")
    assert ("data" in {problem.subject for problem in problems}) is low


def test_the_disks_are_really_looked_at(db: Store, redis: Redis, tmp_path: Any) -> None:
    total, free = disk_usage(tmp_path / "not" / "there" / "yet")
    assert 0 < free < total
    full = scene(db, redis, NOW, usage=disk_usage, data_dir=tmp_path)
    problems = found(full, "disk", share=1.0, gigabytes=1e9)
    assert {problem.subject for problem in problems} == {"data", "MongoDB"}
    assert f"{problems[0].facts['total']}" == f"{total / GIGABYTE:.1f} GB"


def test_the_queues_memory(db: Store, redis: Redis) -> None:
    used = int(redis.info("memory")["used_memory"])  # type: ignore[index]
    try:
        redis.config_set("maxmemory", used * 4)
        assert found(scene(db, redis, NOW), "queue_memory") == []
        (problem,) = found(scene(db, redis, NOW), "queue_memory", share=0.2)
        assert 20 <= problem.facts["percent"] <= 40
    finally:
        redis.config_set("maxmemory", 0)


def half_covered(db: Store) -> None:
    watch_accounts(db, "1", "2")
    middle = MAY.start + (MAY.end - MAY.start) / 2
    for account, until in (("1", MAY.end), ("2", middle)):
        visited(db, account, until, kind=VisitKind.TIMELINE, window=Window(MAY.start, until))


@pytest.mark.parametrize(
    ("hours", "problems"), [(-100, 0), (-73, 0), (-71, 1), (-1, 1), (0, 0), (24, 0)]
)
def test_coverage_is_asked_for_shortly_before_the_cutoff(
    db: Store, redis: Redis, hours: int, problems: int
) -> None:
    half_covered(db)
    low = found(scene(db, redis, MAY.cutoff + hours * HOUR), "coverage")
    assert [(p.subject, p.facts["accounts"], p.facts["examples"]) for p in low] == [
        ("facebook:2025-05", 1, "h2 (南京 Nanjing)")
    ] * problems


def test_what_is_not_over_cannot_be_covered_yet(db: Store, redis: Redis) -> None:
    """Half of the month is over, and all of that half was looked at."""
    half_covered(db)
    middle = MAY.start + (MAY.end - MAY.start) / 2
    early = scene(db, redis, middle, months=Months(delay=timedelta(days=-14)))
    assert found(early, "coverage", days=10) == []


def test_an_outcome_that_does_not_exist_is_refused(db: Store, redis: Redis) -> None:
    with pytest.raises(RuleError, match="no outcome sunshine"):
        found(scene(db, redis, NOW), "login_walls", outcomes=["sunshine"])

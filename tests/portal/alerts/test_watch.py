"""Told once, together, again when it lasts or grows, and once more when it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bus import keys
from bus.connection import connect_redis
from portal.alerts.config import AlertSettings
from portal.alerts.memory import ALERTS
from portal.alerts.watch import Watch
from store.database import Store, connect_mongo
from tests.portal.alerts.receivers import Web, web
from tests.portal.alerts.scenes import HOUR, scene
from tests.servers import free_port
from tests.store.harvest import day

NOW = day(20)
RULES = """
[[rule]]
id = "dead"
check = "dead_letters"
severity = "critical"
text = { en = "{letters} dead", zh = "{letters} 条" }
[[rule]]
id = "tokens"
check = "token_expiring"
text = { en = "{platform} in {days} days", zh = "{platform}：{days} 天" }
"""


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as receiver:
        yield receiver


class Team:
    """A watch with two channels, and what they were told since the last time they were asked."""

    def __init__(self, receiver: Web, folder: Path, **more: Any) -> None:
        self.receiver = receiver
        rules = folder / "rules.toml"
        rules.write_text(RULES, "utf-8")
        hook = {"kind": "webhook", "secret": "s"}
        channels = {
            "all": {**hook, "url": f"{receiver.url}/all"},
            "night": {**hook, "url": f"{receiver.url}/night", "severity": "critical"},
        }
        given = {"rules": rules, "channels": channels, **more}
        self.settings = AlertSettings.model_validate(given)
        self.watch = Watch(self.settings)

    def told(self) -> list[tuple[str, list[tuple[str, str]]]]:
        messages = [
            (post.path, [(a["news"], a["subject"]) for a in json.loads(post.body)["alerts"]])
            for post in self.receiver.posted
        ]
        self.receiver.posted.clear()
        return messages


@pytest.fixture
def team(receiver: Web, tmp_path: Path) -> Team:
    return Team(receiver, tmp_path)


def look(team: Team, db: Store, redis: Redis, at: datetime = NOW, **more: Any) -> list[Any]:
    team.watch.run(scene(db, redis, at, **more))
    return team.told()


def soon(*platforms: str) -> dict[str, Any]:
    return {"tokens": dict.fromkeys(platforms, NOW.date() + timedelta(days=3))}


def test_all_that_is_new_is_one_message(team: Team, db: Store, redis: Redis) -> None:
    redis.xadd(keys.DEAD, {"m": "?"})
    both = look(team, db, redis, **soon("x", "tiktok"))
    assert both == [
        ("/all", [("new", "dead"), ("new", "tiktok"), ("new", "x")]),
        ("/night", [("new", "dead")]),
    ]


def test_nothing_wrong_is_no_message(team: Team, db: Store, redis: Redis) -> None:
    assert look(team, db, redis) == []


def test_what_is_known_is_told_again_only_after_a_day(team: Team, db: Store, redis: Redis) -> None:
    look(team, db, redis, **soon("x"))
    for hours in (1, 5, 23):
        assert look(team, db, redis, NOW + hours * HOUR, **soon("x")) == []
    again = look(team, db, redis, NOW + 24 * HOUR, **soon("x"))
    assert again == [("/all", [("still", "x")])]
    assert look(team, db, redis, NOW + 25 * HOUR, **soon("x")) == []


def test_a_restart_tells_nothing_twice(
    team: Team, receiver: Web, tmp_path: Path, db: Store, redis: Redis
) -> None:
    look(team, db, redis, **soon("x"))
    assert look(Team(receiver, tmp_path), db, redis, NOW + HOUR, **soon("x")) == []


def test_what_becomes_much_worse_is_told_again(team: Team, db: Store, redis: Redis) -> None:
    letters = [1, 2, 1, 6, 6]
    news = []
    for number, more in enumerate(letters):
        for _ in range(more):
            redis.xadd(keys.DEAD, {"m": "?"})
        news.append([said for _, said in look(team, db, redis, NOW + number * HOUR)])
    new, still = [("new", "dead")], [("still", "dead")]
    assert news == [[new, new], [], [still, still], [], [still, still]]


def test_what_is_over_is_told_once_to_those_who_knew(team: Team, db: Store, redis: Redis) -> None:
    look(team, db, redis, **soon("x"))
    assert look(team, db, redis, NOW + HOUR) == [], "once is not enough to be sure"
    assert look(team, db, redis, NOW + 2 * HOUR) == [("/all", [("over", "x")])]
    assert look(team, db, redis, NOW + 3 * HOUR) == []
    assert db[ALERTS].count_documents({"live": True}) == 0
    assert look(team, db, redis, NOW + 4 * HOUR, **soon("x")) == [("/all", [("new", "x")])]


def test_what_comes_and_goes_wakes_nobody_twice(team: Team, db: Store, redis: Redis) -> None:
    said = [
        look(team, db, redis, NOW + n * HOUR, **(soon("x") if n % 2 == 0 else {})) for n in range(8)
    ]
    assert said == [[("/all", [("new", "x")])], *([[]] * 7)]


def test_what_nobody_was_told_of_is_not_over_for_anybody(
    team: Team, receiver: Web, db: Store, redis: Redis
) -> None:
    receiver.answers = [(500, b"")]
    look(team, db, redis, **soon("x"))
    for hours in (1, 2, 3):
        assert look(team, db, redis, NOW + hours * HOUR) == []


def test_a_channel_that_failed_is_told_the_next_time(
    team: Team, receiver: Web, db: Store, redis: Redis
) -> None:
    redis.xadd(keys.DEAD, {"m": "?"})
    receiver.answers = [(503, b"busy"), (200, b"")]
    report = team.watch.run(scene(db, redis, NOW))
    assert report.failed == {"all": "webhook: HTTP 503: busy"}
    assert report.told == {"night": 1}
    team.told()
    assert look(team, db, redis, NOW + HOUR) == [("/all", [("new", "dead")])]


def test_an_over_that_was_not_taken_is_told_later(
    team: Team, receiver: Web, db: Store, redis: Redis
) -> None:
    look(team, db, redis, **soon("x"))
    look(team, db, redis, NOW + HOUR)
    receiver.answers = [(503, b""), (200, b"")]
    look(team, db, redis, NOW + 2 * HOUR)
    assert look(team, db, redis, NOW + 3 * HOUR) == [("/all", [("over", "x")])]


def test_a_channel_that_was_removed_holds_nothing_up(
    team: Team, receiver: Web, tmp_path: Path, db: Store, redis: Redis
) -> None:
    look(team, db, redis, **soon("x"))
    night = team.settings.channels["night"]
    fewer = Team(receiver, tmp_path, channels={"night": night})
    look(fewer, db, redis, NOW + HOUR)
    look(fewer, db, redis, NOW + 2 * HOUR)
    assert db[ALERTS].count_documents({"live": True}) == 0


def test_a_queue_server_that_is_away_is_a_problem_of_its_own(
    team: Team, db: Store, redis: Redis
) -> None:
    redis.xadd(keys.DEAD, {"m": "?"})
    look(team, db, redis, **soon("x"))
    with connect_redis(f"redis://127.0.0.1:{free_port()}/0") as away:
        news = look(team, db, away, NOW + HOUR, **soon("x"))
        assert news == [(path, [("new", "queue")]) for path in ("/all", "/night")]
        assert look(team, db, away, NOW + 2 * HOUR, **soon("x")) == []
    later = look(team, db, redis, NOW + 3 * HOUR, **soon("x"))
    assert later == [], "dead letters were not over only because nobody could look"


def test_a_database_that_is_away_is_told_from_this_processs_memory(
    team: Team, db: Store, redis: Redis
) -> None:
    gone = connect_mongo(f"mongodb://127.0.0.1:{free_port()}/", "none", timeout=0.2)
    try:
        for hours, news in ((0, "new"), (1, None), (24, "still")):
            said = look(team, gone, redis, NOW + hours * HOUR)
            assert said == ([(p, [(news, "MongoDB")]) for p in ("/all", "/night")] if news else [])
    finally:
        gone.client.close()
    back = look(team, db, redis, NOW + 25 * HOUR)
    assert back == [(path, [("over", "MongoDB")]) for path in ("/all", "/night")]
    assert look(team, db, redis, NOW + 26 * HOUR) == []


def test_a_look_tells_and_remembers_nothing(team: Team, db: Store, redis: Redis) -> None:
    report = team.watch.look(scene(db, redis, NOW, **soon("x")))
    assert [problem.id for problem in report.problems] == ["tokens|x"]
    assert team.told() == []
    assert db[ALERTS].count_documents({}) == 0


def test_a_channel_can_be_tried(team: Team, receiver: Web) -> None:
    assert team.watch.trial("night", NOW) is None
    assert team.told() == [("/night", [("new", "night")])]
    receiver.answers = [(401, b"who?")]
    assert team.watch.trial("all", NOW) == "webhook: HTTP 401: who?"

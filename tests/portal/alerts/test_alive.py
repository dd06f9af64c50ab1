"""The watch itself: nothing running is told, a whole look is pinged, mornings are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from operations.health.morning import morning_jobs, morning_text, tell_morning
from portal.alerts.watch import Watch
from store.database import Store
from tests.cityreach.in_process import command
from tests.operations.test_status import runtime
from tests.portal.alerts.receivers import Web
from tests.portal.alerts.scenes import scene
from tests.portal.alerts.test_watch import NOW, Team, look, receiver, team

__all__ = ["receiver", "runtime", "team"]


def hook(receiver: Web) -> str:
    return json.dumps({"team": {"kind": "webhook", "secret": "s", "url": f"{receiver.url}/all"}})


def test_a_check_from_outside_tells_that_nothing_runs(receiver: Web, tmp_path: Path) -> None:
    more = {"CITYREACH_ALERTS__CHANNELS": hook(receiver)}
    for _ in range(2):
        done = command("alerts", "check", "--send", data=tmp_path, **more)
        assert (done.returncode, "Traceback" in done.stderr) == (3, False)
        assert "start `cityreach up`" in done.stdout
    (told,) = receiver.posted
    (alert,) = json.loads(told.body)["alerts"]
    assert (alert["rule"], alert["news"]) == ("nothing_runs", "new")


def test_that_it_runs_again_is_told(receiver: Web, tmp_path: Path, db: Store, redis: Redis) -> None:
    team = Team(receiver, tmp_path)
    team.watch = Watch(team.settings, tmp_path / "reserve")
    team.watch.without_servers(NOW, telling=True)
    assert team.told() != []
    at = NOW + timedelta(minutes=5)
    assert look(team, db, redis, at) == [
        ("/all", [("over", "servers")]),
        ("/night", [("over", "servers")]),
    ]


def test_a_whole_look_is_pinged_and_no_other(
    receiver: Web, tmp_path: Path, db: Store, redis: Redis
) -> None:
    team = Team(receiver, tmp_path, ping_url=f"{receiver.url}/alive")
    team.watch.run(scene(db, redis, NOW))
    assert receiver.asked == ["/alive"]
    team.watch.without_servers(NOW, telling=True)
    assert receiver.asked == ["/alive"]


def test_the_morning_says_that_all_is_well() -> None:
    figures = {"accounts": 569, "read": 569, "missed": 3, "budgets": {"x": 41}, "problems": []}
    assert morning_text(figures, "en") == (
        "all well: 569 of 569 accounts read in the last day, 3 gaps, 41 % of the x budget spent"
    )
    assert morning_text(figures, "zh") == (
        "一切正常：过去一天读取账号 569/569，缺口 3 处，x 配额已用 41%"
    )
    assert morning_text({**figures, "problems": ["disk"]}, "en").startswith("1 problem: 569 of")
    assert morning_text({**figures, "read": 0}, "en").startswith("no problem so far: 0 of 569")
    none = {**figures, "missed": 0, "budgets": {}}
    assert morning_text(none, "en").endswith("in the last day, no gaps")


def test_the_morning_reaches_every_channel(
    runtime: object, receiver: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from operations.runtime import Runtime

    assert isinstance(runtime, Runtime)
    alerts = runtime.settings.alerts.model_validate({"channels": json.loads(hook(receiver))})
    runtime.settings = runtime.settings.model_copy(update={"alerts": alerts})
    assert tell_morning(runtime) == {}
    (told,) = receiver.posted
    body = json.loads(told.body)
    assert body["summary"]["accounts"] == 0
    assert "0 of 0 accounts read" in body["title"]


def test_the_morning_is_told_once_a_day_also_after_a_restart(
    runtime: object, receiver: Web, db: Store
) -> None:
    from operations.runtime import Runtime

    assert isinstance(runtime, Runtime)
    channels = {"channels": json.loads(hook(receiver)), "morning": "08:00"}
    alerts = runtime.settings.alerts.model_validate(channels)
    runtime.settings = runtime.settings.model_copy(update={"alerts": alerts})
    zone = ZoneInfo(runtime.settings.zone)

    def told(day: int, hour: int, minute: int = 0) -> int:
        """A scheduler that starts then runs the job; the messages so far."""
        runtime.clock = At(datetime(2025, 5, day, hour, minute, tzinfo=zone))
        (job,) = morning_jobs(runtime)
        job.run()
        return len(receiver.posted)

    assert told(2, 8) == 1
    assert told(2, 9) == told(3, 7, 59) == 1, "started again"
    assert told(3, 8) == told(3, 8, 1) == 2
    assert told(5, 3) == 3, "of the 4th, when nothing ran"


def test_a_morning_that_no_channel_took_is_told_later(
    runtime: object, receiver: Web, db: Store
) -> None:
    from operations.runtime import Runtime

    assert isinstance(runtime, Runtime)
    away = {"team": {"kind": "webhook", "secret": "s", "url": "http://127.0.0.1:9/"}}
    for channels, posted in ((away, 0), (json.loads(hook(receiver)), 1)):
        given = {"channels": channels, "morning": "08:00"}
        alerts = runtime.settings.alerts.model_validate(given)
        runtime.settings = runtime.settings.model_copy(update={"alerts": alerts})
        (job,) = morning_jobs(runtime)
        job.run()
        assert len(receiver.posted) == posted


class At:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at.astimezone(UTC)

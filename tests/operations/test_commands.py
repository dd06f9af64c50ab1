"""The operating commands as a user types them, on the servers of a demo that stays up."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bus import keys
from embedded import running_servers
from model.period import Period
from model.platform import PLATFORMS
from model.platforms import FACTS
from tests.cityreach.demo_process import cityreach, database
from tests.portal.alerts.receivers import web
from tests.waiting import wait_until

PERIOD = ("--period", "2025-05")
MONTH = Period.month("2025-05")


def run(kept: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """On the demo's servers, with its plan and its clock."""
    env = {
        "CITYREACH_DATA_DIR": str(kept / "demo"),
        "CITYREACH_MONGO_DATABASE": "cityreach_demo",
        "CITYREACH_CLOCK_FILE": str(kept / "demo" / "clock"),
        "CITYREACH_PLAN__NAME": "demo",
        # Without the demo's tokens, the accounts would be expected to follow the plan of web pages.
        **{f"CITYREACH_{name.upper()}__ROUTE": "api" for name in PLATFORMS},
        **more,
    }
    return cityreach(*args, data=kept, **env)


def printed(kept: Path, *args: str, code: int = 0, **more: str) -> Any:
    done = run(kept, *args, "--json", **more)
    assert done.returncode == code, done.stderr + done.stdout
    return json.loads(done.stdout)


def test_a_whole_month_has_no_gaps(kept: Path) -> None:
    assert printed(kept, "gaps", *PERIOD) == []
    assert "no gaps" in run(kept, "gaps", *PERIOD).stderr


def test_gaps_by_another_plan_say_what_was_not_read(kept: Path) -> None:
    """The demo read weekly; a daily plan would have wanted more, which harms no index."""
    daily = {"CITYREACH_PLAN__NAME": "demo", "CITYREACH_PLAN__BANDS": '[["35d","1d"]]'}
    rows = printed(kept, "gaps", *PERIOD, "--platform", "x", **daily)
    assert len({row["day"] for row in rows}) > 20
    assert {(row["state"], row["harms"], row["platform"]) for row in rows} == {
        ("never", "daily", "x")
    }
    assert all(row["why"] and row["remedy"] for row in rows)


def test_a_failed_visit_is_a_gap_with_its_reason(kept: Path) -> None:
    with database(kept) as db:
        asked = {"platform": "tiktok", "kind": "timeline", "slot": {"$lte": MONTH.cutoff}}
        visit = db.visits.find_one(asked, sort=[("slot", -1)])
        failed = {"complete": False, "outcome": "quota_spent", "detail": "all units are spent"}
        db.visits.update_one({"_id": visit["_id"]}, {"$set": failed})
        try:
            (row,) = printed(kept, "gaps", *PERIOD, "--account", visit["account"], code=3)
            listed = printed(kept, "visits", "list", "--failed")
        finally:
            db.visits.replace_one({"_id": visit["_id"]}, visit)
    assert (row["outcome"], row["state"], row["why"]) == (
        "quota_spent",
        "failed",
        "all units are spent",
    )
    assert row["harms"] in {"counts", "posts"}
    assert [one["id"] for one in listed] == [visit["_id"]]
    assert "quota" in listed[0]["remedy"]


def test_flags_of_the_month(kept: Path) -> None:
    rows = printed(kept, "gaps", *PERIOD, "--flags")
    assert {row["kind"] for row in rows} == {"counter_fell", "empty_unexpected"}
    assert rows == printed(kept, "gaps", *PERIOD, "--flags")
    table = run(kept, "gaps", *PERIOD, "--flags", "--csv").stdout.splitlines()
    assert len(table) == len(rows) + 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["gaps", "--period", "May"], "expected YYYY-MM"),
        (["visits", "list", "--outcome", "sunshine"], "expected one of"),
        (["visits", "list", "--since", "noon"], "expected ISO 8601"),
        (["visits", "requeue"], "expected ids, --dead or --outcome"),
        (["replay", "--since", "noon"], "expected ISO 8601"),
        (["replay"], "--since"),
        (["alerts", "test"], "CITYREACH_ALERTS__CHANNELS"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(args: list[str], told: str, kept: Path) -> None:
    done = run(kept, *args)
    assert done.returncode == 2, done.stderr
    assert told in " ".join(done.stderr.split())


def test_visits_are_listed_by_what_is_asked(kept: Path) -> None:
    rows = printed(kept, "visits", "list", "--platform", "youtube", "-n", "5")
    assert len(rows) == 5
    assert {row["platform"] for row in rows} == {"youtube"}
    assert [row["ended_at"] for row in rows] == sorted((r["ended_at"] for r in rows), reverse=True)
    nothing = printed(kept, "visits", "list", "--outcome", "ok_nothing_new", "-n", "3")
    assert {row["outcome"] for row in nothing} == {"ok_nothing_new"}
    assert "visits" in run(kept, "visits", "list", "-n", "2").stdout


def test_an_ended_visit_is_made_again(kept: Path) -> None:
    (visit,) = printed(kept, "visits", "list", "--platform", "x", "-n", "1")
    (shown,) = printed(kept, "visits", "requeue", visit["id"], "--dry-run")
    assert not shown["requeued"]
    (row,) = printed(kept, "visits", "requeue", visit["id"])
    assert row == {"id": visit["id"], "what": "visit", "requeued": True, "why": ""}
    with database(kept) as db:
        wait_until(
            lambda: len(db.visits.find_one({"_id": visit["id"]})["attempts"]) > 1,
            "somebody has made it again",
        )
        again = db.visits.find_one({"_id": visit["id"]})
    assert (again["attempts"][1]["attempt"], again["outcome"]) == (1, visit["outcome"])
    (unknown,) = printed(kept, "visits", "requeue", "x:1:timeline:never", code=3)
    assert "no such visit" in unknown["why"]


def test_dead_letters_are_shown_and_come_back(kept: Path) -> None:
    servers = running_servers(kept / "demo")
    assert servers is not None
    assert printed(kept, "visits", "dead") == []
    with Redis.from_url(servers.redis_uri) as client:
        client.xadd("cr:visits:x", {"m": b'{"v":99}'})
        wait_until(lambda: client.xlen(keys.DEAD), "the crawler has set it aside")
        (letter,) = printed(kept, "visits", "dead")
        assert letter["from"] == "cr:visits:x"
        assert not letter["understood"]
        (row,) = printed(kept, "visits", "requeue", "--dead", code=3)
        assert "does not understand it" in row["why"]
        client.delete(keys.DEAD)


def measures(kept: Path) -> Any:
    return printed(kept, "measures", *PERIOD)


def test_replay_finds_nothing_where_nothing_changed(kept: Path) -> None:
    """Today's mappers read every answer of the month as it was read when it came."""
    summary = printed(kept, "replay", "--since", "2025-04-01")
    assert summary["answers"] > 300
    assert summary["readings"] > 2000
    assert (summary["fields"], summary["unmapped"], summary["written"]) == ([], {}, False)


def test_replay_shows_and_then_mends_what_an_older_mapper_misread(kept: Path) -> None:
    right = measures(kept)
    with database(kept) as db:
        likes = {"$multiply": ["$counts.likes", 10]}
        for name in ("post_readings", "month_posts"):
            wrong = [{"$set": {"counts.likes": likes, "latest.counts.likes": "$$REMOVE"}}]
            of_x = {"counts.likes": {"$gt": 0}, "raw": {"$exists": name == "post_readings"}}
            of_x |= {"_id": {"$regex": "^x:" if name == "post_readings" else ":x:"}}
            assert db[name].update_many(of_x, wrong).modified_count > 100
    assert measures(kept) != right
    shown = printed(kept, "replay", "--since", "2025-04-01", "--platform", "x")
    (likes_row,) = [f for f in shown["fields"] if f["field"] == "post_readings.likes"]
    assert likes_row["before"] == 10 * likes_row["after"]
    assert measures(kept) != right, "it only showed"
    done = run(kept, "replay", "--since", "2025-04-01", "--platform", "x", "--write")
    assert done.returncode == 0, done.stderr
    assert "changes" in done.stderr
    assert measures(kept) == right
    mapper = FACTS["x"].mapper_version
    with database(kept) as db:
        assert db.replaced.count_documents({}) == likes_row["changed"]
        assert db.post_readings.count_documents({"mapper": mapper}) == likes_row["changed"]
        assert db.replays.count_documents({"platform": "x"}) == 1
    assert printed(kept, "replay", "--since", "2025-04-01")["fields"] == []


def test_alerts_are_checked_tried_and_sent(kept: Path) -> None:
    assert printed(kept, "alerts", "check")["problems"] == [], "all is well in a kept demo"
    soon = {"CITYREACH_X__TOKENS_EXPIRE_ON": "2025-06-06"}
    found = printed(kept, "alerts", "check", code=3, **soon)
    assert [problem["rule"] for problem in found["problems"]] == ["token_expiring"]
    with web() as receiver:
        channel = {"kind": "webhook", "url": receiver.url, "secret": "s"}
        env = {"CITYREACH_ALERTS__CHANNELS": json.dumps({"team": channel}), **soon}
        assert run(kept, "alerts", "test", **env).returncode == 0
        assert json.loads(receiver.posted[0].body)["alerts"][0]["rule"] == "test"
        told = printed(kept, "alerts", "check", "--send", code=3, **env)["told"]
        assert told == {"team": len(found["problems"])}
        assert printed(kept, "alerts", "check", "--send", code=3, **env)["told"] == {}
        receiver.answers = [(500, b"no")]
        refused = run(kept, "alerts", "test", "--channel", "team", **env)
    assert refused.returncode == 3
    assert "HTTP 500" in refused.stdout


def test_without_servers_it_says_what_to_start(tmp_path: Path) -> None:
    for command in (["gaps", *PERIOD], ["visits", "list"], ["replay", "--since", "2025-05-01"]):
        done = cityreach(*command, data=tmp_path)
        assert done.returncode == 1
        assert "cityreach up" in done.stderr

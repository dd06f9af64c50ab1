"""The portal beside a collection: its pages go on, stay quick, and are right at the end."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import Client

from embedded import running_servers
from model.months import Months
from model.servers import Servers
from operations.running.clock import FileClock
from portal.asking.asked import Portal
from portal.config import PortalSettings
from portal.users import sessions
from portal.users.people import USERS, add_person
from portal.users.roles import Role
from portal.users.sessions import begin_session
from registry.cities import load_cities
from store.database import Store, connect_mongo
from tests.cityreach.demo_process import SMALL, demo, inside
from tests.portal.web.readers import serving
from tests.portal.web.seeded import TEAM
from tests.waiting import wait_until

pytestmark = pytest.mark.long
PAUSE = 0.2
QUICK = 0.5
"""Seconds, of the middle of all answers: a machine of two cores collects beside them."""


@contextmanager
def _portal(
    servers: Servers, clock: Path, process: subprocess.Popen[str]
) -> Iterator[tuple[Client, Store]]:
    """A reader of a portal over the demo's servers, by the demo's clock."""
    portal = Portal(
        settings=PortalSettings(language="en"),
        open_db=lambda: connect_mongo(servers.mongo_uri, "cityreach_demo"),
        open_redis=lambda: None,
        clock=FileClock(clock),
        months=Months(),
        method="giu",
        cities=load_cities(),
        team=TEAM,
    )
    # Before that, the demo empties its database, readers and all.
    wait_until(lambda: portal.db["month_posts"].find_one({}), "the first posts", process)
    now = portal.clock.now()
    add_person(portal.db, "reader", Role.ANALYST, (), "a password of tests", now)
    portal.db[USERS].update_one({"_id": "reader"}, {"$set": {"must_change": False}})
    secret = begin_session(portal.db, "reader", now, timedelta(days=3_000))
    cookies = {portal.cookie: secret}
    with (
        serving(portal) as address,
        Client(base_url=address, cookies=cookies, trust_env=False, timeout=60) as client,
    ):
        yield client, portal.db
    portal.close()


def _pages(db: Store, month: str) -> list[str]:
    city = (db["accounts"].find_one({"city": {"$exists": True}}) or {"city": "shanghai"})["city"]
    return [
        f"/months/{month}/leaderboard",
        f"/months/{month}/posts",
        f"/my/{city}",
        "/accounts",
        f"/api/v1/months/{month}/coverage",
    ]


def test_pages_go_on_while_the_demo_collects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The demo's clock leaps over months: the reader's session keeps the end it began with.
    monkeypatch.setattr(sessions, "_TOUCHED_EVERY", timedelta(days=3_000))
    out = tmp_path / "out"
    with demo(tmp_path, "--keep", "--world", str(SMALL), "--out", str(out)) as process:
        servers = wait_until(lambda: running_servers(tmp_path / "demo"), "the servers", process)
        clock = tmp_path / "demo" / "clock"
        wait_until(clock.exists, "the demo's clock", process)
        with _portal(servers, clock, process) as (client, db):
            spent = _read_on(client, db, out, process)
            assert statistics.median(spent) < QUICK, spent
            month = json.loads((out / "run.json").read_text("utf-8"))["period"]
            _agrees(client, tmp_path, month)


def _read_on(client: Client, db: Store, out: Path, process: subprocess.Popen[str]) -> list[float]:
    """Reads all pages in turn until the demo has run; the seconds of each answer."""
    spent: list[float] = []
    while not (out / "run.json").exists():
        assert process.poll() is None
        months = client.get("/api/v1/months")
        assert months.status_code == 200, months.text
        for path in _pages(db, months.json()["items"][0]["month"]):
            began = time.monotonic()
            answer = client.get(path)
            spent.append(time.monotonic() - began)
            # Before the first reading of a city it is not there yet.
            assert answer.status_code in (200, 404), (path, answer.text)
            time.sleep(PAUSE)
    return spent


def _agrees(client: Client, kept: Path, month: str) -> None:
    """The leaderboard, once it is computed again, is that of the command line."""
    done = inside(kept, "top", "--period", month, "-n", "300", "--json")
    wanted = [(row["city"], row["index"]) for row in json.loads(done.stdout)]
    path = f"/api/v1/months/{month}/leaderboards/composite"
    wait_until(
        lambda: [(row["city"], row["index"]) for row in client.get(path).json()["items"]] == wanted,
        "the portal shows what the command line prints",
    )

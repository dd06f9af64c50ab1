"""A month's numbers are the same on pages, in the API, in CSV and on the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from parsel import Selector

from bus.connection import connect_redis
from embedded import running_servers
from model.months import Months
from portal.asking.asked import Portal
from portal.config import PortalSettings
from portal.users.people import USERS, add_person
from portal.users.roles import Role
from portal.users.sessions import begin_session
from registry.cities import load_cities
from store.database import connect_mongo
from tests.cityreach.demo_process import inside, load
from tests.portal.web.readers import serving
from tests.portal.web.seeded import TEAM, Standing

SCOPES = ("composite", "facebook", "instagram", "x", "youtube", "tiktok")
SHOWN = ("posts", "interactions", "interaction_rate", "views", "view_rate", "followers")
WHO = "walker"


@dataclass
class Walk:
    """One month, and the four ways to its numbers."""

    kept: Path
    month: str
    client: Client

    def line(self, *args: str) -> Any:
        """What a command prints as JSON."""
        done = inside(self.kept, *args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def api(self, path: str) -> Any:
        """What an address of the API gives."""
        answer = self.client.get(f"/api/v1/months/{self.month}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page(self, path: str) -> str:
        """A page, or what it gives to take away."""
        answer = self.client.get(f"/months/{self.month}{path}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def rows(self, path: str) -> list[dict[str, str]]:
        """A CSV that a page gives."""
        text = self.page(path).removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def walk(kept: Path) -> Iterator[Walk]:
    """A portal over the servers of the demo that stays up."""
    servers = running_servers(kept / "demo")
    assert servers is not None
    report = load(kept / "out" / "run.json")
    month = report["period"]
    now = Months().named(month).cutoff + timedelta(hours=1)
    portal = Portal(
        settings=PortalSettings(language="en"),
        open_db=lambda: connect_mongo(servers.mongo_uri, "cityreach_demo"),
        open_redis=lambda: connect_redis(servers.redis_uri),
        clock=Standing(now),
        months=Months(),
        method="giu",
        cities=load_cities(),
        team=TEAM,
    )
    add_person(portal.db, WHO, Role.ANALYST, (), "a password of tests", now)
    portal.db[USERS].update_one({"_id": WHO}, {"$set": {"must_change": False}})
    secret = begin_session(portal.db, WHO, now, timedelta(days=1))
    with (
        serving(portal) as address,
        Client(base_url=address, trust_env=False, timeout=60) as client,
    ):
        client.cookies.set(portal.cookie, secret)
        yield Walk(kept, month, client)
    portal.db[USERS].delete_one({"_id": WHO})
    portal.close()


@pytest.mark.parametrize("scope", SCOPES)
def test_ranks_and_scores(walk: Walk, scope: str) -> None:
    """Index and rank of every city, by all four ways; on the page as exactly as in the API."""
    top = ("top", "--period", walk.month, "--scope", scope, "-n", "300")
    line = {row["city"]: (row["rank"], row["index"]) for row in walk.line(*top)}
    assert line
    api = walk.api(f"/leaderboards/{scope}")["items"]
    assert {row["city"]: (row["rank"], row["index"]) for row in api} == line
    table = walk.rows(f"/leaderboard?scope={scope}&form=csv")
    assert {row["city"]: (int(row["rank"]), float(row["index"])) for row in table} == line
    assert _on_page(walk, scope) == line


def _on_page(walk: Walk, scope: str) -> dict[str, tuple[int, float]]:
    page = Selector(walk.page(f"/leaderboard?scope={scope}"))
    found = {}
    for row in page.css("tbody tr"):
        city = row.css("th a::attr(href)").get("").rpartition("/")[2]
        rank = int(row.css("td::text").get(""))
        index = float(row.css("th + td data::attr(value)").get(""))
        found[city] = rank, index
    return found


def test_measures_by_platform(walk: Walk) -> None:
    """Sums of a platform's accounts, as `measures` prints them, on pages, in CSV and the API."""
    measures = walk.line("measures", "--period", walk.month)
    for scope in SCOPES[1:]:
        mine = [row for row in measures if row["platform"] == scope]
        api = {row["city"]: row for row in walk.api(f"/leaderboards/{scope}")["items"]}
        table = {row["city"]: row for row in walk.rows(f"/leaderboard?scope={scope}&form=csv")}
        for city in api:
            of_city = [row for row in mine if row["city"] == city]
            for name in ("posts", "interactions"):
                values = [row[name] for row in of_city if row[name] is not None]
                wanted = sum(values) if values else None
                assert api[city][name] == wanted, (scope, city, name)
                assert _number(table[city][name]) == wanted, (scope, city, name)


def _number(text: str) -> float | None:
    return float(text) if text else None


def test_pages_and_api_have_the_same_measures(walk: Walk) -> None:
    """Every cell of the page of a platform, exact in its title's value."""
    for scope in SCOPES:
        api = walk.api(f"/leaderboards/{scope}")["items"]
        page = Selector(walk.page(f"/leaderboard?scope={scope}"))
        for row, shown in zip(api, page.css("tbody tr"), strict=True):
            cells = [_number(v) for v in shown.css("td data::attr(value)").getall()]
            for name in SHOWN:
                if row[name] is not None:
                    assert float(row[name]) in cells, (scope, row["city"], name)


def test_a_citys_accounts_and_derivation(walk: Walk) -> None:
    (first, *_) = walk.api("/leaderboards/composite")["items"]
    city = first["city"]
    api = walk.api(f"/cities/{city}/measures")["items"]
    measures = walk.line("measures", "--period", walk.month)
    assert api == [row for row in measures if row["city"] == city]
    tree = walk.line("explain", city, "--period", walk.month)
    assert walk.api(f"/cities/{city}/explain")["tree"]["score"] == tree["score"] == first["index"]
    page = Selector(walk.page(f"/cities/{city}/method"))
    values = [float(v) for v in page.css("data::attr(value)").getall()]
    assert tree["score"] in values


def test_posts_in_csv_and_api(walk: Walk) -> None:
    (first, *_) = walk.api("/leaderboards/composite")["items"]
    api = {row["post"]: row for row in walk.api(f"/posts?city={first['city']}&limit=200")["items"]}
    table = walk.rows(f"/posts?city={first['city']}&form=csv")
    assert {row["post"] for row in table} == set(api)
    for row in table:
        counts = api[row["post"]]["counts"]
        for name in ("likes", "comments", "shares", "views"):
            assert _number(row[name]) == counts.get(name), (row["post"], name)
        assert datetime.fromisoformat(row["published_at"])

"""MongoDB or Redis away: pages say so in the reader's language, at once, and others go on."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from redis.exceptions import ConnectionError as RedisAway

from operations.errors import Failed
from operations.running import portal as serving
from portal.asking.asked import Portal
from portal.users.attempts import SIGN_IN_NAME
from store.database import connect_mongo
from tests.portal.web.readers import Readers
from tests.portal.web.readers import serving as served
from tests.portal.web.seeded import MINE, TEAM, portal_over
from tests.store.mongod import Mongod

NOBODY_THERE = "redis://127.0.0.1:1"
_PATIENCE = 0.3
"""Seconds."""


def _queue_away(*_: Any) -> Any:
    raise RedisAway("away")


@pytest.fixture
def without_redis(readers: Readers, mongod: Mongod) -> Iterator[Client]:
    """An analyst of a portal whose queue server is away."""
    made = portal_over(mongod.uri, readers.portal.db.name, NOBODY_THERE)
    made.team = replace(TEAM, dead=_queue_away, quota=_queue_away, live=_queue_away)
    with served(made) as address:
        client = readers.of("analyst")
        client.base_url = address
        yield client
    made.close()


@pytest.fixture
def without_mongo(portal: Portal, redis_uri: str) -> Iterator[Client]:
    """Somebody with a session, of a portal whose database is away."""
    made = portal_over("mongodb://127.0.0.1:1/", "none", redis_uri)
    made.open_db = lambda: connect_mongo("mongodb://127.0.0.1:1/", "none", timeout=_PATIENCE)
    with served(made) as address, Client(base_url=address, trust_env=False, timeout=20) as client:
        client.cookies.set(made.cookie, "a session of before")
        yield client
    made.close()


def test_pages_go_on_without_the_queue(without_redis: Client) -> None:
    for path in (
        "/months/2025-05",
        "/months/2025-05/leaderboard",
        f"/my/{MINE}",
        "/accounts",
        "/team/gaps",
        "/api/v1/months",
    ):
        assert without_redis.get(path).status_code == 200, path
    visits = without_redis.get("/team/visits")
    assert visits.status_code == 200
    assert "what was set aside is not known now" in visits.text


def test_a_page_of_the_queue_says_that_it_is_away(without_redis: Client) -> None:
    for language, told in (("en", "The queue server does not answer"), ("zh", "队列服务器")):
        for path in ("/team/quota", "/team/live"):
            answer = without_redis.get(path, headers={"accept-language": language})
            assert answer.status_code == 503
            assert told in answer.text
    assert without_redis.get("/healthz").json() == {"alive": True}
    ready = without_redis.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"mongodb": True, "redis": False})


def test_names_are_locked_without_the_queue_too(without_redis: Client) -> None:
    """What was counted in Redis is counted by the process then."""
    page = Client(base_url=without_redis.base_url, trust_env=False, timeout=20)
    page.get("/sign-in")
    token = page.cookies["cityreach-form"]
    form = {"name": "nobody-there", "password": "wrong", "form_token": token}
    codes = [page.post("/sign-in", data=form).status_code for _ in range(SIGN_IN_NAME.most + 1)]
    page.close()
    assert codes == [422] * SIGN_IN_NAME.most + [429]


def test_every_page_says_that_the_database_is_away(without_mongo: Client) -> None:
    """And of those who ask then, most do not wait for it."""
    waited = []
    for language, told in (("en", "The database does not answer"), ("zh", "数据库没有应答")):
        for path in ("/months/2025-05", "/team", f"/my/{MINE}"):
            began = time.monotonic()
            answer = without_mongo.get(path, headers={"accept-language": language})
            waited.append(time.monotonic() - began)
            assert answer.status_code == 503
            assert told in answer.text
    assert waited[0] >= _PATIENCE
    assert sorted(waited)[3] < _PATIENCE


def test_the_api_says_so_as_a_problem(without_mongo: Client) -> None:
    answer = without_mongo.get("/api/v1/months", headers={"authorization": "Bearer cr_x"})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"].startswith("The database does not answer")


def test_what_asks_no_database_goes_on(without_mongo: Client) -> None:
    without_mongo.cookies.clear()
    assert without_mongo.get("/sign-in").status_code == 200
    assert without_mongo.get("/healthz").status_code == 200
    assert without_mongo.get("/static/style.css").status_code == 200
    ready = without_mongo.get("/readyz")
    assert (ready.status_code, ready.json()["mongodb"]) == (503, False)


def test_a_taken_port_is_one_sentence(readers: Readers, tmp_path: Path) -> None:
    port = int(readers.address.rpartition(":")[2])
    with pytest.raises(Failed) as refused:
        serving._listening("127.0.0.1", port)
    assert f"127.0.0.1:{port}" in str(refused.value)
    assert "CITYREACH_PORTAL__PORT" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_who_comes_early_waits() -> None:
    """The address is told when connections are taken, though nothing answers yet; and an answer of
    two pieces is sent at once, which asyncio sees to for sockets that say that they are TCP."""
    with serving._listening("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
        socket.create_connection(listening.getsockname(), timeout=5).close()

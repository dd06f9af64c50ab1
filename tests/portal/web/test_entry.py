"""Signing in and out, passwords, lock-out, forms that are not ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from httpx import Client, Response
from redis import Redis

from portal.asking.asked import Portal
from portal.users.audit import changes
from portal.users.errors import AccessError
from portal.users.people import add_person, disable_person, set_role
from portal.users.roles import Role
from store.database import connect_mongo
from tests.portal.web.readers import Readers, serving
from tests.portal.web.seeded import portal_over
from tests.servers import free_port

FIRST = "one-time-word"


@pytest.fixture
def newcomer(readers: Readers, redis: Redis) -> Iterator[str]:
    """One who has not signed in yet."""
    name = "newcomer"
    portal = readers.portal
    portal.db.users.delete_one({"_id": name})
    add_person(portal.db, name, Role.OPERATOR, ["hefei"], FIRST, portal.clock.now())
    yield name
    portal.db.users.delete_one({"_id": name})


def token(text: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', text)
    assert found
    return found[1]


def sign_in(client: Client, name: str, password: str) -> Response:
    form = {"form_token": token(client.get("/sign-in").text), "name": name, "password": password}
    return client.post("/sign-in", data=form)


def test_a_one_time_password_opens_only_the_form_that_replaces_it(
    readers: Readers, newcomer: str
) -> None:
    client = readers.nobody()
    assert sign_in(client, newcomer, FIRST).headers["location"] == "/"
    assert client.get("/my/hefei").headers["location"] == "/password"
    form = {"old": FIRST, "form_token": token(client.get("/password").text)}
    assert client.post("/password", data={**form, "new": "short"}).status_code == 422
    assert client.post("/password", data={**form, "new": FIRST}).status_code == 422
    before = client.cookies[readers.portal.cookie]
    done = client.post("/password", data={**form, "new": "quite another word"})
    assert done.status_code == 303
    assert client.get("/my/hefei").status_code == 200
    stale = readers.nobody()
    stale.cookies.set(readers.portal.cookie, before)
    assert stale.get("/my/hefei").headers["location"] == "/sign-in"
    assert [one["what"] for one in changes(readers.portal.db, 2)] == ["password.change", "sign in"]


def test_wrong_names_and_passwords_look_the_same_and_lock(readers: Readers, newcomer: str) -> None:
    client = readers.nobody()
    answers = {}
    for name in (newcomer, "nobody-at-all"):
        tries = [sign_in(client, name, "wrong") for _ in range(6)]
        answers[name] = [(one.status_code, one.text.replace(name, "")) for one in tries]
        assert [code for code, _ in answers[name]] == [422] * 5 + [429]
    one, other = ([re.sub(r'value="[^"]*"', "", t) for _, t in a] for a in answers.values())
    assert one == other
    assert sign_in(client, newcomer, FIRST).status_code == 429


@pytest.mark.parametrize(
    "change", ["other token", "no token", "other site", "other origin", "no session"]
)
def test_a_form_that_is_not_ours_changes_nothing(readers: Readers, change: str) -> None:
    client = readers.of("analyst")
    form = {"form_token": readers.form_token(client)}
    headers = {}
    if change == "other token":
        form["form_token"] = readers.form_token(readers.of("operator"))
    elif change == "no token":
        form = {}
    elif change == "other site":
        headers = {"sec-fetch-site": "cross-site"}
    elif change == "other origin":
        headers = {"origin": "http://elsewhere.example"}
    else:
        client.cookies.clear()
    assert client.post("/sign-out", data=form, headers=headers).status_code == 403
    if change != "no session":
        assert client.get("/password").status_code == 200


def test_sessions_end_with_the_role_and_with_the_user(readers: Readers, newcomer: str) -> None:
    db = readers.portal.db
    for change in (
        lambda: set_role(db, newcomer, Role.OPERATOR, ["foshan"]),
        lambda: disable_person(db, newcomer),
    ):
        db.users.update_one({"_id": newcomer}, {"$set": {"must_change": False}})
        client = readers.of(newcomer)
        assert client.get("/password").status_code == 200
        change()
        assert client.get("/password").status_code == 303


def test_the_last_admin_stays(readers: Readers) -> None:
    with pytest.raises(AccessError, match="last admin"):
        disable_person(readers.portal.db, "admin")


def test_signing_out(readers: Readers) -> None:
    client = readers.of("analyst")
    done = client.post("/sign-out", data={"form_token": readers.form_token(client)})
    assert done.headers["location"] == "/sign-in"
    assert client.get("/months").headers["location"] == "/sign-in"


def test_the_language_is_kept_and_leads_nowhere_else(readers: Readers) -> None:
    client = readers.of("admin")
    form = {"form_token": readers.form_token(client), "language": "zh"}
    for back, expected in (("/team", "/team"), ("//evil.example", "/"), ("https://evil", "/")):
        done = client.post("/language", data={**form, "back": back})
        assert done.headers["location"] == expected
    assert 'lang="zh-CN"' in client.get("/team", headers={"accept-language": "en"}).text
    assert client.post("/language", data={**form, "language": "xx"}).status_code == 422
    readers.portal.db.users.update_one({"_id": "admin"}, {"$set": {"language": None}})


def test_a_server_that_is_away_is_said(portal: Portal, redis_uri: str) -> None:
    gone = portal_over("", "", redis_uri)
    gone.open_db = lambda: connect_mongo(f"mongodb://127.0.0.1:{free_port()}", "x", timeout=0.05)
    with serving(gone) as address, closing(gone), Client(base_url=address) as client:
        client.cookies.set(portal.cookie, "any")
        answer = client.get("/months")
        assert answer.status_code == 503
        assert "database does not answer" in answer.text
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").json() == {"mongodb": False, "redis": True}

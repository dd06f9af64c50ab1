"""Signing in with a provider: its word on who somebody is, our word on what they may read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from httpx import Client, Response
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from portal.config import OidcSettings
from portal.users.outside import SIGN_INS
from portal.users.people import USERS
from tests.portal.web.provider import CLIENT, SECRET, Provider, providing
from tests.portal.web.readers import Readers, serving
from tests.portal.web.seeded import portal_over
from tests.store.mongod import Mongod


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as made:
        yield made


@pytest.fixture
def browser(
    provider: Provider, readers: Readers, mongod: Mongod, redis_uri: str
) -> Iterator[Client]:
    """Nobody yet, at a portal that knows the provider."""
    provider.claims, provider.signs_with = {}, None
    portal = portal_over(mongod.uri, readers.portal.db.name, redis_uri)
    portal.redis.flushdb()
    oidc = OidcSettings(issuer=provider.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET))
    portal.settings = portal.settings.model_copy(update={"oidc": oidc})
    with serving(portal) as address, Client(base_url=address, trust_env=False, timeout=30) as made:
        yield made
    portal.close()


def _sign_in(browser: Client) -> Response:
    """As a browser would: out to the provider and back."""
    out = browser.get("/sign-in/outside")
    assert out.status_code == 303
    back = browser.get(out.headers["location"])
    return browser.get(back.headers["location"])


def test_whom_the_provider_vouches_for_is_let_in(browser: Client, readers: Readers) -> None:
    assert "/sign-in/outside" in browser.get("/sign-in").text
    # A one-time password that was never used is no hindrance.
    readers.portal.db[USERS].update_one({"_id": "analyst"}, {"$set": {"must_change": True}})
    try:
        assert _sign_in(browser).headers["location"] == "/"
        assert browser.get("/months/2025-05").status_code == 200
        assert browser.get("/admin").status_code == 403
    finally:
        readers.portal.db[USERS].update_one({"_id": "analyst"}, {"$set": {"must_change": False}})
    noted = readers.portal.db.audit.find_one({"what": "sign in", "detail.by": {"$exists": True}})
    assert noted is not None
    assert noted["who"] == "analyst"


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": "stranger"},
        {"preferred_username": None},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"nonce": "another"},
        {"exp": int(time.time()) - 3600},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_what_is_wrong_lets_nobody_in(
    browser: Client, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims = claims
    assert _sign_in(browser).status_code == 403
    assert browser.get("/months/2025-05").status_code == 303


def test_another_key_lets_nobody_in(browser: Client, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert _sign_in(browser).status_code == 403


def test_an_answer_counts_once_and_for_its_own_browser(browser: Client, readers: Readers) -> None:
    out = browser.get("/sign-in/outside")
    back = browser.get(out.headers["location"]).headers["location"]
    path = back.removeprefix(str(browser.base_url).rstrip("/"))
    with Client(base_url=browser.base_url, trust_env=False, timeout=30) as other:
        assert other.get(path).status_code == 403
    forged = path.replace("state=", "state=x")
    assert browser.get(forged).status_code == 403
    assert browser.get(path).status_code == 403
    assert readers.portal.db[SIGN_INS].count_documents({}) == 0


def test_disabled_people_stay_out(browser: Client, readers: Readers) -> None:
    users = readers.portal.db[USERS]
    users.update_one({"_id": "analyst"}, {"$set": {"disabled": True}})
    try:
        assert _sign_in(browser).status_code == 403
    finally:
        users.update_one({"_id": "analyst"}, {"$set": {"disabled": False}})


def test_without_a_provider_there_is_no_such_page(readers: Readers) -> None:
    client = readers.nobody()
    assert client.get("/sign-in/outside").status_code == 404
    assert client.get("/sign-in/back?code=1&state=2").status_code == 404
    assert "/sign-in/outside" not in client.get("/sign-in").text


def test_a_provider_that_is_away(browser: Client, readers: Readers) -> None:
    """One sentence; names and passwords go on."""
    portal = readers.portal
    oidc = OidcSettings(issuer="http://127.0.0.1:1", client_id="c", client_secret=SecretStr("s"))
    given, portal.settings = portal.settings, portal.settings.model_copy(update={"oidc": oidc})
    try:
        answer = readers.nobody().get("/sign-in/outside")
        assert answer.status_code == 403
        assert urlsplit(oidc.issuer).netloc not in answer.text
    finally:
        portal.settings = given

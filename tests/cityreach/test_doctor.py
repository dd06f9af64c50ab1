"""What `doctor` says of each platform's routes, by settings and by the sites' robots.txt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cityreach.settings import load_settings
from model.account import Account
from model.servers import Finding
from operations import settings as settings_module
from operations.doctor import platform_findings, try_pages
from operations.running.clock import SystemClock
from operations.settings import Settings
from tests.crawler.browser.site import Site

SERVERS = {
    "mongo_uri": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1",
    "redis_uri": "redis://127.0.0.1:1/0",
}
Told = Callable[..., dict[str, Finding]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    def tell(*, browser: bool = True, **values: Any) -> dict[str, Finding]:
        monkeypatch.setattr(settings_module, "available", lambda _: browser)
        settings = load_settings(env_file=None, **SERVERS, **values)
        return {finding.name: finding for finding in platform_findings(settings)}

    return tell


def test_without_credentials_it_names_them_and_the_pages_that_are_left(told: Told) -> None:
    found = told()
    assert not found["tiktok"].ok
    assert "CITYREACH_TIKTOK__CLIENT_KEY and CITYREACH_TIKTOK__CLIENT_SECRET are not set" in (
        found["tiktok"].text
    )
    assert "Research API" in found["tiktok"].remedy
    assert "CITYREACH_X__TOKENS is not set" in found["x"].text
    for name in ("facebook", "x", "instagram", "youtube", "tiktok"):
        assert found[f"{name} pages"].ok
        assert "as far as robots.txt allows" in found[f"{name} pages"].text


def test_only_what_is_lacking_is_asked_for(told: Told) -> None:
    found = told(
        instagram={"tokens": ["a-token"]}, tiktok={"client_key": "a-key"}, x={"tokens": ["one"]}
    )
    assert found["x"].ok
    assert not found["instagram"].ok
    assert "CITYREACH_INSTAGRAM__USER_ID is not set" in found["instagram"].text
    assert "INSTAGRAM__TOKENS" not in found["instagram"].text
    assert "CITYREACH_TIKTOK__CLIENT_SECRET is not set" in found["tiktok"].text
    assert told(instagram={"tokens": ["a-token"], "user_id": "17"})["instagram"].ok


def test_without_a_browser_some_pages_are_out_of_reach(told: Told) -> None:
    found = told(browser=False, x={"tokens": ["one"]})
    assert found["instagram pages"].ok, "plain HTTP is enough"
    assert not found["facebook pages"].ok
    assert "no other route is left" in found["facebook pages"].text
    assert "chromium-headless-shell" in found["facebook pages"].remedy
    assert "no official route" in found["facebook"].text


def test_the_settings_choose_the_route(told: Told) -> None:
    found = told(
        x={"route": "api"},
        tiktok={"route": "web"},
        facebook={"enabled": False},
        youtube={"robots": False},
        instagram={"robots_free": ["www.instagram.com"]},
    )
    assert "x pages" not in found
    assert found["tiktok"].ok
    assert "not used" in found["tiktok"].text
    assert "facebook pages" not in found
    assert "whatever robots.txt says" in found["youtube pages"].text
    assert "(not asked on www.instagram.com)" in found["instagram pages"].text


def pages_of(given: tuple[Settings, Account]) -> Finding:
    settings, account = given
    return try_pages(settings, SystemClock(), account)


def youtube(site: Site, **more: Any) -> tuple[Settings, Account]:
    settings = load_settings(env_file=None, **SERVERS, youtube={"web_url": site.url, **more})
    account = Account(platform="youtube", id="UC" + "q" * 22, handle="quay", city="quay")
    return settings, account


def robots(site: Site, text: str) -> None:
    site.pages["/robots.txt"] = text.encode()


@pytest.mark.slow
def test_robots_that_forbid_are_found_out_and_the_page_is_left_alone(site: Site) -> None:
    robots(site, "User-agent: *\nDisallow: /")
    found = pages_of(youtube(site))
    assert not found.ok, "no other route is left"
    assert "robots.txt" in found.text
    assert "does not let CityReach open" in found.text
    assert "CITYREACH_YOUTUBE__ROBOTS_FREE" in found.remedy
    assert set(site.asked) == {"/robots.txt"}
    assert pages_of(youtube(site, tokens=["one"])).ok, "the API is there"


def test_robots_that_allow_or_are_not_asked(site: Site) -> None:
    robots(site, "User-agent: *\nDisallow: /private/")
    found = pages_of(youtube(site))
    assert (found.ok, found.remedy) == (True, "")
    assert "lets the page of quay be opened" in found.text
    robots(site, "User-agent: *\nDisallow: /")
    host = site.url.removeprefix("http://")
    asked = site.asked["/robots.txt"]
    for more in ({"robots": False}, {"robots_free": [host]}):
        assert "the settings say so" in pages_of(youtube(site, **more)).text
    assert site.asked["/robots.txt"] == asked


def test_a_site_that_cannot_be_reached() -> None:
    with Site() as gone:
        pass
    found = pages_of(youtube(gone))
    assert not found.ok
    assert "cannot be read" in found.text


@pytest.mark.parametrize(("day", "ok"), [(date(2026, 11, 28), True), (date(2028, 5, 1), False)])
def test_it_says_how_long_the_version_of_the_graph_api_is_served(day: date, ok: bool) -> None:
    settings = load_settings(env_file=None, **SERVERS)
    found = {finding.name: finding for finding in platform_findings(settings, day)}
    for name in ("facebook", "instagram"):
        assert found[f"{name} version"].ok is ok
        assert "v25.0 is served until 2028-07-29" in found[f"{name} version"].text
        assert bool(found[f"{name} version"].remedy) is not ok

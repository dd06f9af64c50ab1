"""What stands in the way of public pages: walls, challenges, consent, limits, robots.txt."""

from __future__ import annotations

import httpx
import pytest

from crawler.errors import CrawlError
from crawler.platforms import platform
from model.messages import Outcome
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from sandbox.service.words import abbreviated, ago, rounded, with_noun
from sandbox.world.model import SECOND
from tests.sandbox.running import Sandbox

DAY = 86_400 * SECOND


def visit(sandbox: Sandbox, name: PlatformName) -> httpx.Response:
    """A typical page of the platform."""
    handle = sandbox.busiest(name).handle
    paths = {"youtube": f"/@{handle}/videos", "tiktok": f"/@{handle}", "instagram": f"/{handle}/"}
    return sandbox.http.get(f"/web/{name}{paths.get(name, f'/{handle}')}")


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("login_wall", Outcome.LOGIN_WALL), ("challenge", Outcome.CHALLENGE)],
)
def test_walls_and_challenges_are_known_as_such(
    sandbox: Sandbox, name: PlatformName, kind: str, outcome: Outcome
) -> None:
    sandbox.fault(platform=name, route="web", kind=kind, count=1)
    answer = visit(sandbox, name)
    assert answer.status_code == 200
    with pytest.raises(CrawlError) as caught:
        platform(name).map(answer.content, sandbox.now, route=Route.WEB)
    assert caught.value.outcome is outcome
    assert visit(sandbox, name).text != answer.text


@pytest.mark.parametrize("name", PLATFORMS)
def test_limits_breakdowns_and_empty_pages(sandbox: Sandbox, name: PlatformName) -> None:
    for kind in ("rate_limited", "server_error", "empty_body"):
        sandbox.fault(platform=name, route="web", kind=kind, count=1)
    limited, broken, empty = (visit(sandbox, name) for _ in range(3))
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "120")
    assert broken.status_code == 503
    assert (empty.status_code, empty.content) == (200, b"")


def test_faults_of_one_route_spare_the_other(sandbox: Sandbox) -> None:
    sandbox.fault(platform="x", route="web", kind="server_error")
    assert visit(sandbox, "x").status_code == 503
    assert sandbox.get("/2/users/5").status_code == 200
    sandbox.http.delete("/_sandbox/faults")
    sandbox.fault(platform="x", route=Route.API, kind="server_error")
    assert visit(sandbox, "x").status_code == 200
    assert sandbox.get("/2/users/5").status_code == 503


def test_a_page_that_hangs_never_comes(sandbox: Sandbox) -> None:
    sandbox.fault(platform="tiktok", route="web", kind="timeout", count=1)
    url = f"/web/tiktok/@{sandbox.busiest('tiktok').handle}"
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.get(url, timeout=httpx.Timeout(5, read=0.2))
    assert sandbox.http.get(url).status_code == 200


def test_youtubes_consent_is_given_by_a_form_and_kept_in_a_cookie(sandbox: Sandbox) -> None:
    sandbox.fault(platform="youtube", route="web", kind="consent")
    dialog = visit(sandbox, "youtube")
    assert "consent.youtube.com" in dialog.text
    there = dialog.text.partition('name="continue" value="')[2].partition('"')[0]
    agreed = sandbox.http.post("/web/youtube/save", data={"continue": there})
    assert (agreed.status_code, agreed.headers["location"]) == (303, there)
    cookie = {"cookie": agreed.headers["set-cookie"].partition(";")[0]}
    sandbox.http.cookies.clear()
    assert "ytInitialData" in sandbox.http.get(there, headers=cookie).text
    assert "ytInitialData" not in sandbox.http.get(there).text
    elsewhere = sandbox.http.post("/web/youtube/save", data={"continue": "https://example.org"})
    assert elsewhere.status_code == 404


@pytest.mark.parametrize("name", [name for name in PLATFORMS if name != "youtube"])
def test_consent_dialogs_show_no_data(sandbox: Sandbox, name: PlatformName) -> None:
    whole = visit(sandbox, name).text
    sandbox.fault(platform=name, route="web", kind="consent")
    dialog = visit(sandbox, name).text
    assert 'role="dialog"' in dialog
    assert len(dialog) < len(whole)


def test_robots_txt_can_be_changed(sandbox: Sandbox) -> None:
    first = sandbox.http.get("/robots.txt").text
    assert "Disallow: /web/facebook/api/" in first
    assert sandbox.http.get("/web/tiktok/robots.txt").text == first
    closed = "User-agent: *\nDisallow: /web/\n"
    sandbox.http.post("/_sandbox/robots", content=closed)
    assert sandbox.http.get("/robots.txt").text == closed
    assert sandbox.http.delete("/_sandbox/robots").text == first


def test_pages_are_counted_apart_from_the_api(sandbox: Sandbox) -> None:
    visit(sandbox, "facebook")
    assert sandbox.usage() == {("facebook", "web.page"): (1, 1, 3)}


@pytest.mark.parametrize(
    ("number", "figures", "text"),
    [
        (0, 2, "0"),
        (999, 2, "999"),
        (1_000, 2, "1K"),
        (4_999, 2, "4.9K"),
        (14_999, 2, "14K"),
        (123_456, 2, "123K"),
        (999_999, 2, "999K"),
        (1_250_000, 2, "1.2M"),
        (10_450, 3, "10.4K"),
        (1_005_000, 3, "1M"),
        (2_340_000_000, 3, "2.34B"),
    ],
)
def test_numbers_are_abbreviated_by_cutting_down(number: int, figures: int, text: str) -> None:
    assert abbreviated(number, figures) == text


def test_numbers_and_times_in_words() -> None:
    assert (with_noun(1, "view"), with_noun(1_545_374, "view")) == ("1 view", "1,545,374 views")
    assert [rounded(n) for n in (9_999, 10_099, 999_999, 1_250_000)] == [
        9_999,
        10_000,
        999_900,
        1_200_000,
    ]
    assert ago(0, 3 * DAY) == "3 days ago"
    assert ago(0, 21 * DAY) == "3 weeks ago"
    assert ago(0, 800 * DAY) == "2 years ago"
    assert ago(0, 30 * SECOND) == "just now"

"""Calls of the web route: robots.txt, pace, and what of a page becomes an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.http.response.text import TextResponse

from bus.lease import Lease
from crawler.browser import BROWSED, ORDER, Browsed, Order
from crawler.contract import Answer, Browse, Call, Captured, Fetch
from crawler.engine.fetcher import Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.politeness import Courtesy, OwnPace
from crawler.engine.robots import Robots
from crawler.errors import CrawlError, Retry
from model.messages import Outcome, Visit
from model.route import Route
from tests.crawler.engine.stub import Hand, Memory, Serve, Stub, download_from, parts, visit

PAGES = "https://pages.example.org"
HTML = b"p1 5"


class WebStub(Stub):
    """Its calls are pages, opened in the browser if `browse` is set."""

    def __init__(self, browse: Browse | None = None) -> None:
        self.browse = browse
        self.answers: list[Answer] = []

    def _fetch(self, name: str, visits: tuple[Visit, ...]) -> Fetch:
        call = Call(endpoint="page", url=f"{PAGES}/{name}", route=Route.WEB, browse=self.browse)
        return Fetch(call, lambda answer: self._then(answer, visits), visits)

    def check(self, answer: Answer) -> None:
        self.answers.append(answer)
        super().check(answer)


class Pace:
    """Remembers whom it was asked for."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, float]] = []

    async def turn(self, host: str, interval: float) -> None:
        self.turns.append((host, interval))


def serving(robots: str | int, page: Response | Exception | None = None) -> Serve:
    """A site with this robots.txt (or the status in its place) that shows one page everywhere."""

    def serve(request: Request) -> Response | Exception:
        if request.url.endswith("/robots.txt"):
            status, body = (robots, "") if isinstance(robots, int) else (200, robots)
            return TextResponse(request.url, status=status, body=body.encode())
        return page if page is not None else TextResponse(request.url, body=HTML)

    return serve


async def run(stub: Stub, serve: Serve, *names: str, **config: Any) -> tuple[Memory, Pace]:
    memory, pace = Memory(), Pace()
    given = parts(stub, Hand(), web_url=PAGES, **config)
    fetcher = Fetcher(given, download_from(serve), memory, pace)
    leases = [Lease(str(n), visit(name)) for n, name in enumerate(names)]
    await GroupRun(given, fetcher, memory, leases).run()
    return memory, pace


async def test_pages_are_asked_without_credentials_and_booked_apart() -> None:
    asked: list[Request] = []
    serve = serving("")

    def noting(request: Request) -> Response | Exception:
        asked.append(request)
        return serve(request)

    memory, _ = await run(WebStub(), noting, "a", daily_budget=0)
    assert memory.closed["a"].outcome is Outcome.OK, "the budget is of the API's units"
    assert memory.booked == [("-", "web.page", 1)]
    assert not any("authorization" in request.headers for request in asked)


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        ("User-agent: *\nDisallow: /a", Outcome.FORBIDDEN),
        ("User-agent: CityReach\nDisallow: /\nUser-agent: *\nAllow: /", Outcome.FORBIDDEN),
        ("User-agent: CityReach\nAllow: /\nUser-agent: *\nDisallow: /", Outcome.OK),
        ("User-agent: *\nDisallow: /b", Outcome.OK),
        ("", Outcome.OK),
        ("<html>no rules in here</html>", Outcome.OK),
        (404, Outcome.OK),
        (403, Outcome.OK),
        (500, Outcome.SERVER_ERROR),
        (429, Outcome.SERVER_ERROR),
    ],
)
async def test_robots_txt_has_its_say(robots: str | int, outcome: Outcome) -> None:
    memory, pace = await run(WebStub(), serving(robots), "a")
    closed = memory.closed["a"]
    assert closed.outcome is outcome
    assert (outcome is Outcome.OK) == bool(pace.turns) == bool(memory.booked)
    if outcome is not Outcome.OK:
        assert "robots.txt" in closed.detail
        assert "pages.example.org" in closed.detail


@pytest.mark.parametrize("config", [{"robots": False}, {"robots_free": ("pages.example.org",)}])
async def test_robots_txt_can_be_left_aside(config: dict[str, Any]) -> None:
    memory, _ = await run(WebStub(), serving("User-agent: *\nDisallow: /"), "a", **config)
    assert memory.closed["a"].outcome is Outcome.OK


async def test_other_hosts_robots_txt_is_not_left_aside() -> None:
    free = {"robots_free": ("other.example.org",)}
    memory, _ = await run(WebStub(), serving("User-agent: *\nDisallow: /"), "a", **free)
    assert memory.closed["a"].outcome is Outcome.FORBIDDEN


@pytest.mark.parametrize("error", [DownloadTimeoutError(), DownloadConnectionRefusedError()])
async def test_a_robots_txt_that_cannot_be_had_closes_the_site(error: Exception) -> None:
    def serve(request: Request) -> Response | Exception:
        return error if request.url.endswith("/robots.txt") else TextResponse(request.url)

    memory, pace = await run(WebStub(), serve, "a")
    assert memory.closed["a"].outcome in {Outcome.TIMEOUT, Outcome.SERVER_ERROR}
    assert pace.turns == []


async def test_robots_txt_is_read_once_a_host() -> None:
    asked: list[str] = []
    serve = serving("User-agent: *\nAllow: /")

    def noting(request: Request) -> Response | Exception:
        asked.append(request.url)
        return serve(request)

    await run(WebStub(), noting, *"abcdef")
    assert asked.count(f"{PAGES}/robots.txt") == 1
    assert len(asked) == 7


async def test_robots_txt_may_have_moved() -> None:
    async def get(url: str) -> tuple[int, str, bytes]:
        if url == "https://a.example/robots.txt":
            return 301, "/elsewhere.txt", b""
        assert url == "https://a.example/elsewhere.txt"
        return 200, "", b"User-agent: *\nDisallow: /x\nCrawl-delay: 7"

    rules = await Robots("CityReach", get).rules("https://a.example/x/y")
    assert (rules.allows("https://a.example/x/y"), rules.allows("https://a.example/z")) == (
        False,
        True,
    )
    assert rules.delay == 7.0


async def test_a_robots_txt_that_moves_in_circles_forbids_nothing() -> None:
    async def get(url: str) -> tuple[int, str, bytes]:
        return 302, "/robots.txt", b""

    assert (await Robots("CityReach", get).rules("https://a.example/x")).allows(
        "https://a.example/x"
    )


@pytest.mark.parametrize(
    ("robots", "pause", "interval"),
    [
        ("", 2.0, 2.0),
        ("User-agent: *\nCrawl-delay: 9", 2.0, 9.0),
        ("User-agent: *\nCrawl-delay: 1", 2.0, 2.0),
        ("User-agent: *\nCrawl-delay: 86400", 2.0, 120.0),
        ("", 0.0, 0.0),
    ],
)
async def test_the_slower_pace_counts(robots: str, pause: float, interval: float) -> None:
    _, pace = await run(WebStub(), serving(robots), "a", "b", web_pause=pause)
    assert pace.turns == [("pages.example.org", interval)] * 2


async def test_without_a_bus_turns_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("crawler.engine.politeness.asyncio.sleep", sleep)
    pace = OwnPace()
    for host in ("a", "a", "b", "a"):
        await pace.turn(host, 100.0)
    assert slept[0] == slept[2] == 0
    assert 99 < slept[1] <= 100
    assert 199 < slept[3] <= 200


def browsing(**found: Any) -> Callable[[Request], Response]:
    """A browser that finds every page like this."""

    def serve(request: Request) -> Response:
        if request.url.endswith("/robots.txt"):
            return TextResponse(request.url, status=404)
        order = request.meta[ORDER]
        assert isinstance(order, Order)
        values = {"url": request.url, "status": 200, "headers": {}, "body": HTML, **found}
        request.meta[BROWSED] = Browsed(**values)
        return Response(request.url, values["status"], request=request)

    return serve


async def test_a_page_in_the_browser_is_an_answer_with_its_own_answers() -> None:
    captured = tuple(
        Captured(url=f"{PAGES}/api/{name}?token=1&page={n}", status=200, body=str(n).encode())
        for n, name in enumerate(["list", "other", "list"])
    )
    stub = WebStub(Browse(capture=("/api/",)))
    memory, _ = await run(stub, browsing(captured=captured, headers={"x": "y"}), "a")
    assert memory.closed["a"].outcome is Outcome.OK
    (answer,) = stub.answers
    assert (answer.body, answer.headers, answer.url) == (HTML, {"x": "y"}, f"{PAGES}/a")
    lists = answer.fetched("/api/list")
    assert [one.body for one in lists] == [b"0", b"2"]
    assert {one.call.url for one in lists} == {f"{PAGES}/api/list"}
    assert all(one.observed_at == answer.observed_at and not one.captured for one in lists)


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        (f"{PAGES}/login/?next=a", Outcome.LOGIN_WALL),
        ("https://accounts.example.org/signin", Outcome.LOGIN_WALL),
        ("https://elsewhere.example.com/a", Outcome.CHANGED_SHAPE),
        ("https://www.example.org/a", Outcome.OK),
        (f"{PAGES}/A", Outcome.OK),
    ],
)
async def test_where_a_page_leads(url: str, outcome: Outcome) -> None:
    memory, _ = await run(WebStub(Browse()), browsing(url=url), "a")
    assert memory.closed["a"].outcome is outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DownloadTimeoutError("no page within 3 s"), Outcome.TIMEOUT),
        (DownloadConnectionRefusedError("Target page has been closed"), Outcome.SERVER_ERROR),
    ],
)
async def test_what_the_browser_says_is_told(error: Exception, outcome: Outcome) -> None:
    memory, _ = await run(WebStub(Browse()), serving(404, error), "a")
    assert memory.closed["a"].outcome is outcome
    assert str(error) in memory.closed["a"].detail


async def test_a_page_that_needs_a_browser_is_not_taken_for_plain_html() -> None:
    memory, _ = await run(WebStub(Browse(capture=("/list/",))), serving(404), "a")
    assert memory.closed["a"].outcome is Outcome.GAVE_UP
    assert "needs a browser" in memory.closed["a"].detail


async def test_courtesy_passes_on_what_it_cannot_find_out() -> None:
    async def get(url: str) -> tuple[int, str, bytes]:
        raise Retry(Outcome.TIMEOUT, "no answer")

    given = parts(WebStub(), Hand(), web_url=PAGES)
    with pytest.raises(CrawlError, match="no answer"):
        await Courtesy(given.config, "CityReach", get, Pace()).before(f"{PAGES}/a")

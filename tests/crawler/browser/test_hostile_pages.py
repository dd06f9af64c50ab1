"""Pages that mean harm: to the machine, to its memory, to other visits."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError

from crawler.browser import handler
from crawler.browser.allowance import Allowance, Share
from crawler.browser.gate import places
from crawler.browser.memory import MemoryLimit, descendants, memory_below
from crawler.browser.settings import launch_options
from crawler.contract import Browse
from tests.crawler.browser.opening import DONE, Opener
from tests.crawler.browser.site import HTML, JSON, Answer, Site, page
from tests.crawler.browser.test_pages import command, ids
from tests.shared import ROOT
from tests.waiting import LIMIT

MB = 1024 * 1024
LISTS = Browse(capture=("/api/list",), enough=lambda _, got: False)
ONE_LIST = Browse(capture=("/api/list",))


class Peak:
    """The most memory that this process and the browser took, each above what it began with."""

    def __init__(self) -> None:
        self.browser = self.own = 0
        self._begun, self._below = self._resident(), memory_below()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            self.browser = max(self.browser, memory_below() - self._below)
            self.own = max(self.own, self._resident() - self._begun)

    @staticmethod
    def _resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def limited(most: int) -> AsyncIterator[MemoryLimit]:
    limit = MemoryLimit(most)
    limit.start()
    try:
        yield limit
    finally:
        await asyncio.to_thread(limit.stop)


# --- memory that is counted


def test_what_pages_hold_is_bounded_for_each_and_for_all() -> None:
    allowance = Allowance(100 * MB)
    one, other = Share(allowance), Share(allowance)
    for _ in range(3):
        one.take(20 * MB)
    with pytest.raises(DownloadCancelledError, match="more than 64 MB"):
        one.take(20 * MB)
    with pytest.raises(DownloadCancelledError):
        other.take(33 * MB)
    other.take(30 * MB)
    with pytest.raises(DownloadFailedError, match="too much"):
        other.take(20 * MB)
    one.end()
    other.take(20 * MB)
    other.end()
    assert allowance.held == 0


# --- other services, this machine


def reaches(target: str) -> str:
    """Every way in which a page can ask for something, at a service that is not its own."""
    return f"""
      const options = {{method: "POST", mode: "no-cors", body: "attack"}};
      fetch("{target}/by-fetch", options); fetch("/redirect", options);
      navigator.sendBeacon("{target}/by-beacon", "attack");
      new WebSocket("{target.replace("http", "ws")}/by-socket");
      const code = `fetch("{target}/by-worker", {{mode: "no-cors"}})`;
      new Worker(URL.createObjectURL(new Blob([code])));
      window.open("{target}/by-window"); new Image().src = "{target}/by-image";
      new EventSource("{target}/by-events");
      fetch("{target.replace("127.0.0.1", "localhost")}/by-name", options);
      fetch("{target.replace("127.0.0.1", "[::ffff:127.0.0.1]")}/by-mapped", options);
      fetch("{target.replace("127.0.0.1", "0.0.0.0")}/by-any", options);
      fetch("{target.replace("127.0.0.1", "2130706433")}/by-number", options);
      setTimeout(() => fetch("/done"), 1500);
    """


async def test_no_page_reaches_other_services_of_the_machine(
    opener: Opener, site: Site, other: Site
) -> None:
    markup = f"""<link rel=preconnect href="{other.url}">
      <link rel=stylesheet href="{other.url}/css">
      <iframe src="{other.url}/by-frame"></iframe><iframe src="/redirect"></iframe>
      <form id=f method=post action="{other.url}/by-form" target=_blank></form>"""
    site.pages |= {
        "/list": page(reaches(other.url) + "; document.getElementById('f').submit()", markup),
        "/redirect": (307, {"Location": f"{other.url}/by-redirect"}, b""),
    }
    await opener.open(f"{site.url}/list", DONE)
    assert site.asked["/done"] == 1
    assert other.asked == {}


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::1]/"],
)
async def test_no_page_leads_into_the_machine_or_its_network(
    opener: Opener, site: Site, address: str
) -> None:
    site.pages["/list"] = (302, {"Location": address}, b"")
    with pytest.raises(DownloadFailedError, match=r"net::|no public address"):
        await opener.open(f"{site.url}/list")


def test_places_are_told_by_host_and_port() -> None:
    assert places(["https://www.x.com", "http://127.0.0.1:8000/web"]) == {
        ("www.x.com", 443),
        ("127.0.0.1", 8000),
    }


def environment_of(process: int) -> bytes:
    """As the process began with it; empty if it has ended meanwhile."""
    try:
        return Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return b""


async def test_browser_and_driver_inherit_no_secret(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "s3cret-of-ours"
    monkeypatch.setenv("CITYREACH_X__TOKENS", f'["{secret}"]')
    monkeypatch.setenv("SOME_PASSWORD", secret)
    opener = Opener()
    before = set(descendants(os.getpid()))
    try:
        await opener.open(f"{site.url}/list")
        started = set(descendants(os.getpid())) - before
        assert any("--type=renderer" in command(one) for one in started) or len(started) > 3
        told = [environment_of(one) for one in started]
    finally:
        await opener.close()
    assert os.environ["SOME_PASSWORD"] == secret
    assert not any(secret.encode() in one for one in told)
    assert any(b"PATH=" in one for one in told)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_the_browser_of_a_user_without_rights_is_sandboxed() -> None:
    with tempfile.TemporaryDirectory() as home:
        argv = [sys.executable, "-m", "tests.crawler.browser.unprivileged", home]
        done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, timeout=LIMIT)
    title, *lines = done.stdout.splitlines()
    assert title == "sandboxed", done.stderr
    assert any("--type=renderer" in line for line in lines)
    unsandboxed = any("--no-sandbox" in line for line in lines)
    assert unsandboxed == ("allows the browser no sandbox" in done.stderr), "only where it must be"


def test_roots_browser_has_no_sandbox_and_others_have(monkeypatch: pytest.MonkeyPatch) -> None:
    for user, sandboxed in ((0, False), (1000, True)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        assert launch_options(Path("chromium"))["chromium_sandbox"] is sandboxed


# --- other visits


async def test_nothing_of_one_visit_is_there_in_the_next(opener: Opener, site: Site) -> None:
    cookies: list[str] = []

    def answer(request: Any) -> Answer:
        cookies.append(request.headers.get("cookie", ""))
        script = """fetch("/kept?" + (localStorage.getItem("id") ?? ""));
          localStorage.setItem("id", "7"); document.cookie = "id=7; max-age=9999"; """
        return 200, {**HTML, "Set-Cookie": "sent=7; Max-Age=9999"}, page(script)

    kept: list[str] = []
    site.pages |= {
        "/list": answer,
        "/kept": lambda request: (kept.append(request.path), (200, JSON, b"{}"))[1],
    }
    for _ in range(3):
        await opener.open(f"{site.url}/list", Browse(capture=("/kept",)))
    assert cookies == ["", "", ""]
    assert kept == ["/kept?"] * 3
    assert opener.contexts == []


# --- memory


async def test_60_answers_of_20_mb_end_the_page(opener: Opener, site: Site) -> None:
    site.pages["/api/list"] = (200, JSON, b'{"ids":["' + b"x" * (20 * MB) + b'"]}')
    site.pages["/list"] = page(
        "(async () => { for (let n = 0; n < 60; n++) await fetch('/api/list?n=' + n) })()"
    )
    with Peak() as peak, pytest.raises(DownloadCancelledError, match="more than any page does"):
        await opener.open(f"{site.url}/list", LISTS)
    assert peak.own < 300 * MB
    assert site.asked["/api/list"] < 20
    assert handler._ALLOWANCE.held == 0
    site.pages["/api/list"] = (200, JSON, b'{"ids":["a"]}')
    all_60 = Browse(capture=("/api/list",), enough=lambda _, got: len(got) == 60)
    assert ids((await opener.open(f"{site.url}/list", all_60)).captured) == ["a"] * 60


@pytest.mark.parametrize("what", ["/list", "/api/list"])
async def test_what_grows_beyond_all_bounds_when_it_is_decompressed(
    opener: Opener, site: Site, what: str
) -> None:
    bomb = gzip.compress(bytes(400 * MB), 1)
    site.pages["/list"] = page('fetch("/api/list")')
    kind = HTML if what == "/list" else JSON
    site.pages[what] = (200, {**kind, "Content-Encoding": "gzip"}, bomb)
    with Peak() as peak:
        async with limited(900 * MB):
            try:
                got = await opener.open(f"{site.url}/list", LISTS, page_timeout=15)
            except (DownloadCancelledError, DownloadFailedError):
                got = None
    assert got is None or len(got.body) + sum(len(one.body) for one in got.captured) < 64 * MB
    assert peak.own < 900 * MB


async def test_a_page_that_takes_gigabytes_is_ended_at_once(opener: Opener, site: Site) -> None:
    site.pages["/list"] = page("""const kept = []; setInterval(() => {
      if (kept.length < 64) kept.push(new Uint8Array(64 * 1024 * 1024).fill(7)) }, 10)""")
    with Peak() as peak:
        async with limited(700 * MB) as limit:
            with pytest.raises(DownloadFailedError, match="crashed"):
                await opener.open(f"{site.url}/list", LISTS)
    assert limit.ended == 1
    assert peak.browser < 2000 * MB
    assert not opener.broken
    site.pages["/list"] = page('fetch("/api/list?page=0")')
    assert len((await opener.open(f"{site.url}/list", ONE_LIST)).captured) == 1


async def test_windows_are_closed_as_they_come(opener: Opener, site: Site) -> None:
    script = "for (let n = 0; n < 1000; n++) window.open('/window')"
    site.pages |= {"/list": page(script), "/window": page("window.open('/window')")}
    with Peak() as peak, pytest.raises(DownloadCancelledError, match="windows without end"):
        await opener.open(f"{site.url}/list", LISTS)
    assert peak.browser < 1200 * MB
    assert opener.contexts == []
    site.pages["/list"] = page('window.open("/list"); fetch("/api/list?page=0")')
    assert len((await opener.open(f"{site.url}/list", ONE_LIST)).captured) == 1


# --- what is no page


@pytest.mark.parametrize("size", [10, 50 * MB])
async def test_a_download_in_place_of_a_page_ends_its_visit_alone(
    opener: Opener, site: Site, size: int
) -> None:
    kind = {"Content-Type": "application/octet-stream"}
    named = {**kind, "Content-Disposition": 'attachment; filename="../../etc/x"'}
    site.pages["/list"] = (200, named, bytes(size))
    with Peak() as peak, pytest.raises(DownloadFailedError, match="a download in place of"):
        await opener.open(f"{site.url}/list", LISTS, quiet=1.5)
    assert peak.own < 200 * MB
    assert opener.contexts == []
    assert not opener.broken
    site.pages["/list"] = page('fetch("/api/list?page=0")')
    assert len((await opener.open(f"{site.url}/list", ONE_LIST)).captured) == 1


async def test_downloads_that_a_page_begins_are_not_made(opener: Opener, site: Site) -> None:
    script = """for (let n = 0; n < 20; n++) {
      const link = document.createElement("a"); link.href = "/file"; link.download = "../x" + n;
      document.body.append(link); link.click() } fetch("/api/list?page=0")"""
    site.pages |= {"/list": page(script), "/file": (200, JSON, bytes(5 * MB))}
    got = await opener.open(f"{site.url}/list", ONE_LIST)
    assert len(got.captured) == 1
    assert opener.contexts == []


async def test_no_header_leads_a_page_to_another_service(
    opener: Opener, site: Site, other: Site
) -> None:
    headers = {
        **HTML,
        "Refresh": f"0;url={other.url}/by-refresh",
        "Link": f"<{other.url}/by-link>; rel=preload; as=script",
        "Content-Security-Policy": f"default-src *; report-uri {other.url}/by-report",
        "Reporting-Endpoints": f'default="{other.url}/by-endpoint"',
        "NEL": '{"report_to":"default","max_age":99}',
        "Clear-Site-Data": '"*"',
    }
    body = page("setTimeout(() => fetch('/done'), 800); new Image().src = 'data:x'")
    site.pages["/list"] = (200, headers, body)
    with contextlib.suppress(DownloadFailedError):
        await opener.open(f"{site.url}/list", DONE, quiet=4)
    assert other.asked == {}

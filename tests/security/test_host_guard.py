"""A crawler asks the hosts of its platforms and no other, whatever an answer says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from crawler.contract import Call
from crawler.engine.fetcher import Fetcher
from crawler.errors import GiveUp
from model.messages import Outcome, Visit, VisitClosed, VisitKind, Window
from model.platform import PLATFORMS, PlatformName
from model.proof import Proof
from tests.cityreach.demo_process import environment
from tests.crawler.engine.stub import Hand, Memory, Stub, answers, download_from, parts
from tests.servers import valkey
from tests.store.harvest import day
from tests.waiting import LIMIT, end

TOKEN = "token-for-the-platform-alone"
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """A real server; `reply` decides what it answers."""

    reply: Callable[[str], Reply]
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def site(reply: Callable[[str], Reply]) -> Iterator[Site]:
    """Serves on the loopback and remembers what it was asked."""
    served = Site(reply)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers.items())))
            self.rfile.read(int(self.headers.get("content-length", "0")))
            status, headers, body = served.reply(self.path)
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fine(path: str) -> Reply:
    return 200, {"content-type": "application/json"}, b"{}"


@pytest.fixture
def foreign() -> Iterator[Site]:
    """Somebody else's server."""
    with site(fine) as found:
        yield found


@pytest.fixture
def redis_uri(tmp_path: Path) -> Iterator[str]:
    with valkey(tmp_path) as (uri, _):
        yield uri


def visit(platform: PlatformName, kind: VisitKind) -> Visit:
    window = Window(day(1), day(20)) if kind is VisitKind.TIMELINE else None
    return Visit(
        platform=platform, account="100", handle="town", kind=kind, slot=day(20), window=window
    )


def crawl(redis_uri: str, folder: Path, url: str, visits: list[Visit]) -> dict[str, VisitClosed]:
    """A real crawler process until these visits have ended; their ends by platform."""
    env = {
        **environment(folder),
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_CRAWLER__TRIES": "1",
        "CITYREACH_CRAWLER__FIRST_DELAY": "0",
    }
    for name in PLATFORMS:
        env[f"CITYREACH_{name.upper()}__API_URL"] = url
        env[f"CITYREACH_{name.upper()}__ROUTE"] = "api"
        env[f"CITYREACH_{name.upper()}__TOKENS"] = json.dumps([TOKEN])
    env["CITYREACH_INSTAGRAM__USER_ID"] = "1784"
    command = [sys.executable, "-m", "cityreach", "crawl"]
    with Redis.from_url(redis_uri) as client, (folder / "crawl.log").open("w") as log:
        Dispatcher(client).dispatch(visits)
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
        try:
            return _ends(client, process, len(visits))
        finally:
            end(process)


def _ends(client: Redis, process: subprocess.Popen[bytes], count: int) -> dict[str, VisitClosed]:
    ends: dict[str, VisitClosed] = {}
    harvest, deadline = HarvestOut(client, f"tests-{os.getpid()}"), time.monotonic() + LIMIT
    while len(ends) < count:
        assert process.poll() is None, "the crawler has ended"
        assert time.monotonic() < deadline, f"only {sorted(ends)} have ended"
        for entry in harvest.read(100, 200):
            harvest.ack([entry])
            if isinstance(entry.message, VisitClosed):
                ends[entry.message.visit.platform] = entry.message
    return ends


def test_no_redirect_is_followed(redis_uri: str, tmp_path: Path, foreign: Site) -> None:
    """Neither to another host nor anywhere else; the visit says what happened."""

    def away(path: str) -> Reply:
        return 302, {"location": f"{foreign.url}{path}"}, b""

    visits = [visit(name, VisitKind.PROFILE) for name in PLATFORMS]
    with site(away) as home:
        ends = crawl(redis_uri, tmp_path, home.url, visits)
    assert foreign.asked == []
    assert home.asked
    assert set(ends) == set(PLATFORMS)
    assert not any(end.outcome.complete for end in ends.values())
    assert all("302" in end.detail for end in ends.values())


def page_of_posts(following: str) -> bytes:
    posts = [
        {
            "id": "100_1",
            "created_time": "2025-05-03T10:00:00+0000",
            "message": "a",
            "status_type": "added_photos",
            "comments": {"summary": {"total_count": 0}},
            "reactions": {"summary": {"total_count": 2}},
        }
    ]
    return json.dumps({"data": posts, "paging": {"next": following}}).encode()


@pytest.mark.parametrize(
    "disguise",
    [
        "{foreign}/v25.0/100/published_posts?after=x",
        "http://graph.facebook.com@{host}/v25.0/x?after=x",
        "{foreign}\\@graph.facebook.com/x",
    ],
)
def test_paging_next_with_a_foreign_host_is_refused(
    redis_uri: str, tmp_path: Path, foreign: Site, disguise: str
) -> None:
    host = foreign.url.removeprefix("http://")
    body = page_of_posts(disguise.format(foreign=foreign.url, host=host))

    def lead_away(path: str) -> Reply:
        return 200, {"content-type": "application/json"}, body

    with site(lead_away) as home:
        ends = crawl(redis_uri, tmp_path, home.url, [visit("facebook", VisitKind.TIMELINE)])
    assert foreign.asked == []
    assert len(home.asked) == 1
    assert ends["facebook"].outcome is Outcome.CHANGED_SHAPE
    assert "paging.next leads to another host" in ends["facebook"].detail


def test_paging_next_at_home_is_followed(redis_uri: str, tmp_path: Path, foreign: Site) -> None:
    """So the refusal is not for want of trying."""

    def in_pages(path: str) -> Reply:
        cursor = f"x{len(home.asked)}"
        following = f"{home.url}/v25.0/100/published_posts?after={cursor}&access_token={TOKEN}"
        body = b'{"data":[]}' if "after=" in path else page_of_posts(following)
        return 200, {"content-type": "application/json"}, body

    with site(in_pages) as home:
        ends = crawl(redis_uri, tmp_path, home.url, [visit("facebook", VisitKind.TIMELINE)])
    # Asked for a second time, from its oldest post back, the list ends in the same way: a proof.
    assert (ends["facebook"].outcome, ends["facebook"].proof) == (Outcome.OK, Proof.END_MARK)
    assert len(home.asked) == 4
    first, second = home.asked[:2]
    assert "after=x" in second[0]
    assert "access_token" not in first[0] + second[0], "the token travels in a header"
    assert second[1]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org/a",
        "https://api.example.org:8443/a",
        "https://api.example.org.evil.example/a",
        "https://api.example.org@evil.example/a",
        "https://evil.example/https://api.example.org/a",
        "//evil.example/a",
        "file:///etc/passwd",
    ],
)
async def test_addresses_that_only_look_alike_are_refused(url: str) -> None:
    fetcher = Fetcher(parts(Stub(), Hand()), download_from(answers(a="p1 1")), Memory())
    with pytest.raises(GiveUp, match="foreign host"):
        await fetcher.fetch(Call(endpoint="lines", url=url))

"""A site on which every address answers with the same bytes, and a crawler that visits it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

from redis import Redis

from bus import keys
from bus.connection import connect_redis
from bus.dispatch import Dispatcher
from embedded.supervise import RECYCLED
from model.messages import HarvestPage, Visit, VisitClosed, VisitKind, Window, decode_harvest
from model.platform import PlatformName
from model.route import Route
from tests.servers import valkey
from tests.waiting import end, wait_until

LIMIT = 120.0
MOST = 800 * 1024 * 1024
"""Bytes that a crawler may hold, whatever is answered."""
NOW = datetime(2025, 6, 3, 16, tzinfo=UTC)
MAY = Window(datetime(2025, 4, 30, 16, tzinfo=UTC), datetime(2025, 5, 31, 16, tzinfo=UTC))
OWN: dict[PlatformName, str] = {"youtube": "UC" + "q" * 22}

Kind = TypeVar("Kind", HarvestPage, VisitClosed)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    body = b""
    encoding = ""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        robots = self.path.endswith("/robots.txt")
        body = b"" if robots else self.server.body
        self.send_response(404 if robots else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.server.encoding and not robots:
            self.send_header("Content-Encoding", self.server.encoding)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Said by the crawler, not here."""


class BadSite:
    """Visits by a real crawler process, and what it hands over."""

    def __init__(
        self, server: _Server, redis: Redis, start: Callable[[], subprocess.Popen[bytes]]
    ) -> None:
        self._server = server
        self._redis = redis
        self._start = start
        self._process = start()
        self._slot = NOW

    def visited(
        self, body: bytes, names: list[PlatformName], route: Route, encoding: str = ""
    ) -> tuple[dict[PlatformName, VisitClosed], list[HarvestPage]]:
        """How a timeline visit of each platform ends, and the pages that were harvested."""
        self._server.body, self._server.encoding = body, encoding
        self._redis.xtrim(keys.HARVEST, maxlen=0, approximate=False)
        self._slot += timedelta(hours=1)
        visits = [
            Visit(
                platform=name,
                account=OWN.get(name, "1001"),
                handle="quay",
                kind=VisitKind.TIMELINE,
                slot=self._slot,
                window=MAY,
                route=route,
            )
            for name in names
        ]
        Dispatcher(self._redis).dispatch(visits)
        self._wait(lambda: len(self._of(VisitClosed)) == len(visits))
        assert self._peak() < MOST
        return {end.visit.platform: end for end in self._of(VisitClosed)}, self._of(HarvestPage)

    def _of(self, kind: type[Kind]) -> list[Kind]:
        found = [decode_harvest(fields[b"m"]) for _, fields in self._redis.xrange(keys.HARVEST)]
        return [message for message in found if isinstance(message, kind)]

    def _wait(self, condition: Callable[[], bool]) -> None:
        wait_until(lambda: condition() or self._revived(), "all visits have ended")

    def _revived(self) -> bool:
        """False, as long as there is a crawler.

        Large pages make a browser grow: such a process ends, to be started again.
        """
        if self._process.poll() == RECYCLED:
            self._process = self._start()
        assert self._process.poll() is None, "the crawler has ended"
        return False

    def _peak(self) -> int:
        """The most bytes that the crawler has held, its browser left out; 0 once it has ended."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0
        return int((status.partition("VmHWM:")[2].split() or ["0"])[0]) * 1024

    def close(self) -> None:
        """Ends the crawler."""
        end(self._process)


def _environment(base: str, redis_uri: str, folder: Path, names: list[PlatformName]) -> Any:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CITYREACH_")}
    plain |= {
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_DATA_DIR": str(folder),
        "CITYREACH_CRAWLER__TRIES": "1",
        "CITYREACH_INSTAGRAM__USER_ID": "17841400000000000",
        "CITYREACH_LOG_LEVEL": "CRITICAL",
        # Each of these pages takes half a gigabyte, and the platforms' are open together.
        "CITYREACH_CRAWLER__BROWSER__MEMORY_MB": "8000",
    }
    for name in names:
        own = {
            "API_URL": base,
            "WEB_URL": base,
            "TOKENS": json.dumps(["a-token"]),
            "WEB_PAUSE": "0",
            "QUIET": "1",
            "PAGE_TIMEOUT": "60",
        }
        plain |= {f"CITYREACH_{name.upper()}__{key}": value for key, value in own.items()}
    return plain


@contextmanager
def bad_site(folder: Path, names: list[PlatformName], route: Route) -> Iterator[BadSite]:
    """Ends with the test."""
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with valkey(folder) as (uri, _), connect_redis(uri) as redis:
        base = f"http://127.0.0.1:{server.server_address[1]}"
        argv = [sys.executable, "-m", "cityreach", "crawl", "--route", route]
        environment = _environment(base, uri, folder, names)
        site = BadSite(server, redis, lambda: subprocess.Popen(argv, env=environment, cwd=folder))
        try:
            yield site
        finally:
            site.close()
            server.shutdown()
            server.server_close()

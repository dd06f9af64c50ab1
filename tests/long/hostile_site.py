"""A platform's server that means harm: each answer is drawn at random from the kinds of attacks."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import threading
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]
_JSON = {"Content-Type": "application/json"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_MB = 1024 * 1024


@cache
def _bomb(*encodings: str) -> Answer:
    """300 MB of zeros; made when it is first asked for."""
    data = bytes(300 * _MB)
    for encoding in encodings:
        data = gzip.compress(data, 9) if encoding == "gzip" else zlib.compress(data, 9)
    return 200, {**_JSON, "Content-Encoding": ", ".join(encodings)}, data


def _page(text: str) -> Answer:
    return 200, _HTML, text.encode()


def _told(value: Any, status: int = 200, **headers: str) -> Answer:
    return status, {**_JSON, **headers}, json.dumps(value).encode()


_ROW = {"id": "1", "text": "x", "created_at": "0001-01-01T00:00:00+14:00"}
_ANSWERS: dict[str, Answer] = {
    "bad gzip": (200, {**_JSON, "Content-Encoding": "gzip"}, b"no gzip at all"),
    "cut gzip": (200, {**_JSON, "Content-Encoding": "gzip"}, gzip.compress(b"{}" * 999)[:40]),
    "deflate of nothing": (200, {**_JSON, "Content-Encoding": "deflate"}, b"\x00\xff" * 9),
    "large": (200, _JSON, b'{"data":"' + b"x" * (40 * _MB) + b'"}'),
    "large refusal": _told({"detail": "x" * (20 * _MB)}, 404),
    "deep": (200, _JSON, b"[" * 200_000),
    "many rows": _told({"data": [_ROW] * 30_000}),
    "numbers": (200, _JSON, b'{"data":[{"id":"1","public_metrics":{"like_count":1e400}}]}'),
    "digits": (200, _JSON, b'{"data":[{"id":' + b"9" * 100_000 + b"}]}"),
    "times": _told({"data": [{**_ROW, "created_at": "9999-12-31T23:59:59-14:00"}]}),
    "ids": _told({"data": [{**_ROW, "id": "../../\u202e\x9b$gt"}]}),
    "markup": _told({"title": "[/help] \x1b[2J <at user_id='all'>", "status": 400}, 400),
    "halves": (200, _JSON, b'{"data":[{"id":"1","text":"\\ud800"}]}'),
    "titles": _page("<title " * 100_000),
    "metas": _page("<html><meta " * 100_000),
    "scripts": _page("<html>" + "<script>" * 100_000),
    "to a file": (302, {"Location": "file:///etc/passwd"}, b""),
    "to the machine": (302, {"Location": "http://169.254.169.254/latest"}, b""),
    "soon": _told({}, 429, **{"Retry-After": "-1e308", "x-rate-limit-reset": "9" * 40}),
    "late": _told({}, 503, **{"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
    "nothing": (200, _JSON, b""),
    "cut off": (200, {**_JSON, "Content-Length": "5000"}, b"{"),
    "headers": (200, {**_JSON, **{f"X-{n}": "y" * 60 for n in range(90)}}, b"{}"),
}
_SCRIPTS = {
    "windows": "for (let n = 0; n < 300; n++) window.open('/window')",
    "gigabytes": "const kept = []; for (;;) kept.push(new Uint8Array(9e7).fill(7))",
    "no end": "for (;;) {}",
    "dialogs": "for (;;) alert('stay')",
    "round and round": "location.reload()",
    "many answers": "for (let n = 0; n < 300; n++) fetch('/api/post/item_list/?n=' + n)",
    "another place": "location = 'http://169.254.169.254/latest'",
    "growing": "for (;;) document.body.append(document.body.cloneNode(true))",
}
_PAGES = {name: _page(f"<body>x<script>{text}</script>") for name, text in _SCRIPTS.items()}
"""For browsers: attacks on whoever runs scripts."""
_BOMBS = {"bomb": ("gzip",), "bomb in a bomb": ("gzip", "gzip")}
KINDS = (*_ANSWERS, *_BOMBS)
"""The names of the attacks."""
WEB_KINDS = (*KINDS, *_PAGES)
"""Those on crawlers of pages."""


class HostileSite:
    """Where it is, and how often each kind was sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: Counter[str] = Counter()


@contextmanager
def hostile_site(seed: int, kinds: Sequence[str] = KINDS) -> Iterator[HostileSite]:
    """Ends with the block. At random, but each kind comes before one comes again."""
    chance, lock = random.Random(seed), threading.Lock()
    waiting: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                if not waiting:
                    waiting.extend(chance.sample(kinds, len(kinds)))
                name = waiting.pop()
                site.sent[name] += 1
                answer = _ANSWERS.get(name) or _PAGES.get(name) or _bomb(*_BOMBS[name])
            status, headers, body = answer
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.send_response(status)
                for header, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(header, value)
                self.end_headers()
                self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Not on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    site = HostileSite(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

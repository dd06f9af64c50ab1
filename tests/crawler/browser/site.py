"""A small real server, with pages that behave as public pages do on their bad days."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.waiting import LIMIT

Answer = tuple[int, dict[str, str], bytes]
HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}

LIST = """<!doctype html><title>List</title><body><div id=list></div><div id=end></div><script>
let next = 0, busy = false;
const load = async () => {
  if (busy || next === null) return;
  busy = true;
  const page = await (await fetch(`/api/list?page=${next}`)).json();
  for (const id of page.ids) {
    const row = document.createElement("p");
    row.textContent = id; row.style.height = "300px";
    document.getElementById("list").append(row);
  }
  next = page.next; busy = false;
  seen.unobserve(document.getElementById("end")); seen.observe(document.getElementById("end"));
};
const seen = new IntersectionObserver((e) => { if (e.some((x) => x.isIntersecting)) load(); });
load();
</script>"""
"""Fetches a page of its list at once, and another one whenever the end of the list is seen."""


class Site:
    """Serves what tests put into `pages`: bytes, or a function of the request."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Answer | Callable[[Any], Answer]] = {
            "/list": LIST.encode(),
            "/api/list": listed,
        }
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.released = threading.Event()
        """Ends answers that hang."""

    def __enter__(self) -> Self:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                site._answer(self)

            def log_message(self, *_: object) -> None:
                """Not on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def hang(self, _: Any) -> Answer:
        """An answer that does not come."""
        self.released.wait(LIMIT)
        return 200, HTML, b"late"

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        self.asked[path] += 1
        self.agents.add(request.headers.get("user-agent", ""))
        found = self.pages.get(path, (404, HTML, b"<title>no such page</title>"))
        if callable(found):
            found = found(request)
        status, headers, body = (200, HTML, found) if isinstance(found, bytes) else found
        try:
            request.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            request.close_connection = True


def listed(request: Any) -> Answer:
    """Five pages of ten ids each."""
    page = int(request.path.partition("page=")[2])
    ids = [f"p{page * 10 + n}" for n in range(10)]
    body = json.dumps({"ids": ids, "next": page + 1 if page < 4 else None})
    return 200, JSON, body.encode()


def page(script: str, body: str = "") -> bytes:
    """A page with a script."""
    return f"<!doctype html><title>t</title><body>{body}<script>{script}</script>".encode()

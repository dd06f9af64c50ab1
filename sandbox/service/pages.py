"""What the public pages of all platforms have in common."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sandbox.service.exchange import HTML_TYPE, JsonDocument, PlatformRequest, Refused, Reply
from sandbox.service.faults import Fault, FaultKind
from sandbox.service.platform import Endpoint, PlatformService, ServedCall
from sandbox.world.model import WorldAccount, WorldPost

_SANDBOX = Path(__file__).parents[1]
_encode = msgspec.json.Encoder().encode
_RETRY_AFTER = "120"
AGREED = "SOCS=CAI"
"""The cookie of those who agreed to what a consent dialog asked."""


class Site(PlatformService):
    """One platform's public pages. There is no token, and no limit but that of faults."""

    login_title = "Log in"
    login_body = '<form method="post"><input type="password" name="pass"></form>'
    challenge_title = "Security check"
    challenge_body = '<div class="captcha-verify">Please prove that you are human.</div>'

    def token(self, request: PlatformRequest) -> str:
        """Nobody is logged in."""
        return ""

    def check_limits(self, call: ServedCall) -> None:
        """Everybody is let in."""

    def charge(self, call: ServedCall, reply: Reply) -> dict[str, str]:
        """Pages are free."""
        reply.units = 1
        return {"cache-control": "private, no-store"} if call.request.method == "GET" else {}

    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """Limits and breakdowns, as pages."""
        if kind in (FaultKind.RATE_LIMITED, FaultKind.QUOTA_SPENT):
            reply = html_page("Too many requests", "<p>Please try again later.</p>", status=429)
            reply.headers["retry-after"] = _RETRY_AFTER
            return reply
        return html_page("Something went wrong", "<p>Please try again later.</p>", status=status)

    def endpoint(
        self, name: str, path: str, handler: Callable[[ServedCall], Reply], method: str = "GET"
    ) -> Endpoint:
        """A path below `/web/<platform>`, asked without a token."""
        return Endpoint(name, f"/web/{self.name}{path}", handler, method, open=True)

    def not_found(self) -> Reply:
        """What is shown where there is nothing."""
        return html_page("Not found", "", status=404)

    def shown_account(self, handle: str) -> WorldAccount:
        """The account of that handle. Raises Refused with the site's own page if there is none."""
        account = self.by_handle(handle)
        if account is None:
            raise Refused(self.not_found())
        return account

    def shown_post(self, post_id: str, now: int) -> WorldPost:
        """The post of that id at `now`. Raises Refused if it cannot be seen."""
        post = self.find_post(post_id, now)
        if post is None:
            raise Refused(self.not_found())
        return post

    def replacement(self, fault: Fault, request: PlatformRequest) -> Reply | None:
        """A wall, a challenge or a consent dialog of the site, else an error page."""
        if fault.kind in (FaultKind.LOGIN_WALL, FaultKind.EXPIRED_TOKEN):
            return html_page(self.login_title, self.login_body)
        if fault.kind is FaultKind.CHALLENGE:
            return html_page(self.challenge_title, self.challenge_body)
        if fault.kind is FaultKind.CONSENT:
            return None if AGREED in request.headers.get("cookie", "") else self.consent(request)
        return self.error(fault.kind, fault.status)

    def consent(self, _: PlatformRequest) -> Reply:
        """What is shown to those who have not agreed to cookies."""
        body = '<div role="dialog"><button>Only allow essential cookies</button></div>'
        return html_page("Before you continue", body)


def pinned_first(posts: Sequence[WorldPost]) -> list[WorldPost]:
    """Pinned posts before the others, each in the order given."""
    return [*(p for p in posts if p.pinned), *(p for p in posts if not p.pinned)]


@dataclass(slots=True)
class EmbeddedJson:
    """A JSON value between two pieces of HTML."""

    before: str
    value: Any
    after: str

    def __str__(self) -> str:
        return f"{self.before}{_json_text(self.value)}{self.after}"


Pieces = list[str | EmbeddedJson]
"""An HTML page in pieces."""


class PageDocument(JsonDocument):
    """An HTML page with JSON in it."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self.values = [piece.value for piece in pieces if isinstance(piece, EmbeddedJson)]

    def encode(self) -> bytes:
        """The page as it is sent."""
        return "".join(map(str, self._pieces)).encode()


def html_page(
    title: str,
    body: str | Pieces,
    head: str | EmbeddedJson = "",
    status: int = 200,
    rows: int = 0,
) -> Reply:
    """An HTML page; `rows` posts are in it."""
    pieces: Pieces = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        f"<title>{html.escape(title)}</title>",
        head,
        "</head><body>",
        *([body] if isinstance(body, str) else body),
        "</body></html>",
    ]
    document = PageDocument(pieces)
    return Reply(document, status=status, rows=[None] * rows, content_type=HTML_TYPE)


def script(platform: str) -> str:
    """The script of a platform's pages, as an element."""
    return f"<script>{(_SANDBOX / platform / 'page.js').read_text(encoding='utf-8')}</script>"


def json_script(value: Any, attributes: str = 'type="application/json"') -> EmbeddedJson:
    """JSON inside a script element, from which it cannot break out."""
    return EmbeddedJson(f"<script {attributes}>", value, "</script>")


def _json_text(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return _encode(value).decode().replace("</", "<\\/").replace("<!--", "<\\u0021--")


def meta(**properties: str) -> str:
    """Open Graph and similar tags; `__` in a name stands for a colon."""
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{html.escape(value)}">'
        for name, value in properties.items()
    )


escape = html.escape

"""Answers calls of the web route against a running sandbox, as plain HTTP or as a page's script.

Pages in the browser are scrolled by doing what their scripts do; the browser itself has tests of
its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from crawler.contract import Answer, Call, Captured, Platform
from model.count import Count
from model.messages import Visit, VisitKind, Window
from model.route import Route
from sandbox.tiktok.page_shapes import query_signature
from sandbox.world.model import WorldAccount
from tests.crawler.platforms.against_sandbox import MAY
from tests.crawler.platforms.driver import Run, drive
from tests.sandbox.running import Sandbox

_CURSOR = re.compile(r'"end_cursor":"([^"]+)","has_next_page":true')
_TOKEN = re.compile(r'"continuationCommand":\{"token":"([^"]+)"')
_PAGE = re.compile(r'data-page="(\d+)"')
_SECRET = re.compile(r'"secUid":"([^"]+)"')
_AFTER = re.compile(r'"cursor":"(\d+)","hasMore":true')


class Http(Protocol):
    """What makes calls of a sandbox: an httpx client, or something like it."""

    def request(self, method: str, url: str, **of: Any) -> Any: ...

    def get(self, url: str, **of: Any) -> Any: ...

    def post(self, url: str, **of: Any) -> Any: ...


class Opened(Protocol):
    """A sandbox, as far as pages are opened there."""

    @property
    def http(self) -> Http: ...

    @property
    def now(self) -> datetime: ...


def config(sandbox: Sandbox, platform: Platform, **more: Any) -> Any:
    """Settings that lead to the sandbox's pages."""
    return platform.Config(web_url=f"{sandbox.base}/web/{platform.name}", **more)


def opening(sandbox: Opened, most: int = 200) -> Callable[[Call], Answer]:
    """A function that carries out calls; a page fetches at most `most` further answers."""

    def respond(call: Call) -> Answer:
        assert call.route is Route.WEB
        response = sandbox.http.request(call.method, call.url, headers=call.headers)
        captured: list[Captured] = []
        if call.browse is not None and call.browse.enough is not None:
            text = response.text
            while not call.browse.enough(response.content, captured) and len(captured) < most:
                further = _further(sandbox, call.url, response.text, text)
                if further is None:
                    break
                captured.append(further)
                text = further.body.decode()
        return Answer(
            call=call,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            observed_at=sandbox.now,
            captured=tuple(captured),
        )

    return respond


def _further(sandbox: Opened, url: str, html: str, last: str) -> Captured | None:
    """What the page's script would fetch next; None at the end."""
    if "/web/facebook/" in url:
        return _facebook(sandbox, html, last)
    if "/web/tiktok/" in url:
        return _tiktok(sandbox, html, last)
    token = _TOKEN.search(last)
    if token is None:
        return None
    address = "/web/youtube/youtubei/v1/browse"
    answer = sandbox.http.post(address, json={"continuation": token[1]})
    return Captured(url=address, status=answer.status_code, body=answer.content)


def _tiktok(sandbox: Opened, html: str, last: str) -> Captured | None:
    secret, after = _SECRET.search(html), _AFTER.search(last)
    if secret is None or (after is None and last != html):
        return None
    cursor = after[1] if after is not None else "0"
    params = {"aid": "1988", "count": "35", "cursor": cursor, "secUid": secret[1]}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    address = "/web/tiktok/api/post/item_list/"
    query = urlencode({**params, "X-Bogus": query_signature(text)})
    answer = sandbox.http.get(f"{address}?{query}")
    return Captured(url=address, status=answer.status_code, body=answer.content)


def _facebook(sandbox: Opened, html: str, last: str) -> Captured | None:
    cursor, page = _CURSOR.search(last), _PAGE.search(html)
    if cursor is None or page is None:
        return None
    variables = json.dumps({"id": page[1], "cursor": cursor[1], "count": 3})
    form = {"doc_id": "12345", "lsd": "AVqZsandbox", "variables": variables}
    answer = sandbox.http.post("/web/facebook/api/graphql/", data=form)
    return Captured(
        url="/web/facebook/api/graphql/", status=answer.status_code, body=answer.content
    )


def visit(
    sandbox: Sandbox,
    account: WorldAccount,
    kind: VisitKind,
    window: Window | None = MAY,
    posts: Iterable[str] = (),
) -> Visit:
    """A visit of the web route at the sandbox's present; profiles have no window."""
    return Visit(
        platform=account.platform,
        account=account.id,
        handle=account.handle,
        kind=kind,
        slot=sandbox.now,
        window=None if kind is VisitKind.PROFILE else window,
        posts=tuple(posts),
        route=Route.WEB,
    )


def opened(
    sandbox: Sandbox, platform: Platform, visits: Sequence[Visit], most: int = 200, **more: Any
) -> Run:
    """These visits, to their ends."""
    return drive(platform, config(sandbox, platform, **more), visits, opening(sandbox, most))


def merged(run: Run) -> dict[str, dict[str, Count]]:
    """Posts by id, each counter as the finest reading of it says: a value or the reason."""
    found: dict[str, dict[str, Count]] = {}
    for post in run.posts:
        counts = found.setdefault(post.id, {})
        for name, count in post.counts.items():
            known = counts.get(name)
            if known is None or _better(count, known):
                counts[name] = count
    return found


def _better(one: Count, other: Count) -> bool:
    if one.value is None or other.value is None:
        return one.value is not None or (other.value is None and other.missing == "not_read")
    return one.step <= other.step


def near(count: Count, exact: int | None) -> bool:
    """Whether a count is the exact number, cut down to its step; a missing one is missing."""
    if count.value is None or exact is None:
        return count.value is None and exact is None
    return count.value <= exact < count.value + count.step

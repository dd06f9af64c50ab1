"""How lists of all platforms say that they go on, and how a call asks for a further page.

The names of the fields differ from platform to platform, so one table serves all of them:

Graph API           paging {cursors {before, after}, next, previous}
X                   meta {next_token, result_count}
YouTube             nextPageToken; pages: an item `continuationItemRenderer` at the end of the list
TikTok              has_more, cursor (a number); pages: hasMore, cursor (milliseconds as text)
Facebook, Instagram pages: page_info {end_cursor, has_next_page}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus, urlencode

from sandbox.service.exchange import JsonObject, PlatformRequest, Reply

PAGING_FIELDS = frozenset(
    {"paging", "meta", "nextPageToken", "has_more", "hasMore", "page_info", "continuationItem"}
)
"""What says that a list goes on; `continuationItem` stands for the item at a list's end."""
_CONTINUATION = "continuationItemRenderer"
_LONGEST_PLACE = 12
"""Longer numbers are times in milliseconds, which go back; shorter ones are places in a list."""
_MADE = re.compile(r"further(\d+)")
_CURSORS = ("pagination_token", "pageToken", "after", "cursor")
_LEFT_OUT = {*_CURSORS, "access_token", "pretty", "X-Bogus", "msToken"}
_PAGE_PART = re.compile(
    r'\.after\(([^)]*)\)|(?:,\s*)?"(?:cursor|search_id|continuation)"\s*:\s*("[^"]*"|[^,}\s]*)'
)
_CURSOR_PART = re.compile(
    r'\.after\(([^)]*)\)|"(?:cursor|continuation)"\s*:\s*(?:"([^"]*)"|([^,}\s]*))'
)


def page_key(request: PlatformRequest) -> str:
    """Equal for all pages of one list."""
    params = sorted((k, v) for k, v in request.params.items() if k not in _LEFT_OUT)
    return _PAGE_PART.sub("", f"{request.path} {params} {_body(request)}")


def cursor_of(request: PlatformRequest) -> str:
    """The cursor that a call sends; empty if it asks for a first page."""
    sent = next((request.params[name] for name in _CURSORS if name in request.params), "")
    if not sent:
        text = f"{request.params.get('fields', '')} {_body(request)}"
        match = _CURSOR_PART.search(text)
        sent = next(filter(None, match.groups()), "") if match else ""
    return "" if sent == "0" else sent


def _body(request: PlatformRequest) -> str:
    return unquote_plus(request.body.decode("latin-1"))


def objects_of(*values: Any) -> Iterator[JsonObject]:
    """All JSON objects within values."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def list_rows(reply: Reply) -> list[Any]:
    """The rows of a list answer, without what only says that the list goes on."""
    rows = reply.items if reply.items is not None else reply.rows
    return [row for row in rows if not _leads_on(row)] if isinstance(rows, list) else []


def replace_rows(reply: Reply, rows: Iterable[Any]) -> None:
    """Puts other rows in place of a list answer's own; where the list leads stays."""
    held = reply.items if reply.items is not None else reply.rows
    if isinstance(held, list):
        held[:] = [*rows, *(row for row in held if _leads_on(row))]


def count_rows(reply: Reply) -> None:
    """Brings the number that an answer gives of its own rows to theirs."""
    for value in objects_of(*reply.values):
        if "result_count" in value:
            value["result_count"] = len(list_rows(reply))


def _leads_on(row: Any) -> bool:
    return isinstance(row, dict) and _CONTINUATION in row


def end_list(reply: Reply) -> None:
    """Gives a page the platform's mark of the end."""
    for value in objects_of(*reply.values):
        value.pop("next_token", None)
        value.pop("nextPageToken", None)
        for name in value.keys() & {"has_more", "hasMore", "has_next_page"}:
            value[name] = False
        if isinstance(paging := value.get("paging"), dict) and not paging.pop("next", None):
            paging.get("cursors", {}).pop("after", None)
    drop_continuation(reply)


def drop_continuation(reply: Reply) -> None:
    """Takes out the item at the end of a list that leads on."""
    if reply.items is not None:
        reply.items[:] = list_rows(reply)


def lead_on(reply: Reply, request: PlatformRequest, cursor: str) -> None:
    """Makes a page say that the list goes on at `cursor`."""
    for value in objects_of(*reply.values):
        if isinstance(info := value.get("page_info"), dict):
            info.update(end_cursor=cursor, has_next_page=True)
        for name in value.keys() & {"has_more", "hasMore"}:
            value[name] = True
            value["cursor"] = int(cursor) if isinstance(value["cursor"], int) else cursor
        if isinstance(meta := value.get("meta"), dict) and "result_count" in meta:
            meta["next_token"] = cursor
        if str(value.get("kind", "")).endswith("ListResponse"):
            value["nextPageToken"] = cursor
        if reply.rows is not None and value.get("data") is reply.rows:
            _lead_graph_on(value, value is reply.payload, request, cursor)
    if reply.items is not None:
        reply.items[:] = [*list_rows(reply), _continuation(cursor)]


def _lead_graph_on(value: JsonObject, linked: bool, request: PlatformRequest, cursor: str) -> None:
    """Lists below an object have a link to the next page, nested ones a cursor alone."""
    paging = value.setdefault("paging", {})
    paging.setdefault("cursors", {})["after"] = cursor
    if linked:
        query = urlencode({**request.params, "after": cursor})
        paging["next"] = f"{request.base}{request.path}?{query}"


def _continuation(cursor: str) -> JsonObject:
    command = {"token": cursor, "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}
    return {_CONTINUATION: {"continuationEndpoint": {"continuationCommand": command}}}


def new_cursor(request: PlatformRequest) -> str:
    """A cursor other than the one sent, and never given before; a number where that is one."""
    sent = cursor_of(request)
    if sent.isascii() and sent.isdigit():
        return str(int(sent) - 1 if len(sent) > _LONGEST_PLACE else int(sent) + 1)
    made = _MADE.fullmatch(sent)
    return f"further{int(made[1]) + 1 if made else 1}"

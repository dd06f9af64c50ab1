"""Whole answers of the Graph API as rows, recognised by their shape.

{"data": [...]}                    an edge: posts, videos, comments, people, insights
[{"code": …, "body": "{…}"}, …]    a batch, each part of which is any of the others
{"ID": {...}, "ID": {...}}         several objects by id, as apps of before 2026-11-04 had them;
                                   each may hold edges
{"id": ...}                        one Page, Post or Video
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.errors import CrawlError, ShapeError
from crawler.platforms.facebook import api_parts
from crawler.platforms.facebook.api_parts import is_video
from crawler.reading import graph
from crawler.reading.rows import each
from crawler.reading.shape import array, child, decode, dig, ident, mapping, member
from model.items import AccountItem, Mapped, PostItem

_Objects = list[tuple[str, dict[str, Any]]]
"""Objects with their paths."""
_EDGES = ("published_posts", "posts", "feed")


def map_document(value: dict[str, Any], observed_at: datetime) -> Mapped:
    """Any answer of the Graph API that is no error. Raises ShapeError."""
    if isinstance(value.get("data"), list):
        return _edge(value, observed_at)
    if "id" in value:
        return _one(value, observed_at)
    if value and all(isinstance(held, dict) for held in value.values()):
        return _objects("facebook.by_ids", list(value.items()), [], observed_at)
    raise ShapeError("answer", "is no answer of the Graph API")


def map_batch(value: list[Any], observed_at: datetime) -> Mapped:
    """A batch; parts that are errors give no rows. Raises the CrawlError of the first part if all
    of them are.
    """
    objects, errors = _parts(value)
    if errors and not objects:
        raise errors[0]
    lost = [error.path for error in errors if isinstance(error, ShapeError)]
    return _objects("facebook.batch", objects, lost, observed_at)


def _parts(value: list[Any]) -> tuple[_Objects, list[CrawlError]]:
    """The objects of a batch with their paths, and what is wrong with the other parts."""
    objects: _Objects = []
    errors: list[CrawlError] = []
    for position, part in enumerate(value):
        body = dig(part, "body")
        if not isinstance(body, str):
            continue
        written = body.encode("utf-8", "replace")
        error = graph.error_of(written)
        try:
            if error is not None:
                raise graph.classify(error)
            objects.append((f"[{position}].body", mapping(decode(written), "")))
        except CrawlError as fault:
            errors.append(fault)
    return objects, errors


def is_official(value: dict[str, Any]) -> bool:
    """Whether a decoded answer is of one of the forms that `map_document` maps."""
    if isinstance(value.get("data"), list) or "id" in value:
        return True
    return bool(value) and all(
        isinstance(held, dict) and ("id" in held or isinstance(held.get("data"), list))
        for held in value.values()
    )


def map_posts(
    value: dict[str, Any], observed_at: datetime, *, path: str = "", ours: bool = False
) -> Mapped:
    """A listing of posts; `ours`: the request asked for all that this project asks for."""
    listed = array(value, "data", path)
    asked = _asked(listed, value, observed_at, ours)
    rows, failed = each(
        listed, child(path, "data"), lambda v, at: api_parts.read_post(v, at, asked)
    )
    return Mapped(shape="facebook.posts", posts=rows, unmapped=failed, next=_next(value))


def _asked(
    listed: list[Any], value: dict[str, Any], observed_at: datetime, ours: bool
) -> api_parts.PostsAsked:
    """What the request was, by what is in the answer: a field of any post, or a paging address."""
    fields = ",".join(_fields(value))
    objects = [obj for obj in listed if isinstance(obj, dict)]
    return api_parts.PostsAsked(
        observed_at=observed_at,
        shares=ours or "shares" in fields.split(",") or any(o.get("shares") for o in objects),
        dated=ours or any("created_time" in o for o in objects),
    )


def _fields(value: dict[str, Any]) -> Iterator[str]:
    """The `fields` that paging addresses repeat."""
    for name in ("next", "previous"):
        address = dig(value, "paging", name)
        if isinstance(address, str):
            try:
                yield from parse_qs(urlsplit(address).query).get("fields", [])
            except ValueError:
                continue


def _next(value: dict[str, Any]) -> str | None:
    following = dig(value, "paging", "cursors", "after") if dig(value, "paging", "next") else None
    return following if isinstance(following, str) else None


def _edge(value: dict[str, Any], observed_at: datetime) -> Mapped:
    listed = array(value, "data")
    if not listed:
        return Mapped(shape="facebook.empty")
    if _is_comments(value):
        return Mapped(shape="facebook.comments")
    if any(api_parts.is_post(obj) for obj in listed):
        return map_posts(value, observed_at)
    if any(isinstance(obj, dict) and api_parts.is_page(obj) for obj in listed):
        rows, failed = each(listed, "data", lambda v, at: api_parts.read_page(v, at, observed_at))
        return Mapped(shape="facebook.pages", accounts=rows, unmapped=failed)
    return Mapped(shape=_other(listed))


def _is_comments(value: dict[str, Any]) -> bool:
    paging = value.get("paging")
    addresses = [dig(paging, "next"), dig(paging, "previous")]
    return any("/comments?" in address for address in addresses if isinstance(address, str))


def _other(listed: list[Any]) -> str:
    """The name of a listing that holds no rows. Raises ShapeError for what nobody knows."""
    first = mapping(listed[0], "data[0]")
    if is_video(first):
        return api_parts.VIDEO_LIST
    if {"name", "values"} <= first.keys() or {"name", "total_value"} <= first.keys():
        return "facebook.insights"
    if "message" in first or "comment_count" in first:
        return "facebook.comments"
    if first.keys() <= {"id", "insights"} or {"id", "name"} <= first.keys():
        return "facebook.others"
    if "date_start" in first:
        return "facebook.insights"
    raise ShapeError("data[0]", "is no post, page, video, comment, insight or person")


def _one(value: dict[str, Any], observed_at: datetime) -> Mapped:
    accounts, rows, failed = _object(value, "", observed_at)
    if accounts or rows or failed:
        name = "post" if rows and not accounts else "page"
        return Mapped(shape=f"facebook.{name}", accounts=accounts, posts=rows, unmapped=failed)
    if is_video(value):
        return Mapped(shape="facebook.video")
    return Mapped(shape="facebook.other")


def _objects(shape: str, objects: _Objects, lost: list[str], observed_at: datetime) -> Mapped:
    """Several objects with their paths. Raises ShapeError if something is broken and nothing is
    left.
    """
    shares = any(dig(held, "shares") is not None for _, held in objects)
    accounts: list[AccountItem] = []
    rows: list[PostItem] = []
    failed: list[str] = []
    for path, held in objects:
        try:
            some = _object(held, path, observed_at, shares=shares)
        except ShapeError as error:
            failed.append(error.path)
            continue
        accounts += some[0]
        rows += some[1]
        failed += some[2]
    failed += lost
    if failed and not accounts and not rows:
        raise ShapeError(failed[0])
    return Mapped(shape=shape, accounts=tuple(accounts), posts=tuple(rows), unmapped=tuple(failed))


_Rows = tuple[tuple[AccountItem, ...], tuple[PostItem, ...], tuple[str, ...]]


def _object(
    held: dict[str, Any], path: str, observed_at: datetime, *, shares: bool = False
) -> _Rows:
    """A Page, a Post, or an object that holds an edge of posts: its rows, and what failed."""
    if isinstance(held.get("data"), list):
        return _rows([_edge(held, observed_at)])
    ident(member(held, "id", path), child(path, "id"))
    if api_parts.is_post(held):
        asked = api_parts.PostsAsked(observed_at=observed_at, shares=shares)
        return (), (api_parts.read_post(held, path, asked),), ()
    edges = [
        map_posts(held[name], observed_at, path=child(path, name))
        for name in _EDGES
        if isinstance(dig(held, name, "data"), list)
    ]
    accounts, rows, failed = _rows(edges)
    if api_parts.is_page(held):
        accounts = (api_parts.read_page(held, path, observed_at), *accounts)
    return accounts, rows, failed


def _rows(parts: Iterable[Mapped]) -> _Rows:
    """The rows of several listings together."""
    listed = list(parts)
    return (
        tuple(row for part in listed for row in part.accounts),
        tuple(row for part in listed for row in part.posts),
        tuple(path for part in listed for path in part.unmapped),
    )

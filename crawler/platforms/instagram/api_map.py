"""Whole answers of the Instagram Graph API as rows, recognised by their shape.

{"business_discovery": {...}, "id": own}   another account, and a page of its media
{"data": [...]}                            own media, insights, pictures of an album
{"ID": {...}, "ID": {...}}                 several objects by `?ids=`
{"id": ...}                                one user or media object
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.errors import ShapeError
from crawler.platforms.instagram import api_parts
from crawler.reading.rows import each
from crawler.reading.shape import array, child, dig, ident, inner, mapping, member, text
from model.items import AccountItem, Mapped, PostItem

_MENTIONED = "mentioned_media"
"""A post of somebody else that mentions the own account."""
_Rows = tuple[tuple[AccountItem, ...], tuple[PostItem, ...], tuple[str, ...]]


def map_document(value: dict[str, Any], observed_at: datetime) -> Mapped:
    """Any answer of the Graph API that is no error. Raises ShapeError."""
    if "business_discovery" in value:
        return map_discovery(value, observed_at)
    if isinstance(value.get(_MENTIONED), dict):
        rows = _object(value[_MENTIONED], _MENTIONED, observed_at)
        return _mapped("media", *rows, value[_MENTIONED])
    if isinstance(value.get("data"), list):
        return _edge(value, observed_at)
    if "id" in value:
        accounts, posts, failed = _object(value, "", observed_at)
        return _mapped("user" if accounts else "media", accounts, posts, failed, value)
    if value and all(isinstance(held, dict) for held in value.values()):
        return _by_ids(value, observed_at)
    raise ShapeError("answer", "is no answer of the Graph API")


def is_graph_answer(value: dict[str, Any]) -> bool:
    """Whether a decoded answer is of one of the forms that `map_document` maps."""
    if "business_discovery" in value or isinstance(value.get("data"), list):
        return True
    if isinstance(value.get(_MENTIONED), dict):
        return True
    if "id" in value:
        return api_parts.has_counters(value) or api_parts.is_media_post(value)
    return bool(value) and all(
        isinstance(held, dict) and str(held.get("id")) == key for key, held in value.items()
    )


def map_discovery(value: dict[str, Any], observed_at: datetime, *, ours: bool = False) -> Mapped:
    """Another account's counters and one page of its media, each where it was asked for.

    `ours`: the request asked for all that this project asks for.
    """
    path = "business_discovery"
    user = inner(value, path)
    accounts: tuple[AccountItem, ...] = ()
    if ours or api_parts.has_counters(user):
        accounts = (api_parts.read_account(user, path, observed_at),)
    posts, failed, after = _media(user, path, observed_at, ours)
    return Mapped(
        shape="instagram.discovery", accounts=accounts, posts=posts, unmapped=failed, next=after
    )


def map_media_page(value: dict[str, Any], observed_at: datetime) -> Mapped:
    """A further page of media, for which the account's counters were not asked for again."""
    path = "business_discovery"
    user = inner(value, path)
    ident(member(user, "id", path), child(path, "id"))
    posts, failed, after = _media(user, path, observed_at, ours=True)
    return Mapped(shape="instagram.discovery", posts=posts, unmapped=failed, next=after)


def _media(
    user: dict[str, Any], path: str, observed_at: datetime, ours: bool = False
) -> tuple[tuple[PostItem, ...], tuple[str, ...], str | None]:
    """The media inside a user, the paths that failed, and the cursor of the next page."""
    listed = dig(user, "media", "data")
    if listed is None:
        return (), (), None
    owner = user.get("id")
    asked = _asked(
        listed, observed_at, None if owner is None else ident(owner, child(path, "id")), ours
    )
    at = child(path, "media.data")
    rows, failed = each(
        array(user["media"], "data", child(path, "media")),
        at,
        lambda v, where: api_parts.read_media(v, where, asked),
    )
    after = dig(user, "media", "paging", "cursors", "after")
    return rows, failed, after if isinstance(after, str) else None


def _asked(
    listed: Any, observed_at: datetime, account: str | None, ours: bool
) -> api_parts.MediaAsked:
    objects = [obj for obj in listed if isinstance(obj, dict)] if isinstance(listed, list) else []
    return api_parts.MediaAsked(
        observed_at=observed_at,
        account=account,
        dated=ours or any("timestamp" in obj for obj in objects),
        likes=ours or any("like_count" in obj for obj in objects),
    )


def _edge(value: dict[str, Any], observed_at: datetime) -> Mapped:
    listed = array(value, "data")
    if not listed:
        return Mapped(shape="instagram.empty")
    if any(api_parts.is_media_post(obj) for obj in listed):
        asked = _asked(listed, observed_at, None, ours=False)
        rows, failed = each(listed, "data", lambda v, at: api_parts.read_media(v, at, asked))
        return Mapped(shape="instagram.media_list", posts=rows, unmapped=failed)
    first = mapping(listed[0], "data[0]")
    if "name" in first and ("values" in first or "total_value" in first):
        return _insights(listed, observed_at)
    if "id" in first and first.keys() & {"media_type", "timestamp", "text"}:
        return Mapped(shape="instagram.others")
    raise ShapeError("data[0]", "is no media object and no insight")


def _insights(listed: list[Any], observed_at: datetime) -> Mapped:
    """Insights name the object they belong to in their id: `MEDIA/insights/likes/lifetime`."""
    counts = api_parts.metrics(listed, "data")
    if not counts:
        return Mapped(shape="instagram.insights")
    key = text(mapping(listed[0], "data[0]"), "id", "data[0]").partition("/")[0]
    post = PostItem(
        platform="instagram",
        id=ident(key, "data[0].id"),
        observed_at=observed_at,
        counts=counts,
    )
    return Mapped(shape="instagram.insights", posts=(post,))


def _by_ids(value: dict[str, Any], observed_at: datetime) -> Mapped:
    accounts: list[AccountItem] = []
    posts: list[PostItem] = []
    failed: list[str] = []
    for key, held in value.items():
        try:
            some = _object(held, key, observed_at)
        except ShapeError as error:
            failed.append(error.path)
            continue
        accounts += some[0]
        posts += some[1]
        failed += some[2]
    if failed and not accounts and not posts:
        raise ShapeError(failed[0])
    return _mapped("by_ids", tuple(accounts), tuple(posts), tuple(failed), value)


def _object(held: dict[str, Any], path: str, observed_at: datetime) -> _Rows:
    """A user, with its media where they were asked for, or a media object."""
    ident(member(held, "id", path), child(path, "id"))
    if api_parts.is_media_post(held):
        asked = api_parts.MediaAsked(observed_at=observed_at)
        return (), (api_parts.read_media(held, path, asked),), ()
    posts, failed, _ = _media(held, path, observed_at)
    accounts = (
        (api_parts.read_account(held, path, observed_at),) if api_parts.has_counters(held) else ()
    )
    return accounts, posts, failed


def _mapped(
    name: str,
    accounts: tuple[AccountItem, ...],
    posts: tuple[PostItem, ...],
    failed: tuple[str, ...],
    value: dict[str, Any],
) -> Mapped:
    after = dig(value, "media", "paging", "cursors", "after")
    return Mapped(
        shape=f"instagram.{name}",
        accounts=accounts,
        posts=posts,
        unmapped=failed,
        next=after if isinstance(after, str) else None,
    )

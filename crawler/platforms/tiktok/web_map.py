"""The data inside TikTok's pages, and the answers that the pages themselves fetch.

Accounts: `userInfo {user, stats, statsV2}`; older page states: `UserModule {users, stats}`. Posts:
`itemList[]`, `itemStruct`, `item` of a search row; older: `items[]`, `ItemModule {id: …}`; each has
`stats` and mostly `statsV2`. The numbers of `stats` are rounded from 10,000 on, the strings of
`statsV2` are exact in some answers and rounded alike in others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from crawler.errors import ShapeError
from crawler.platforms.tiktok import errors, web_post
from crawler.reading.rows import paths_of, readable
from crawler.reading.shape import dig, flag, ident, walk
from model.items import AccountItem, Mapped, PostItem

_LISTS = ("itemList", "item_list", "items")
_KEYS = (*_LISTS, "itemStruct", "ItemModule", "item", "userInfo", "UserModule")


class _Row(NamedTuple):
    """A post or account of the answer, and where it stands."""

    path: str
    value: Any


def map_document(document: Any, observed_at: datetime) -> Mapped:
    """Recognises an answer or a page's state by its shape. Raises CrawlError."""
    posts, users = _rows_of_list(document) if isinstance(document, list) else ([], [])
    places = list(walk(document, lambda obj: any(key in obj for key in _KEYS)))
    posts += [row for path, obj in places for row in _posts(obj, path)]
    users += [row for path, obj in places for row in _users(obj, path)]
    if not posts and not users:
        errors.raise_status(document)
        if any(isinstance(obj.get("itemList"), list) for _, obj in places) or _ended(document):
            return Mapped(shape="tiktok.web.items")
        raise ShapeError("answer", "holds neither accounts nor posts known here")
    return _mapped(posts, users, _next(document), observed_at)


def _rows_of_list(document: list[Any]) -> tuple[list[_Row], list[_Row]]:
    """A bare list: accounts where there is a `user`, else posts."""
    posts: list[_Row] = []
    users: list[_Row] = []
    for place, value in enumerate(document):
        rows = users if isinstance(dig(value, "user"), dict) else posts
        rows.append(_Row(f"[{place}]", value))
    return posts, users


def _posts(obj: dict[str, Any], path: str) -> Iterator[_Row]:
    at = f"{path}." if path else ""
    for key in _LISTS:
        listed = obj.get(key)
        for place, value in enumerate(listed if isinstance(listed, list) else ()):
            # Page states also list the mere ids of their posts; `items` may be anything.
            if not isinstance(value, str) and (key != "items" or _is_post(value)):
                yield _Row(f"{at}{key}[{place}]", value)
    module = obj.get("ItemModule")
    for id_, value in module.items() if isinstance(module, dict) else ():
        yield _Row(f"{at}ItemModule.{id_}", value)
    for key in ("itemStruct", "item"):
        if isinstance(dig(obj, key, "id"), str | int):
            yield _Row(f"{at}{key}", obj[key])


def _is_post(value: Any) -> bool:
    return dig(value, "id") is not None and bool(dig(value, "stats") or dig(value, "statsV2"))


def _users(obj: dict[str, Any], path: str) -> Iterator[_Row]:
    at = f"{path}." if path else ""
    if dig(obj, "userInfo", "user"):
        yield _Row(f"{at}userInfo", obj["userInfo"])
    users = dig(obj, "UserModule", "users")
    for name, user in users.items() if isinstance(users, dict) else ():
        both = {key: dig(obj, "UserModule", key, name) for key in ("stats", "statsV2")}
        yield _Row(f"{at}UserModule.users.{name}", {"user": user, **both})


def _mapped(
    posts: list[_Row], users: list[_Row], cursor: str | None, observed_at: datetime
) -> Mapped:
    failed: list[ShapeError] = []
    rows: dict[str, PostItem] = {}
    for post in readable(posts, partial(web_post.post_row, observed_at=observed_at), failed):
        rows.setdefault(post.id, post)
    accounts: dict[str, AccountItem] = {}
    listed = [*users, *_authors(posts)]
    for item in readable(listed, partial(web_post.account_row, observed_at=observed_at), failed):
        accounts.setdefault(item.id, item)
    return Mapped(
        shape="tiktok.web.items" if posts else "tiktok.web.user",
        accounts=tuple(accounts.values()),
        posts=tuple(rows.values()),
        unmapped=paths_of(failed, rows, accounts),
        next=cursor,
    )


def _authors(posts: list[_Row]) -> Iterator[_Row]:
    """The authors of listed posts, where their counters came along."""
    for path, value in posts:
        both = {"stats": dig(value, "authorStats"), "statsV2": dig(value, "authorStatsV2")}
        if isinstance(dig(value, "author"), dict) and any(both.values()):
            yield _Row(f"{path}.author", {"user": value["author"], **both})


def _ended(document: Any) -> bool:
    """A list of posts that says it is at its end and holds none."""
    return isinstance(document, dict) and document.get("hasMore") is False


def _next(document: Any) -> str | None:
    """The cursor of the next page: milliseconds, as the page sends it back."""
    if not isinstance(document, dict) or not flag(document, "hasMore"):
        return None
    return ident(document.get("cursor"), "cursor")

"""The data inside TikTok's pages, and the answers that the pages themselves fetch.

Accounts: `{user, stats, statsV2}`, under `userInfo` or any other key, in a list or alone; older
page states: `UserModule {users, stats}`. Posts: `itemList[]`, `itemStruct`, `item` of a search row;
older: `items[]`, `ItemModule {id: …}`; each has `stats` and mostly `statsV2`. The numbers of
`stats` are rounded from 10,000 on, the strings of `statsV2` are exact in some answers and rounded
alike in others. The app's answers have `aweme_list[]`, `aweme_details[]`, `aweme_detail`,
`aweme_info` and `user` or `user_info` with names of their own.
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
_APP_LIST = "aweme_list"
_APP_LISTS = (_APP_LIST, "aweme_details")
_APP_POSTS = ("aweme_detail", "aweme_info")
_APP_USERS = ("user", "user_info")
_KEYS = frozenset(
    (
        *(*_LISTS, "itemStruct", "ItemModule", "item"),
        *("userInfo", "UserModule", *_APP_LISTS, *_APP_POSTS),
    )
)
_STATS = ("stats", "statsV2")


class _Row(NamedTuple):
    """A post or account of the answer, and where it stands."""

    path: str
    value: Any


def map_document(document: Any, observed_at: datetime) -> Mapped:
    """Recognises an answer or a page's state by its shape. Raises CrawlError."""
    posts, users = _rows_of_list(document) if isinstance(document, list) else ([], [])
    places = list(walk(document, _is_place))
    posts += [row for path, obj in places for row in _posts(obj, path)]
    users += [row for path, obj in places for row in _users(obj, path)]
    if not posts and not users:
        return _without_rows(document, places)
    return _mapped(posts, users, _next(document), observed_at)


def _is_place(obj: dict[str, Any]) -> bool:
    return not _KEYS.isdisjoint(obj) or is_account(obj) or _is_whole_user(obj) or _of_app(obj)


def is_account(obj: Any) -> bool:
    """Whether an object is an account with its counters, whatever it stands under."""
    return isinstance(dig(obj, "user"), dict) and any(
        isinstance(obj.get(key), dict) for key in _STATS
    )


def _is_whole_user(obj: dict[str, Any]) -> bool:
    """Whether an object is a user who holds the counters itself."""
    held = (dig(obj, key, "followerCount") for key in _STATS)
    return "uniqueId" in obj and any(followers is not None for followers in held)


def _of_app(obj: dict[str, Any]) -> bool:
    return any(dig(obj, key, "follower_count") is not None for key in _APP_USERS)


def _without_rows(document: Any, places: list[tuple[str, dict[str, Any]]]) -> Mapped:
    """An empty list of posts, and nothing beside it that could be an account. Raises CrawlError."""
    errors.raise_status(document)
    for path, _ in walk(document, lambda obj: bool(dig(obj, "user", "id"))):
        raise ShapeError(f"{path}.stats".removeprefix("."), "is missing")
    for path, _ in walk(document, _is_dated):
        raise ShapeError(path or "answer", "is a post or an account where none is known to stand")
    lists = ("itemList", _APP_LIST)
    if _ended(document) or any(isinstance(obj.get(k), list) for _, obj in places for k in lists):
        return Mapped(shape="tiktok.web.items")
    raise ShapeError("answer", "holds neither accounts nor posts known here")


def _is_dated(obj: dict[str, Any]) -> bool:
    """Whether an object is something that was published or registered."""
    named = not {"id", "aweme_id"}.isdisjoint(obj)
    return named and not {"createTime", "create_time"}.isdisjoint(obj)


def _rows_of_list(document: list[Any]) -> tuple[list[_Row], list[_Row]]:
    """A bare list: accounts where there is a `user`, else posts; wrapped ones are found anyway."""
    posts: list[_Row] = []
    users: list[_Row] = []
    for place, value in enumerate(document):
        if isinstance(value, dict) and _is_place(value):
            continue
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
    yield from _app_posts(obj, at)
    module = obj.get("ItemModule")
    for id_, value in module.items() if isinstance(module, dict) else ():
        yield _Row(f"{at}ItemModule.{id_}", value)
    for key in ("itemStruct", "item"):
        if isinstance(dig(obj, key, "id"), str | int):
            yield _Row(f"{at}{key}", obj[key])


def _app_posts(obj: dict[str, Any], at: str) -> Iterator[_Row]:
    for key in _APP_LISTS:
        listed = obj.get(key)
        for place, value in enumerate(listed if isinstance(listed, list) else ()):
            yield _Row(f"{at}{key}[{place}]", web_post.of_app(value))
    for key in _APP_POSTS:
        if isinstance(obj.get(key), dict):
            yield _Row(f"{at}{key}", web_post.of_app(obj[key]))


def _is_post(value: Any) -> bool:
    return dig(value, "id") is not None and bool(dig(value, "stats") or dig(value, "statsV2"))


def _users(obj: dict[str, Any], path: str) -> Iterator[_Row]:
    at = f"{path}." if path else ""
    if is_account(obj):
        yield _Row(path, obj)
    elif _is_whole_user(obj):
        yield _Row(path, {"user": obj, **{key: obj.get(key) for key in _STATS}})
    elif dig(obj, "userInfo", "user") and not is_account(obj["userInfo"]):
        yield _Row(f"{at}userInfo", obj["userInfo"])
    for key in _APP_USERS:
        if dig(obj, key, "follower_count") is not None:
            yield _Row(f"{at}{key}", web_post.user_of_app(obj[key]))
    users = dig(obj, "UserModule", "users")
    for name, user in users.items() if isinstance(users, dict) else ():
        both = {key: dig(obj, "UserModule", key, name) for key in _STATS}
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
    """The cursor of the next page: milliseconds, as the page sends it back; the app's is a place
    in the list, or milliseconds under a name of its own."""
    if not isinstance(document, dict):
        return None
    if document.get("has_more") == 1 and _APP_LIST in document:
        cursor = document.get("max_cursor", document.get("cursor"))
        return ident(cursor, "cursor")
    return ident(document.get("cursor"), "cursor") if flag(document, "hasMore") else None

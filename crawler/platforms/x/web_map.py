"""The answers that X's own pages get from its GraphQL, in the layouts of 2023 to 2026.

A timeline is `instructions[].entries[]`; every entry or module item has an `entryId` and, below
`content` or `item`, an `itemContent` with `tweet_results` or `user_results`. Reposted and quoted
originals lie inside their row's post and are no rows; promoted posts and suggested accounts are
none either. Users hold their counters in `legacy` (to 2025) or in `relationship_counts` and
`tweet_counts` (2026).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.platforms.x import errors, web_post
from crawler.reading.rows import paths_of, readable
from crawler.reading.shape import dig, mapping, walk
from model.items import AccountItem, Mapped
from model.messages import Outcome

_NOT_OURS = ("promoted", "who-to-follow", "tweetdetailrelatedtweets", "cursor-")
_WRAPPED = ("TweetWithVisibilityResults",)
_TWEETS = ("Tweet", *_WRAPPED)
_UNAVAILABLE = {"UserUnavailable": "user", "TweetUnavailable": "post", "TweetTombstone": "post"}
_ENDED = re.compile(
    r"suspend|deactivat|delet|no longer exists|not ?found|doesn.t exist", re.IGNORECASE
)


class Row(NamedTuple):
    """A post or user of the answer, and where it stands."""

    path: str
    result: dict[str, Any]
    pinned: bool = False


def map_document(document: Any, observed_at: datetime) -> Mapped:
    """Recognises a GraphQL answer, or one entry of it, by its shape. Raises CrawlError."""
    errors.raise_error(document, observed_at)
    root = mapping(document, "")
    entries = [(path, entry) for path, entry in walk(root, _is_entry)]
    direct = list(_direct(root))
    posts = [*_posts_of(entries), *(row for row in direct if _is_tweet(row.result))]
    users = [*_users_of(entries), *(row for row in direct if _is_user(row.result))]
    if not (entries or posts or users):
        raise _absent(root, direct)
    return map_rows(posts, users, _cursor(entries), observed_at)


def _is_entry(obj: dict[str, Any]) -> bool:
    return isinstance(obj.get("entryId"), str) and ("content" in obj or "item" in obj)


def _items(entries: list[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(entry id, path, itemContent) of what is the account's own or was asked for."""
    for path, entry in entries:
        key = "content" if isinstance(dig(entry, "content", "itemContent"), dict) else "item"
        item = dig(entry, key, "itemContent")
        id_ = entry["entryId"]
        ours = not id_.startswith(_NOT_OURS)
        if isinstance(item, dict) and ours and "promotedMetadata" not in item:
            yield id_, f"{path}.{key}.itemContent".removeprefix("."), item


def _posts_of(entries: list[tuple[str, dict[str, Any]]]) -> Iterator[Row]:
    for _, path, item in _items(entries):
        result = _unwrapped(dig(item, "tweet_results", "result"))
        if result is not None:
            pinned = dig(item, "socialContext", "contextType") == "Pin"
            yield Row(f"{path}.tweet_results.result", result, pinned)


def _users_of(entries: list[tuple[str, dict[str, Any]]]) -> Iterator[Row]:
    for id_, path, item in _items(entries):
        result = dig(item, "user_results", "result")
        if id_.startswith("user-") and isinstance(result, dict) and _is_user(result):
            yield Row(f"{path}.user_results.result", result)


def _direct(root: dict[str, Any]) -> Iterator[Row]:
    """`data.user.result`, `data.tweetResult.result` and the like, one or a list of them."""
    data = root.get("data")
    for key, value in data.items() if isinstance(data, dict) else ():
        for place, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            result = dig(one, "result")
            if isinstance(result, dict):
                at = f"data.{key}" if place is None else f"data.{key}[{place}]"
                yield Row(f"{at}.result", _unwrapped(result) or result)


def _unwrapped(result: Any) -> dict[str, Any] | None:
    """The post itself; None for tombstones and posts that are not shown."""
    if dig(result, "__typename") in _WRAPPED:
        result = result.get("tweet")
    return result if isinstance(result, dict) and _is_tweet(result) else None


def _is_tweet(result: dict[str, Any]) -> bool:
    kind = result.get("__typename")
    return kind in _TWEETS or (kind is None and isinstance(dig(result, "legacy", "full_text"), str))


def _is_user(result: dict[str, Any]) -> bool:
    """A user with something to read; a timeline's `user.result` holds but the timeline."""
    return result.get("__typename") == "User" and (
        "legacy" in result or "relationship_counts" in result or "core" in result
    )


def _absent(root: dict[str, Any], direct: list[Row]) -> CrawlError:
    """What an answer without any row stands for."""
    data, trouble = root.get("data"), errors.in_service(root)
    if trouble is not None:
        return trouble
    for row in direct:
        thing = _UNAVAILABLE.get(str(row.result.get("__typename")))
        if thing is not None:
            why = _why(row.result)
            outcome = Outcome.GONE if _ENDED.search(why) else Outcome.FORBIDDEN
            return GiveUp(outcome, f"the {thing} is unavailable: {why}")
    for key, thing in (("user", "user"), ("tweetResult", "post")):
        if dig(data, key) == {}:
            return GiveUp(Outcome.GONE, f"there is no such {thing}")
    if data == {}:
        return Retry(Outcome.EMPTY_UNEXPECTED, "data is empty, and no error says why")
    return ShapeError("data", "holds no timeline, post or user known here")


_REASONS = (
    *(("reason",), ("unavailable_reason",), ("reason", "text"), ("tombstone", "text", "text")),
    ("message",),
)


def _why(result: dict[str, Any]) -> str:
    """Why a user or post is not shown, in X's own words; since 2026 as `unavailable_reason`."""
    said = [dig(result, *place) for place in _REASONS]
    return next((words for words in said if isinstance(words, str)), "no reason is given")


def map_rows(
    posts: list[Row], users: list[Row], cursor: str | None, observed_at: datetime
) -> Mapped:
    """Rows of posts, of users, and of the posts' authors where their counters came along."""
    failed: list[ShapeError] = []
    placed = [(row.path, row) for row in posts]
    rows = {
        post.id: post
        for post in readable(
            placed,
            lambda row, path: web_post.post_row(row.result, path, observed_at, pinned=row.pinned),
            failed,
        )
    }
    listed = [(row.path, row.result) for row in (*users, *_authors(posts))]
    accounts: dict[str, AccountItem] = {}
    for item in readable(listed, partial(web_post.user_row, observed_at=observed_at), failed):
        accounts.setdefault(item.id, item)
    return Mapped(
        shape="x.web.posts" if posts else "x.web.users",
        accounts=tuple(accounts.values()),
        posts=tuple(rows.values()),
        unmapped=paths_of(failed, rows, accounts) + web_post.drifted(rows.values()),
        next=cursor,
    )


def _authors(posts: list[Row]) -> Iterator[Row]:
    for post in posts:
        author = dig(post.result, "core", "user_results", "result")
        if isinstance(author, dict) and _is_counted(author):
            yield Row(f"{post.path}.core.user_results.result", author)


def _is_counted(user: dict[str, Any]) -> bool:
    """Whether a user came with counters; an author may come without, a user asked for may not."""
    return "relationship_counts" in user or dig(user, "legacy", "followers_count") is not None


def _cursor(entries: list[tuple[str, dict[str, Any]]]) -> str | None:
    for _, entry in entries:
        if dig(entry, "content", "cursorType") == "Bottom":
            value = dig(entry, "content", "value")
            return value if isinstance(value, str) else None
    return None

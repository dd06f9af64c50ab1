"""X API v2 answers as rows: users, posts, and the problems that stand beside them.

Both vocabularies are read everywhere: the classic one (`retweet_count`, `tweet_count`,
`referenced_tweets`; specification 2.159) and the new one (`repost_count`, `post_count`,
`referenced_posts`; 2.167). Shares are reposts plus quotes, comments are replies, views are
impressions. A repost carries its original's repost count and zeros: it has no counters of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.errors import GiveUp, ShapeError
from crawler.platforms.x import errors
from crawler.platforms.x.api_parts import media_kinds, post_type, read_post, read_user
from crawler.reading.rows import each, never_counted
from crawler.reading.shape import (
    array,
    dig,
    mapping,
    optional_inner,
    optional_text,
    optional_whole,
)
from model.items import AccountItem, Mapped, PostItem, PostType
from model.messages import Outcome

ASKED_FIELDS = ("created_at", "public_metrics")
"""Fields that our own calls always ask for."""
_OPEN = frozenset({PostType.TEXT, PostType.LINK})
"""What a post seems to be made of where its attachments are not shown."""


@dataclass(frozen=True, slots=True)
class ApiProblem:
    """One partial error: which resource the answer does not show, and why."""

    slug: str
    resource: str
    """`user`, `tweet` or `post`"""
    id: str
    """The id (or handle) as it was asked for."""
    detail: str

    @property
    def outcome(self) -> Outcome:
        """How a visit to this resource ends."""
        if self.slug in ("resource-not-found", "user-suspended"):
            return Outcome.GONE
        if self.slug in ("internal-error", "field-hydration-failure"):
            return Outcome.SERVER_ERROR
        return Outcome.FORBIDDEN


def problems(document: Mapping[str, Any]) -> tuple[ApiProblem, ...]:
    """The partial errors of an answer, in its order; [] where it has none."""
    listed = document.get("errors")
    found = listed if isinstance(listed, list) else []
    return tuple(
        ApiProblem(
            slug=errors.slug(one),
            resource=str(one.get("resource_type")),
            id=str(one.get("value", one.get("resource_id"))),
            detail=str(one.get("detail", one.get("title"))),
        )
        for one in found
        if isinstance(one, dict) and errors.slug(one)
    )


def map_document(document: Any, observed_at: datetime) -> Mapped:
    """Recognises an answer, or a bare list of it, by its shape. Raises CrawlError."""
    errors.raise_error(document, observed_at)
    if isinstance(document, list):
        document = {"data": document}
    document = mapping(document, "")
    data = document.get("data")
    first = dig(data, 0) if isinstance(data, list) else data
    if data is None or data == []:
        return _without_data(document, observed_at)
    if isinstance(first, dict) and "username" in first:
        return read_users(document, observed_at)
    if isinstance(first, dict) and "project_usage" in first:
        return Mapped(shape="x.usage")
    if isinstance(first, dict) and ("text" in first or "public_metrics" in first):
        return read_posts(document, observed_at)
    raise ShapeError("data", "holds neither users nor posts")


def _without_data(document: dict[str, Any], observed_at: datetime) -> Mapped:
    found = problems(document)
    if any(problem.resource == "user" for problem in found):
        raise GiveUp(found[0].outcome, found[0].detail)
    if found or result_count(document) == 0:
        return read_posts(document, observed_at)
    if isinstance(document.get("users"), list):
        return read_users({"data": document["users"]}, observed_at)
    raise ShapeError("data", "is missing, and neither errors nor a result_count of 0 explain it")


def result_count(document: dict[str, Any]) -> int | None:
    """`meta.result_count`, where the answer has it."""
    meta = optional_inner(document, "meta")
    return None if meta is None else optional_whole(meta, "result_count", "meta")


def read_users(
    document: dict[str, Any], observed_at: datetime, asked: tuple[str, ...] = ()
) -> Mapped:
    """Users of a lookup (`/2/users`, `/2/users/by`, `/2/users/:id`). Raises ShapeError.

    A field of `asked`, or one that any user has, must be there in each.
    """
    rows = _rows(document)
    asked = _expected(rows, asked)

    def read(value: Any, path: str) -> AccountItem:
        return read_user(mapping(value, path), path, observed_at, asked)

    accounts, unmapped = each(rows, "data", read)
    return Mapped(shape="x.users", accounts=accounts, unmapped=unmapped)


def read_posts(
    document: dict[str, Any],
    observed_at: datetime,
    *,
    asked: tuple[str, ...] = (),
    references_asked: bool = False,
) -> Mapped:
    """Posts of a timeline or a lookup, with the ids that the answer calls unknown.

    With `references_asked` a post without references is the account's own, whatever its text
    looks like. Raises ShapeError.
    """
    rows = _rows(document)
    asked = _expected(rows, asked)
    kinds = media_kinds(document)
    types_shown = not _lacks_attachments(rows, kinds) and (references_asked or _shows_types(rows))

    def read(value: Any, path: str) -> PostItem:
        post = mapping(value, path)
        kind = post_type(post, kinds, references_asked)
        open_ = kind in _OPEN and not types_shown
        return read_post(post, path, observed_at, asked, None if open_ else kind)

    posts, unmapped = each(rows, "data", read)
    authors, unread = _authors(document, posts, observed_at)
    meta = optional_inner(document, "meta")
    return Mapped(
        shape="x.posts",
        accounts=authors,
        posts=posts,
        gone=tuple(
            problem.id
            for problem in problems(document)
            if problem.outcome is Outcome.GONE and problem.resource in ("tweet", "post")
        ),
        unmapped=unmapped + unread + _drifted(posts),
        next=None if meta is None else optional_text(meta, "next_token", "meta"),
    )


def _rows(document: dict[str, Any]) -> list[Any]:
    data = document.get("data")
    if data is None:
        return []
    return [data] if isinstance(data, dict) else array(document, "data")


def _expected(rows: list[Any], asked: tuple[str, ...]) -> tuple[str, ...]:
    seen = {key for row in rows if isinstance(row, dict) for key in ASKED_FIELDS if key in row}
    return tuple(sorted(seen | set(asked)))


def _drifted(posts: tuple[PostItem, ...]) -> tuple[str, ...]:
    """Paths of own counters that not one of many posts has."""
    own = [post for post in posts if any(c.value is not None for c in post.counts.values())]
    return tuple(f"data[*].public_metrics ({name})" for name in never_counted(own))


def _shows_types(rows: list[Any]) -> bool:
    """Whether the answer shows at all what its posts are made of."""
    telling = ("attachments", "entities", "referenced_posts", "referenced_tweets")
    return any(key in row for row in rows if isinstance(row, dict) for key in telling)


def _lacks_attachments(rows: list[Any], kinds: Mapping[str, str]) -> bool:
    """Whether media came along that no post refers to: which posts have videos is not known."""
    return bool(kinds) and not any(dig(row, "attachments", "media_keys") for row in rows)


def _authors(
    document: dict[str, Any], posts: tuple[PostItem, ...], observed_at: datetime
) -> tuple[tuple[AccountItem, ...], tuple[str, ...]]:
    """Included users with counters who wrote a listed post; the rest came along by reference."""
    users = dig(document, "includes", "users")
    authors = {post.account for post in posts}
    listed = [
        user
        for user in (users if isinstance(users, list) else [])
        if isinstance(user, dict) and "public_metrics" in user and str(user.get("id")) in authors
    ]

    def read(value: Any, path: str) -> AccountItem:
        return read_user(value, path, observed_at, ())

    try:
        return each(listed, "includes.users", read)
    except ShapeError as error:
        return (), (error.path,)

"""Public answers of www.instagram.com as rows, by the shape of the objects anywhere in them.

Two dialects of a post are about: the older GraphQL one (`taken_at_timestamp`, counters in edges)
and that of the private API, which pages embed too (`taken_at`, `like_count`). Pictures of albums,
comments, suggestions and stories are no posts of the account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from crawler.errors import ShapeError
from crawler.platforms.instagram import web_post
from crawler.reading.rows import readable
from crawler.reading.shape import dig, flag, optional_text, walk
from model.items import AccountItem, Mapped, PostItem

_ELSEWHERE = re.compile(
    r"(?:^|[.\]])(?:carousel_media|edge_sidecar_to_children|edge_media_to_(?!timeline)\w+|"
    r"edge_web_media_to_related_media|edge_related_profiles|edge_chaining|related_profiles|"
    r"suggested_users|chaining\w*|comments|preview_comments|edge_media_preview_comment|usertags|"
    r"\w*top_likers|\w*coauthor_producers|clips_metadata|edge_mutual_followed_by|sponsor_tags|"
    r"edge_saved_media|edge_media_collections|edge_highlight_reels|reels_media|highlights)(?=[.\[]|$)"
)
"""Below these keys are other people's things, or parts of a post."""


def map_documents(documents: list[Any], observed_at: datetime) -> Mapped | None:
    """What an answer's documents show; None if there is nothing of Instagram in them."""
    posts, failed = _posts(documents, observed_at)
    accounts, broken = _accounts(documents, observed_at)
    if not (posts or accounts or failed or broken):
        return None
    if not (posts or accounts):
        raise ShapeError((*failed, *broken)[0])
    return Mapped(
        shape="instagram.web",
        accounts=accounts,
        posts=posts,
        unmapped=(*failed, *broken),
        next=_next(documents),
    )


def _own(documents: list[Any], predicate: Any) -> Iterable[tuple[str, dict[str, Any]]]:
    for path, obj in walk(documents, predicate):
        if not _ELSEWHERE.search(path):
            yield path, obj


def _posts(
    documents: list[Any], observed_at: datetime
) -> tuple[tuple[PostItem, ...], tuple[str, ...]]:
    """Every post once: the copy with the most counters, for pages repeat them with fewer."""
    failed: list[ShapeError] = []
    posts: dict[str, PostItem] = {}
    objects = _own(documents, web_post.is_counted_post)
    for post in readable(objects, partial(web_post.post_row, observed_at=observed_at), failed):
        if post.id not in posts or _known(post) > _known(posts[post.id]):
            posts[post.id] = post
    return tuple(posts.values()), tuple(error.path for error in failed)


def _accounts(
    documents: list[Any], observed_at: datetime
) -> tuple[tuple[AccountItem, ...], tuple[str, ...]]:
    failed: list[ShapeError] = []
    accounts: dict[str, AccountItem] = {}
    objects = _own(documents, web_post.is_counted_user)
    for account in readable(objects, partial(web_post.user_row, observed_at=observed_at), failed):
        key = account.id or f"@{account.handle}"
        if key not in accounts or _known(account) > _known(accounts[key]):
            accounts[key] = account
    for path, obj in _own(documents, lambda o: "edge_owner_to_timeline_media" in o):
        owner = web_post.timeline_owner(obj, path, observed_at)
        if owner is not None:
            accounts.setdefault(owner.id, owner)
    return tuple(accounts.values()), tuple(error.path for error in failed)


def _known(row: AccountItem | PostItem) -> int:
    return sum(count.value is not None for count in row.counts.values())


def _next(documents: list[Any]) -> str | None:
    """The cursor of a timeline's next page, in either dialect."""
    for path, info in walk(documents, lambda obj: "end_cursor" in obj):
        if "timeline" in path and flag(info, "has_next_page", path):
            return optional_text(info, "end_cursor", path)
    for _, info in walk(documents, lambda obj: obj.get("more_available") is True):
        cursor = dig(info, "max_id") or dig(info, "next_max_id")
        if isinstance(cursor, str):
            return cursor
    return None

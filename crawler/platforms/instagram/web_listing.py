"""A profile's list of its newest posts, as its page embeds it: codes, and little else.

2026   polaris_ordered_timeline_connection.edges[].node {code, id}
2018   edge_owner_to_timeline_media.edges[].node {shortcode, id}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.errors import ShapeError
from crawler.reading.shape import array, child, dig, flag, ident, inner, text, walk

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONNECTIONS = ("polaris_ordered_timeline_connection", "edge_owner_to_timeline_media")


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post in the list."""

    id: str
    code: str
    """Names it in its address."""
    pinned: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The list, pinned posts first, then the newest first."""

    posts: tuple[ListedPost, ...]
    more: bool
    """Whether older posts exist; logged out they are not shown."""


def listing_in(documents: list[Any]) -> Listing | None:
    """The list of a profile's page; None if there is none. Raises ShapeError."""
    for path, obj in walk(documents, _holds_list):
        name = next(name for name in _CONNECTIONS if _is_list(obj.get(name)))
        at = child(path, name)
        return Listing(tuple(_posts(obj[name], at)), _more(obj[name], at))
    return None


def _holds_list(obj: dict[str, Any]) -> bool:
    return any(_is_list(obj.get(name)) for name in _CONNECTIONS)


def _is_list(connection: Any) -> bool:
    return isinstance(dig(connection, "edges"), list)


def _more(connection: dict[str, Any], path: str) -> bool:
    at = child(path, "page_info")
    more = flag(inner(connection, "page_info", path), "has_next_page", at)
    if more is None:
        raise ShapeError(child(at, "has_next_page"))
    return more


def _posts(connection: dict[str, Any], path: str) -> Iterator[ListedPost]:
    for number, edge in enumerate(array(connection, "edges", path)):
        at = f"{child(path, 'edges')}[{number}].node"
        node = dig(edge, "node")
        if not isinstance(node, dict):
            raise ShapeError(at)
        code = text(node, "code" if "code" in node else "shortcode", at)
        if not _CODE.fullmatch(code):
            raise ShapeError(child(at, "code"), "is no code of a post")
        key = ident(node.get("pk") or node.get("id"), child(at, "id")).partition("_")[0]
        pinned = node.get("timeline_pinned_user_ids") or node.get("pinned_for_users")
        yield ListedPost(key, code, bool(pinned))


def code_of(post: str) -> str:
    """The code in a post's address: its id in base 64. Raises ShapeError for what is no id."""
    if not (post.isascii() and post.isdigit() and len(post) <= 20):
        raise ShapeError("id", f"is no id of a post: {post[:40]!r}")
    number, code = int(post), ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        code = _ALPHABET[digit] + code
    return code

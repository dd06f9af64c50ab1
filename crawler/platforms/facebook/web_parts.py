"""A page's timeline in the parts in which it comes: the page itself, then its own queries.

Posts come newest first, but for pinned ones ahead of them; three come with the page and with each
query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from crawler.contract import Answer, Call, Captured
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.facebook import map as recognise
from crawler.platforms.facebook import web_map
from crawler.platforms.facebook.web_post import is_story
from crawler.reading import meta_pages
from crawler.reading.public import check_page
from crawler.reading.shape import walk
from model.items import Mapped, PostItem
from model.messages import Window
from model.route import Route

QUERIES = "/api/graphql/"
"""Where pages fetch further posts."""
PINNED = 3
"""So many old posts may stand ahead of newer ones."""
TIMELINE = "timeline"
SHAPE = "facebook.web"
_LISTED = re.compile(r"timeline[^.]*\.edges\[\d+\]\.node$", re.IGNORECASE)
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer shows of the timeline."""

    mapped: Mapped
    more: bool | None
    """Whether further posts follow; None if it does not tell."""
    owners: dict[str, str]
    """Ids of pages by those of the profiles that stand for them."""


def page(body: bytes, observed_at: datetime) -> Part:
    """The page itself. Raises the CrawlError of a wall, ShapeError for what is no page."""
    documents = meta_pages.documents(body)
    found = _part(body, documents, observed_at)
    return found or replace(_NOTHING, mapped=recognise.answer(body, observed_at, Route.WEB))


def query(answer: Answer) -> Part:
    """What the page fetched for itself; other things than posts are an empty part.

    Raises the CrawlError that a refusal stands for.
    """
    check_page(answer)
    documents = meta_pages.documents(answer.body)
    found = _part(answer.body, documents, answer.observed_at)
    if found is None:
        for document in documents:
            refused = web_map.refusal(document)
            if refused is not None:
                raise refused
    return found or _NOTHING


def _part(body: bytes, documents: list[Any], observed_at: datetime) -> Part | None:
    """None for an answer that has nothing to do with pages and their posts."""
    more = _more(documents)
    mapped = web_map.rows(body, documents, observed_at)
    if mapped is None and more is None:
        return None
    mapped = mapped or Mapped(shape=SHAPE)
    lost = (*mapped.unmapped, *_unread(documents, mapped))
    return Part(msgspec.structs.replace(mapped, unmapped=lost), more, web_map.owners(documents))


def _unread(documents: list[Any], mapped: Mapped) -> Iterator[str]:
    """Posts of the list that gave no row, for instance without their numbers."""
    rows = {_number(post) for post in mapped.posts}
    for path, obj in walk(documents, is_story):
        if _LISTED.search(path) and str(obj["post_id"]) not in rows:
            yield path


def _more(documents: list[Any]) -> bool | None:
    for path, info in walk(documents, lambda obj: isinstance(obj.get("has_next_page"), bool)):
        if "timeline" in path.lower():
            return bool(info["has_next_page"])
    return None


_NOTHING = Part(Mapped(shape=SHAPE), None, {})


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back the posts of a page go that have come so far."""

    window: Window
    shown: frozenset[str] = frozenset()
    older: int = 0
    """Posts before the window, in a row, at the end of what came."""
    more: bool | None = None

    def after(self, found: Part) -> Reach:
        """With one more part; a post that came before does not count again."""
        older = self.older
        keys = [_number(post) for post in found.mapped.posts]
        for key, post in zip(keys, found.mapped.posts, strict=True):
            if key not in self.shown and post.published_at is not None:
                older = older + 1 if post.published_at < self.window.start else 0
        more = self.more if found.more is None else found.more
        return replace(self, shown=self.shown | set(keys), older=older, more=more)

    @property
    def whole(self) -> bool:
        """Whether no post of the window can be missing."""
        return self.more is False or self.older > PINNED


class Covered:
    """Asked while the page is scrolled: whether its posts reach back to before the window.

    Answers are read once; what cannot be read ends the scrolling.
    """

    def __init__(self, window: Window) -> None:
        self._start = Reach(window)
        self._read: dict[bytes, Part | None] = {}

    def __call__(self, html: bytes, captured: Sequence[Captured]) -> bool:
        """Whether that is enough."""
        reach = self._start
        for one in (Captured(url="", status=200, body=html), *captured):
            found = self._part(one, is_page=one.body is html)
            if found is None:
                return True
            reach = reach.after(found)
        return reach.whole

    def _part(self, one: Captured, *, is_page: bool) -> Part | None:
        if one.body not in self._read:
            call = Call(endpoint=TIMELINE, url=one.url, route=Route.WEB)
            answer = Answer(
                call=call, status=one.status, headers={}, body=one.body, observed_at=_EPOCH
            )
            self._read[one.body] = _unless_refused(answer, is_page=is_page)
        return self._read[one.body]


def _unless_refused(answer: Answer, *, is_page: bool) -> Part | None:
    try:
        return page(answer.body, answer.observed_at) if is_page else query(answer)
    except CrawlError:
        return None


def owned(mapped: Mapped, account: str, owners: dict[str, str]) -> Mapped:
    """The page's own posts, named by the page rather than by the profile that stands for it.

    Raises ShapeError if there are posts, and none of them is the page's.
    """
    named = [_renamed(post, owners) for post in mapped.posts]
    own = tuple(post for post in named if post.account == account)
    if named and not own:
        raise ShapeError("actors", f"none of the posts is of page {account}")
    return msgspec.structs.replace(mapped, posts=own)


def _renamed(post: PostItem, owners: dict[str, str]) -> PostItem:
    page = owners.get(str(post.account))
    if page is None:
        return post
    return msgspec.structs.replace(post, account=page, id=f"{page}_{_number(post)}")


def _number(post: PostItem) -> str:
    return post.id.rpartition("_")[2]

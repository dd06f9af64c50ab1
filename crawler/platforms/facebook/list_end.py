"""What the end of a page's list of posts proves (Graph API: Page Feed, Paginated Results).

A sound list ends with a page that is not full, has cursors and no `next`, or with no rows and no
cursors. A full page without `next`, rows without `paging`, no rows between cursors: paging may have
been lost. About 600 posts of a year are listed, whatever lies behind them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crawler.reading.shape import dig
from model.items import PostItem
from model.messages import Window
from model.platforms import FACTS
from model.proof import Proof

_CEILING = FACTS["facebook"].lists["api"].ceilings[0].most
_SECOND = timedelta(seconds=1)
"""The edge is asked for so much more than the window."""
_NEAR = 0.9
"""The ceiling is approximate: from this part of it on, the end of a list is no proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRead:
    """One page of the list, as far as it tells where the list ends."""

    posts: Sequence[PostItem] = ()
    rows: int = 0
    """Rows listed, those that could not be read among them."""
    full: bool = False
    cursors: bool = False
    more: bool = False

    @classmethod
    def of(cls, document: dict[str, Any], posts: Sequence[PostItem], limit: int) -> PartRead:
        """Of an answer to a call for `limit` rows."""
        listed, paging = document.get("data"), document.get("paging")
        rows = len(listed) if isinstance(listed, list) else 0
        return cls(
            posts=posts,
            rows=rows,
            full=rows >= limit,
            cursors=dig(paging, "cursors") is not None,
            more=dig(paging, "next") is not None,
        )


@dataclass(frozen=True, slots=True)
class ListEnd:
    """What is known of a list's end after some of its pages."""

    window: Window
    last: PartRead = PartRead()
    rows: int = 0
    fresh: tuple[datetime, ...] = ()
    """Dates of posts of the window that no list before this one showed."""
    older: tuple[datetime, ...] = ()
    """Dates of posts from before the window."""
    repeats: bool = False
    """Whether a list was asked for before this one."""
    follows_posts: bool = False
    """Whether a list before it showed posts, of which it should begin with the oldest."""
    follows_ceiling: bool = False
    """Whether the list before it was about as long as any can be."""

    def after(self, part: PartRead, known: Collection[str]) -> ListEnd:
        """With one more page; `known`: the posts of all pages before it."""
        dated = [(post.id, post.published_at) for post in part.posts if post.published_at]
        fresh = [at for key, at in dated if key not in known and at >= self.window.start]
        older = [at for _, at in dated if at < self.window.start - _SECOND]
        return replace(
            self,
            last=part,
            rows=self.rows + part.rows,
            fresh=(*self.fresh, *fresh),
            older=(*self.older, *older),
        )

    def again(self) -> ListEnd:
        """Before the list is asked for once more, from its oldest post back."""
        return ListEnd(
            self.window,
            repeats=True,
            follows_posts=self.follows_posts or self.rows > 0,
            follows_ceiling=self._is_long,
        )

    @property
    def may_ask_again(self) -> bool:
        """Whether another list may tell more: not after one that brought nothing new."""
        return not self.repeats or bool(self.fresh)

    @property
    def at_ceiling(self) -> bool:
        """Whether posts of the window may lie behind the ceiling: it was met, and no post of the
        same year from beyond it was shown.
        """
        if self._is_long:
            return True
        if not self.follows_ceiling or self.fresh:
            return False
        return all(at.year != self.window.start.year for at in self.older)

    def proof(self) -> Proof | None:
        """What proves that no post of the window is missing, once no page follows."""
        if self.at_ceiling:
            return None
        if self.older:
            return Proof.OLDER_POST
        return Proof.END_MARK if self._has_end_mark else None

    @property
    def _is_long(self) -> bool:
        return self.rows >= _CEILING * _NEAR

    @property
    def _has_end_mark(self) -> bool:
        last = self.last
        if last.more or last.full:
            return False
        if last.rows:
            return last.cursors
        # Rows are filtered after pages are cut: no rows between cursors are believed when a wider
        # list has none either.
        empty = self.rows == 0 and not self.follows_posts
        return empty and (self.repeats or not last.cursors)

    def missing(self, shown: int) -> str:
        """For people: what came, and what would have been proof."""
        if self.at_ceiling:
            return (
                f"the list ended after {shown} posts; about {_CEILING} of a year are listed, "
                "so older ones of the window may be missing"
            )
        came = "led in a circle" if self.last.more else f"ended on {self._last_page}"
        return f"after {shown} posts the list {came}; nothing proves that it is whole"

    @property
    def _last_page(self) -> str:
        if self.last.full:
            return "a full page without a next one"
        return "a page without cursors" if self.last.rows else "a page without posts"

"""Reading pages of single posts one after another, and what views are on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.instagram import calls
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.instagram.map import map_answer
from crawler.platforms.instagram.web_listing import code_of
from model.count import Missing
from model.items import VIDEO_TYPES, Mapped, PostItem
from model.messages import Visit
from model.route import Route

_SHAPE = "instagram.web"
_COUNTED = ("likes", "comments", "views")


def with_views(post: PostItem) -> PostItem:
    """A video whose views are its plays.

    `play_count` counts every start, as the views do that the official route gives since 2025;
    `view_count`, which a page may show beside it, is the older count of those who watched for
    three seconds. Plays are kept under their own name too.
    """
    plays = post.counts.get("plays")
    if post.type not in VIDEO_TYPES or plays is None or plays.missing is Missing.NOT_READ:
        return post
    return msgspec.structs.replace(post, counts={**post.counts, "views": plays})


def is_whole(post: PostItem) -> bool:
    """Whether a list shows all that the post's own page would."""
    unread = [name for name in _COUNTED if post.counts[name].missing is Missing.NOT_READ]
    return post.published_at is not None and not unread


@dataclass(slots=True, eq=False)
class PostPages:
    """The pages of one visit's posts, one at a time: whoever meets a wall asks for no more."""

    visit: Visit
    config: InstagramConfig
    asked: set[str] = field(default_factory=set)
    """Posts that need not be asked for any more."""
    dates: dict[str, datetime] = field(default_factory=dict)
    """When posts were published that were read."""
    others: set[str] = field(default_factory=set)
    """Posts of somebody else that the profile shows, for instance made together."""

    def in_turn(self, posts: Sequence[str], last: Close) -> Iterator[Action]:
        """The pages of these posts, then `last`."""
        waiting = [post for post in posts if post not in self.asked]
        if not waiting:
            yield last
            return
        first, *rest = waiting
        yield self.ask(first, code_of(first), lambda: self.in_turn(rest, last))

    def ask(self, post: str, code: str, onward: Callable[[], Iterable[Action]]) -> Fetch:
        """The page of a post, and then what `onward` gives."""
        self.asked.add(post)

        def then(answer: Answer) -> Iterator[Action]:
            yield Page(answer, self._mapped(post, answer), (self.visit,))
            yield from onward()

        return Fetch(calls.public_page(self.config, "post", f"p/{code}"), then, (self.visit,))

    def _mapped(self, post: str, answer: Answer) -> Mapped:
        if answer.status == 404:
            return Mapped(shape=_SHAPE, gone=(post,))
        mapped = map_answer(answer.body, answer.observed_at, Route.WEB)
        mine = [row for row in mapped.posts if row.id == post]
        if not mine or mine[0].published_at is None:
            raise ShapeError("xig_polaris_media", f"of post {post} is not in its page")
        return msgspec.structs.replace(mapped, accounts=(), posts=self.note(mine))

    def note(self, rows: Iterable[PostItem]) -> tuple[PostItem, ...]:
        """Remembers when posts were published; gives those of the visited account."""
        own: list[PostItem] = []
        for row in rows:
            self.asked.add(row.id)
            if row.published_at is not None:
                self.dates[row.id] = row.published_at
            if self.visit.account.isdigit() and row.account not in (None, self.visit.account):
                self.others.add(row.id)
            else:
                own.append(with_views(row))
        return tuple(own)

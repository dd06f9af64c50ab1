"""The kinds of a post's reactions (love, care, …), where the settings ask for them.

One answer holds a field once, and its alias is closed to apps registered since 2026-11-04; so each
kind of each post is a read of its own, 50 a batch (Graph API v27.0, changelog).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.facebook import calls
from crawler.platforms.facebook.batch import Part, read_parts
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.videos import KeptPage, Views
from crawler.platforms.paging import chunks
from crawler.reading.shape import dig, whole
from model.items import Mapped
from model.messages import Visit

_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Asks for every kind of every post's reactions, then goes on to the views."""

    visit: Visit
    config: FacebookConfig
    pages: tuple[KeptPage, ...]
    close: Close
    pending: tuple[tuple[_Pair, ...], ...]
    found: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def of_pages(
        cls, visit: Visit, config: FacebookConfig, pages: tuple[KeptPage, ...], close: Close
    ) -> Kinds:
        """What remains to be done for pages of posts: nothing where kinds are not asked for."""
        posts = [post.id for page in pages for post in page.mapped.posts]
        pairs = calls.kinds_of(posts) if config.reaction_kinds else []
        pending = tuple(tuple(some) for some in chunks(pairs, config.objects_a_call))
        return cls(visit=visit, config=config, pages=pages, close=close, pending=pending)

    def step(self) -> Iterator[Action]:
        """The next kinds, or the views once all were answered."""
        if not self.pending:
            pages = tuple(self._with_kinds(page) for page in self.pages)
            yield from Views.of_pages(self.visit, self.config, pages, self.close).start()
            return
        pairs, rest = self.pending[0], replace(self, pending=self.pending[1:])
        call = calls.reactions_by_kind(pairs, self.config)
        yield Fetch(call, lambda answer: rest.answered(answer, pairs), (self.visit,))

    def answered(self, answer: Answer, pairs: tuple[_Pair, ...]) -> Iterator[Action]:
        """One batch of kinds; those that did not come are not read, which is no gap."""
        yield Page(answer, Mapped(shape="facebook.reactions"), (self.visit,))
        parts = read_parts(answer)
        found = {post: dict(kinds) for post, kinds in self.found.items()}
        # Without ids of their own, the parts are known by their places alone.
        if len(parts) == len(pairs):
            for post, kinds in _totals(pairs, parts).items():
                found.setdefault(post, {}).update(kinds)
        yield from replace(self, found=found).step()

    def _with_kinds(self, page: KeptPage) -> KeptPage:
        posts = tuple(
            msgspec.structs.replace(post, reactions={**post.reactions, **self.found[post.id]})
            if post.id in self.found
            else post
            for post in page.mapped.posts
        )
        return replace(page, mapped=msgspec.structs.replace(page.mapped, posts=posts))


def _totals(pairs: tuple[_Pair, ...], parts: list[Part]) -> dict[str, dict[str, int]]:
    """By post, how many reactions of each kind there are, where an answer tells."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (post, kind), part in zip(pairs, parts, strict=True):
        total = None if isinstance(part, CrawlError) else dig(part, "summary", "total_count")
        if total is None:
            continue
        try:
            found[post][kind] = whole(total, f"{post}.{kind}")
        except ShapeError:
            continue
    return found

"""The end of a timeline or refresh visit: the videos' views, then every page, then the close.

A reading of a post is unique per visit, so the posts are harvested once, with all their counters:
their pages wait here until the videos were listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.facebook import videos
from crawler.platforms.facebook.config import FacebookConfig
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping
from model.items import Mapped, PostItem
from model.messages import Visit

PAGE = 100
"""Videos a call, the most the edge gives."""
_FIELDS = "id,created_time,permalink_url,views,post_id,live_status"
_EARLIER = timedelta(days=1)
"""A video can be made so long before the post that shows it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answered page of posts that waits for its views."""

    answer: Answer
    mapped: Mapped
    objects: Mapping[str, Any] = field(default_factory=dict)
    """What each post was read from, by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Lists a page's videos until every wanted one was met, then harvests."""

    visit: Visit
    config: FacebookConfig
    pages: tuple[Kept, ...]
    close: Close
    wanted: Mapping[str, frozenset[str]]
    floor: datetime | None
    found: Mapping[str, videos.Video] = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, visit: Visit, config: FacebookConfig, pages: tuple[Kept, ...], close: Close
    ) -> Views:
        """What remains to be done for pages of posts."""
        posts = [(post, page.objects.get(post.id)) for page in pages for post in page.mapped.posts]
        wanted = videos.wanted(posts)
        return cls(
            visit=visit,
            config=config,
            pages=pages,
            close=close,
            wanted=wanted,
            floor=_floor([post for post, _ in posts if post.id in wanted]),
        )

    def start(self) -> Iterator[Action]:
        """Asks for videos if any views are missing, else harvests at once."""
        if not self.wanted:
            yield from self._harvest()
            return
        path = f"{self.visit.account}/videos"
        yield self._fetch(graph.url(self.config, path, fields=_FIELDS, limit=PAGE))

    def _fetch(self, address: str) -> Fetch:
        asked = (*self.asked, address)
        call = Call(endpoint="videos", url=address)
        return Fetch(call, replace(self, asked=asked).answered, (self.visit,))

    def answered(self, answer: Answer) -> Iterator[Action]:
        """One page of videos, or the refusal to show any."""
        fault = graph.fault(answer)
        if isinstance(fault, graph.TooMuchData):
            yield self._fetch(smaller(answer.call.url, fault, PAGE))
            return
        if fault is not None:
            detail = f"views were not read: {fault.detail}"
            yield from replace(self, close=replace(self.close, detail=detail))._harvest()
            return
        document = mapping(decode(answer.body), "")
        listed, failed = videos.listing(document)
        yield Page(answer, Mapped(shape=videos.SHAPE, unmapped=failed), (self.visit,))
        found = {**self.found, **videos.joined(listed, self._missing())}
        yield from replace(self, found=found)._onward(document, listed)

    def _missing(self) -> dict[str, frozenset[str]]:
        return {post: keys for post, keys in self.wanted.items() if post not in self.found}

    def _onward(
        self, document: dict[str, Any], listed: tuple[videos.Video, ...]
    ) -> Iterator[Action]:
        following = graph.next_url(document, self.config.api_url)
        past = self.floor is not None and all(video.created < self.floor for video in listed)
        if following is None or not self._missing() or (listed and past):
            yield from self._harvest()
        else:
            yield self._fetch(unless_circular(following, self.asked))

    def _harvest(self) -> Iterator[Action]:
        for page in self.pages:
            mapped = videos.with_videos(page.mapped, self.found)
            yield Page(page.answer, mapped, (self.visit,))
        yield self.close


def _floor(posts: list[PostItem]) -> datetime | None:
    dates = [post.published_at for post in posts if post.published_at is not None]
    return min(dates) - _EARLIER if dates and len(dates) == len(posts) else None


def kept(answer: Answer, mapped: Mapped, document: Any, known: frozenset[str]) -> Kept:
    """A page of posts without those that an earlier page of the visit already held."""
    posts = tuple(post for post in mapped.posts if post.id not in known)
    data = dig(document, "data")
    listed = data if isinstance(data, list) else list(document.values())
    objects = {obj["id"]: obj for obj in listed if isinstance(dig(obj, "id"), str)}
    fewer = msgspec.structs.replace(mapped, posts=posts)
    return Kept(answer, fewer, objects)


def smaller(address: str, fault: graph.TooMuchData, most: int) -> str:
    """The same call for half as many. Raises the fault if there is no half."""
    limit = graph.limit_of(address, most) // 2
    if limit < 1:
        raise fault
    return graph.with_limit(address, limit)


def unless_circular(address: str, asked: tuple[str, ...]) -> str:
    """An address to go on with. Raises ShapeError if it was already asked for twice."""
    if asked.count(address) > 1:
        raise ShapeError("paging.next", "leads in a circle")
    return address

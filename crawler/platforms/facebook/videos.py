"""The views of a page's videos, joined to its posts; the end of a timeline or refresh visit.

A reading of a post is unique per visit, so the posts are harvested once, with all their counters:
their pages wait here until the videos were listed. A video's id is not its post's id. They meet in
the video's `post_id`, in the post's attachment (whose target is the video) or in the number at the
end of both addresses (Graph API reference: Page Videos, Video).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.facebook import calls
from crawler.platforms.facebook.api_parts import VIDEO_LIST, Video, numbers_in, read_videos
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.paging import Listed, chunks
from crawler.reading import graph
from crawler.reading.graph_batch import Part, read_parts
from crawler.reading.shape import decode, dig, mapping, whole
from model.count import Count
from model.items import VIDEO_TYPES, Mapped, PostItem, PostType
from model.messages import Visit

_EARLIER = timedelta(days=1)
"""A video can be made so long before the post that shows it."""


@dataclass(frozen=True, slots=True)
class KeptPage:
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
    pages: tuple[KeptPage, ...]
    close: Close
    wanted: Mapping[str, frozenset[str]]
    floor: datetime | None
    found: Mapping[str, Video] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    listed: Listed = field(default_factory=Listed)

    @classmethod
    def of_pages(
        cls, visit: Visit, config: FacebookConfig, pages: tuple[KeptPage, ...], close: Close
    ) -> Views:
        """What remains to be done for pages of posts."""
        posts = [(post, page.objects.get(post.id)) for page in pages for post in page.mapped.posts]
        wanted = _wanted(posts)
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
        yield self._fetch(calls.page_videos(self.visit.account, self.config))

    def _fetch(self, address: str) -> Fetch:
        asked = (*self.asked, address)
        call = Call(endpoint="videos", url=address)
        found = ((page.answer, _with_videos(page.mapped, self.found)) for page in self.pages)
        kept = kept_pages(self.visit, [KeptPage(answer, mapped) for answer, mapped in found])
        return Fetch(call, replace(self, asked=asked).answered, (self.visit,), cut=kept)

    def answered(self, answer: Answer) -> Iterator[Action]:
        """One page of videos, or the refusal to show any."""
        fault = graph.fault(answer)
        if isinstance(fault, graph.TooMuchData):
            yield self._fetch(graph.halved(answer.call.url, fault, calls.ROWS))
            return
        if fault is not None:
            views = f"views were not read: {fault.detail}"
            detail = f"{self.close.detail}; {views}" if self.close.detail else views
            yield from replace(self, close=replace(self.close, detail=detail))._harvest()
            return
        document = mapping(decode(answer.body), "")
        listed, failed = read_videos(document)
        yield Page(answer, Mapped(shape=VIDEO_LIST, unmapped=failed), (self.visit,))
        found = {**self.found, **_joined(listed, self._missing())}
        keys = {key for video in listed for key in video.keys}
        onward = replace(self, found=found, listed=self.listed.with_page(keys))
        yield from onward._onward(document, listed)

    def _missing(self) -> dict[str, frozenset[str]]:
        return {post: keys for post, keys in self.wanted.items() if post not in self.found}

    def _onward(self, document: dict[str, Any], listed: tuple[Video, ...]) -> Iterator[Action]:
        following = graph.next_url(document, self.config.api_url)
        past = self.floor is not None and all(video.created < self.floor for video in listed)
        aimless = following in self.asked or self.listed.leads_nowhere
        if following is None or aimless or not self._missing() or (listed and past):
            yield from self._harvest()
        else:
            yield self._fetch(following)

    def _harvest(self) -> Iterator[Action]:
        for page in self.pages:
            mapped = _with_videos(page.mapped, self.found)
            yield Page(page.answer, mapped, (self.visit,))
        yield self.close


def kept_pages(visit: Visit, pages: Sequence[KeptPage]) -> Callable[[], Iterator[Page]]:
    """What is harvested of a visit that ends before its pages were completed."""
    return lambda: (Page(page.answer, page.mapped, (visit,)) for page in pages)


def _floor(posts: list[PostItem]) -> datetime | None:
    dates = [post.published_at for post in posts if post.published_at is not None]
    return min(dates) - _EARLIER if dates and len(dates) == len(posts) else None


def keep_page(answer: Answer, mapped: Mapped, document: Any, known: frozenset[str]) -> KeptPage:
    """A page of posts without those that an earlier page of the visit already held."""
    posts = tuple(post for post in mapped.posts if post.id not in known)
    rows = dig(document, "data")
    listed = rows if isinstance(rows, list) else ()
    objects = {obj["id"]: obj for obj in listed if isinstance(dig(obj, "id"), str)}
    fewer = msgspec.structs.replace(mapped, posts=posts)
    return KeptPage(answer, fewer, objects)


def _wanted(document_posts: Iterable[tuple[PostItem, Any]]) -> dict[str, frozenset[str]]:
    """Of posts and the objects they were read from: those whose views are to be found, by keys."""
    return {
        post.id: _keys(post, obj)
        for post, obj in document_posts
        if post.type in VIDEO_TYPES and post.counts["views"].value is None
    }


def _keys(post: PostItem, obj: Any) -> frozenset[str]:
    attachments = _attachments(obj)
    targets = {str(t["id"]) for t in attachments if isinstance(t.get("id"), str | int)}
    addresses = [post.url, *(t.get("url") for t in attachments)]
    numbers = {number for address in addresses for number in numbers_in(address)}
    return frozenset({post.id.rpartition("_")[2], *targets, *numbers})


def _attachments(obj: Any) -> list[dict[str, Any]]:
    """The targets of a post's attachments, whatever else is in them."""
    listed = obj.get("attachments") if isinstance(obj, dict) else None
    data = listed.get("data") if isinstance(listed, dict) else None
    shown = data if isinstance(data, list) else ()
    targets = [a.get("target") for a in shown if isinstance(a, dict)]
    return [target for target in targets if isinstance(target, dict)]


def _joined(videos: Iterable[Video], posts: Mapping[str, frozenset[str]]) -> dict[str, Video]:
    """The video of every post that one of the videos belongs to, by post id."""
    by_key = {key: video for video in videos for key in video.keys}
    videos_of: dict[str, Video] = {}
    for post, keys in posts.items():
        video = next((by_key[key] for key in sorted(keys) if key in by_key), None)
        if video is not None:
            videos_of[post] = video
    return videos_of


def _with_videos(mapped: Mapped, videos: Mapping[str, Video]) -> Mapped:
    """The same rows, with what their videos show: views, and that it was a broadcast."""
    posts = tuple(_with(post, videos.get(post.id)) for post in mapped.posts)
    return msgspec.structs.replace(mapped, posts=posts)


def _with(post: PostItem, video: Video | None) -> PostItem:
    if video is None:
        return post
    views = Count.not_read() if video.views is None else Count(video.views)
    kind = PostType.LIVE if video.live and post.type is PostType.VIDEO else post.type
    return msgspec.structs.replace(post, type=kind, counts={**post.counts, "views": views})


_Pair = tuple[str, str]
"""A post and a kind of reaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Asks for every kind of every post's reactions, then goes on to the views.

    One answer holds a field once, and its alias is closed to apps registered since 2026-11-04; so
    each kind of each post is a read of its own, 50 a batch (Graph API v27.0, changelog).
    """

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
        kept = kept_pages(self.visit, self.pages)
        yield Fetch(call, lambda answer: rest.answered(answer, pairs), (self.visit,), cut=kept)

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

"""Reading videos by id, 50 a call, for several visits that share their calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import Retry
from crawler.platforms.youtube import api_map, calls
from crawler.reading import shape
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, VisitKind

SUSPICIOUS = 5
"""Videos that were just listed are not all gone at once; fewer than these may be."""


@dataclass(slots=True, eq=False)
class Walk:
    """What is known of one visit while it lasts."""

    visit: Visit
    wanted: dict[str, bool] = field(default_factory=dict)
    """Ids to ask for, in order; True where the uploads list gave a date within the window."""
    open: set[str] = field(default_factory=set)
    """Ids that are queued or asked for, and not answered yet."""
    listing: bool = True
    """Whether further ids may come."""
    tokens: set[str] = field(default_factory=set)
    """Page tokens of the list that were used."""
    seen: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Ids and paths that were in an answer, but could not be read."""

    def want(self, video: str, *, dated: bool) -> bool:
        """Notes an id to ask for; False if it was noted before."""
        if video in self.wanted:
            return False
        self.wanted[video] = dated
        self.open.add(video)
        return True

    def note(self, video: str, post: PostItem | None, *, answered: bool) -> None:
        """Notes what videos.list said about one id."""
        self.open.discard(video)
        if post is None:
            self.lost += [video] if answered else []
        elif self._shown_in_window(post):
            self.seen.append(video)

    def _shown_in_window(self, post: PostItem) -> bool:
        window = self.visit.window
        if self.visit.kind is not VisitKind.TIMELINE or post.published_at is None:
            return False
        return window is None or post.published_at in window

    def close(self) -> Close:
        """The visit's end. What could not be read makes it incomplete."""
        seen = tuple(self.seen)
        if self.lost:
            detail = f"could not be read: {', '.join(self.lost[:5])}"
            return Close(self.visit, Outcome.CHANGED_SHAPE, detail, seen)
        found = self.seen if self.visit.kind is VisitKind.TIMELINE else self.wanted
        return Close(self.visit, Outcome.OK if found else Outcome.OK_NOTHING_NEW, "", seen)


Batch = list[tuple[str, Walk]]


class Videos:
    """A queue of video ids over several visits. A visit whose call failed drops out of it."""

    def __init__(self, config: PlatformConfig, visits: Sequence[Visit]) -> None:
        self.config = config
        self.walks = {visit.id: Walk(visit) for visit in visits}
        self._queue: Batch = []

    def enqueue(self, walk: Walk, ids: Iterable[str]) -> None:
        """Puts ids of a walk in line."""
        self._queue.extend((video, walk) for video in ids)

    def drain(self) -> Iterator[Action]:
        """Calls for the full batches, and for the rest once no further ids may come."""
        last = not any(walk.listing for walk in self.walks.values())
        while len(self._queue) >= calls.AT_ONCE or (last and self._queue):
            batch, self._queue = self._queue[: calls.AT_ONCE], self._queue[calls.AT_ONCE :]
            yield self._fetch(batch)

    def drop(self, visits: Iterable[Visit]) -> Iterator[Action]:
        """Forgets visits that were closed elsewhere, and goes on with the others."""
        for visit in visits:
            self.walks.pop(visit.id, None)
        self._queue = [entry for entry in self._queue if entry[1].visit.id in self.walks]
        yield from self.drain()

    def finish(self, walk: Walk) -> Iterator[Action]:
        """Closes a walk if nothing more is to come for it."""
        if walk.listing or walk.open or walk.visit.id not in self.walks:
            return
        del self.walks[walk.visit.id]
        yield walk.close()

    def _fetch(self, batch: Batch) -> Fetch:
        ids = list(dict.fromkeys(video for video, _ in batch))
        visits = tuple({walk.visit.id: walk.visit for _, walk in batch}.values())
        return Fetch(
            calls.videos(self.config, ids),
            lambda answer: self._answered(answer, batch, visits),
            visits,
            lambda: self.drop(visits),
        )

    def _answered(
        self, answer: Answer, batch: Batch, visits: tuple[Visit, ...]
    ) -> Iterator[Action]:
        body = shape.mapping(shape.decode(answer.body), "")
        mapped = api_map.videos(body, answer.observed_at, counted=True)
        there = api_map.present(body, api_map.VIDEOS)
        _refuse_mass_absence(batch, there)
        mapped = _completed(mapped, batch, there)
        yield Page(answer, mapped, visits)
        posts = {post.id: post for post in mapped.posts}
        for video, walk in batch:
            walk.note(video, posts.get(video), answered=there is None or video in there)
        for walk in {walk.visit.id: walk for _, walk in batch}.values():
            yield from self.finish(walk)


class Refreshes(Videos):
    """Visits of kind refresh: known videos by id."""

    def start(self) -> Iterator[Action]:
        """All batches."""
        for walk in list(self.walks.values()):
            walk.listing = False
            self.enqueue(walk, [v for v in walk.visit.posts if walk.want(v, dated=False)])
            yield from self.finish(walk)
        yield from self.drain()


def _refuse_mass_absence(batch: Batch, there: set[str] | None) -> None:
    """Raises Retry if the API knows none of many videos that its own lists have just shown."""
    dated = sum(walk.wanted[video] for video, walk in batch)
    if dated >= SUSPICIOUS and there is not None and not there:
        raise Retry(Outcome.EMPTY_UNEXPECTED, f"videos: none of {dated} listed videos came")


def _completed(mapped: Mapped, batch: Batch, there: set[str] | None) -> Mapped:
    """With the owners that the answer leaves out, and the ids it silently omits as gone."""
    owners = {video: walk.visit.account for video, walk in batch}
    posts = tuple(
        post if post.account else msgspec.structs.replace(post, account=owners.get(post.id))
        for post in mapped.posts
    )
    gone = () if there is None else tuple(video for video in owners if video not in there)
    return msgspec.structs.replace(mapped, posts=posts, gone=gone)

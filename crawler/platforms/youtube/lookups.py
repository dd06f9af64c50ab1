"""Channels and known videos by id, 50 a call, for several visits that share their calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import Retry
from crawler.platforms.paging import (
    Listed,
    finished,
    handle_of,
    knows_id,
    unproven,
    with_owners,
)
from crawler.platforms.youtube import api_map, calls
from crawler.reading import shape
from model.count import Missing
from model.items import AccountItem, Mapped, PostItem
from model.messages import Outcome, Visit, VisitKind
from model.proof import Proof

_SUSPICIOUS = 5
"""Videos that were just listed are not all gone at once; fewer than these may be."""


def profiles(visits: Sequence[Visit], config: PlatformConfig) -> Iterator[Action]:
    """Channels by id, 50 a call; where a visit knows the handle alone, by that, one a call."""
    known = tuple(visit for visit in visits if knows_id(visit))
    if known:
        yield _by_ids(config, known)
    for visit in visits:
        if not knows_id(visit):
            yield _by_handle(config, visit)


def _by_ids(config: PlatformConfig, visits: tuple[Visit, ...]) -> Fetch:
    ids = list(dict.fromkeys(visit.account for visit in visits))

    def then(answer: Answer) -> Iterable[Action]:
        body = shape.mapping(shape.decode(answer.body), "")
        mapped = api_map.map_channels(body, answer.observed_at)
        accounts = {account.id: account for account in mapped.accounts}
        rest = _still_to_come(body, visits)
        yield Page(answer, mapped, visits)
        for visit in visits:
            if visit not in rest:
                yield _closed_profile(visit, body, accounts.get(visit.account))
        if rest:
            yield _by_ids(config, rest)

    return Fetch(calls.list_channels(config, ids), then, visits)


def _still_to_come(body: dict[str, Any], visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """Visits whose channel may yet come, because the answer says that it was cut short.

    Only after progress: an answer without any of the channels has no sequel.
    """
    there = api_map.present(body, api_map.CHANNELS)
    if not there or shape.optional_text(body, "nextPageToken") is None:
        return ()
    rest = tuple(visit for visit in visits if visit.account not in there)
    return rest if len(rest) < len(visits) else ()


def _by_handle(config: PlatformConfig, visit: Visit) -> Fetch:
    def then(answer: Answer) -> Iterable[Action]:
        body = shape.mapping(shape.decode(answer.body), "")
        mapped = api_map.map_channels(body, answer.observed_at)
        yield Page(answer, mapped, (visit,))
        yield _closed_profile(visit, body, next(iter(mapped.accounts), None))

    return Fetch(calls.list_channel_by_handle(config, visit.handle), then, (visit,))


def _closed_profile(visit: Visit, body: dict[str, Any], account: AccountItem | None) -> Close:
    """How one channel's visit ends."""
    if account is None:
        there = api_map.present(body, api_map.CHANNELS)
        named = visit.account if knows_id(visit) else f"@{handle_of(visit)}"
        if there is None or visit.account in there:
            return Close(visit, Outcome.CHANGED_SHAPE, f"channel {named} cannot be read")
        return Close(visit, Outcome.GONE, f"channels.list knows no channel {named}")
    if account.counts["followers"].missing is Missing.NOT_READ:
        detail = f"channel {account.id}: statistics.subscriberCount is missing"
        return Close(visit, Outcome.CHANGED_SHAPE, detail)
    return Close(visit, Outcome.OK, _new_handle(visit, account))


def _new_handle(visit: Visit, account: AccountItem) -> str:
    """A note if the handle is another one now; the row holds the new handle."""
    before, now = handle_of(visit), account.handle
    if not now or not before or now.casefold() == before.casefold():
        return ""
    return f"the handle @{before} is now @{now}"


@dataclass(slots=True, eq=False)
class VideoWalk:
    """How far one visit has been read."""

    visit: Visit
    wanted: dict[str, bool] = field(default_factory=dict)
    """Ids to ask for, in order; True where the uploads list gave a date within the window."""
    open: set[str] = field(default_factory=set)
    """Ids that are queued or asked for, and not answered yet."""
    listing: bool = True
    """Whether further ids may come."""
    listed: Listed = field(default_factory=Listed)
    """The videos of the list so far."""
    doubted: bool = False
    """Whether the page came empty, and was asked for a second time."""
    gap: bool = False
    """Whether a page of the list stayed empty."""
    unproven: str = ""
    """Why the list's end proves nothing."""
    proof: Proof | None = None
    """What shows that the list was read far enough; None as long as it goes on."""
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
        if post.account not in (None, self.visit.account):
            return False
        return window is None or post.published_at in window

    def close(self) -> Close:
        """The visit's end. What could not be read makes it incomplete."""
        seen = tuple(self.seen)
        if self.lost:
            detail = f"could not be read: {', '.join(self.lost[:5])}"
            return Close(self.visit, Outcome.CHANGED_SHAPE, detail, seen)
        if self.unproven:
            return unproven(self.visit, seen, self.unproven)
        if self.proof is not None:
            return finished(self.visit, seen, self.proof)
        return Close(self.visit, Outcome.OK if self.wanted else Outcome.OK_NOTHING_NEW, "", seen)


_Batch = list[tuple[str, VideoWalk]]


class Videos:
    """A queue of video ids over several visits. A visit whose call failed drops out of it."""

    def __init__(self, config: PlatformConfig, visits: Sequence[Visit]) -> None:
        self.config = config
        self.walks = {visit.id: VideoWalk(visit) for visit in visits}
        self._queue: _Batch = []

    def enqueue(self, walk: VideoWalk, ids: Iterable[str]) -> None:
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

    def finish(self, walk: VideoWalk) -> Iterator[Action]:
        """Closes a walk if nothing more is to come for it."""
        if walk.listing or walk.open or walk.visit.id not in self.walks:
            return
        del self.walks[walk.visit.id]
        yield walk.close()

    def _fetch(self, batch: _Batch) -> Fetch:
        ids = list(dict.fromkeys(video for video, _ in batch))
        visits = tuple({walk.visit.id: walk.visit for _, walk in batch}.values())
        return Fetch(
            calls.list_videos(self.config, ids),
            lambda answer: self._answered(answer, batch, visits),
            visits,
            lambda: self.drop(visits),
        )

    def _answered(
        self, answer: Answer, batch: _Batch, visits: tuple[Visit, ...]
    ) -> Iterator[Action]:
        body = shape.mapping(shape.decode(answer.body), "")
        mapped = api_map.map_videos(body, answer.observed_at, counted=True)
        there = api_map.present(body, api_map.VIDEOS)
        _refuse_mass_absence(batch, there)
        mapped = _completed(mapped, batch, there)
        yield Page(answer, mapped, visits)
        posts = {post.id: post for post in mapped.posts}
        for video, walk in batch:
            walk.note(video, posts.get(video), answered=there is None or video in there)
        for walk in {walk.visit.id: walk for _, walk in batch}.values():
            yield from self.finish(walk)


def refreshes(visits: Sequence[Visit], config: PlatformConfig) -> Iterator[Action]:
    """Known videos by id, in batches over all visits."""
    videos = Videos(config, visits)
    for walk in list(videos.walks.values()):
        walk.listing = False
        videos.enqueue(walk, [v for v in walk.visit.posts if walk.want(v, dated=False)])
        yield from videos.finish(walk)
    yield from videos.drain()


def _refuse_mass_absence(batch: _Batch, there: set[str] | None) -> None:
    """Raises Retry if the API knows none of many videos that its own lists have just shown."""
    dated = sum(walk.wanted[video] for video, walk in batch)
    if dated >= _SUSPICIOUS and there is not None and not there:
        raise Retry(Outcome.EMPTY_UNEXPECTED, f"videos: none of {dated} listed videos came")


def _completed(mapped: Mapped, batch: _Batch, there: set[str] | None) -> Mapped:
    """With the owners that the answer leaves out, and the ids it silently omits as gone."""
    owners = {video: walk.visit.account for video, walk in batch}
    posts = with_owners(mapped, owners)
    gone = () if there is None else tuple(video for video in owners if video not in there)
    return msgspec.structs.replace(mapped, posts=posts, gone=gone)

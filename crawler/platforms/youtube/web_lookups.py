"""Reading watch pages one after another: what each says of its video, and of obstacles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.youtube import calls
from crawler.platforms.youtube.config import YouTubeConfig
from crawler.platforms.youtube.map import map_page_data
from crawler.platforms.youtube.web_page import embedded
from crawler.platforms.youtube.web_post import collaborators
from model.bounds import OutOfBounds
from model.items import Mapped, PostItem, PostType
from model.messages import Outcome, Visit

_SHAPE = "youtube.watch_page"
_OF_THE_VIDEO = frozenset({Outcome.FORBIDDEN, Outcome.LOGIN_WALL})
"""Said by a player, these concern one video (an age limit, a region), not the reader."""


@dataclass(slots=True, eq=False)
class Watching:
    """The watch pages of one visit, one at a time: whoever meets a wall asks for no more."""

    config: YouTubeConfig
    visit: Visit
    listed: dict[str, PostItem] = field(default_factory=dict)
    """Videos as the feed or a tab showed them, by id."""
    dates: dict[str, datetime] = field(default_factory=dict)
    """When videos were published, as far as it is known."""
    read: set[str] = field(default_factory=set)
    """Videos whose page was asked for."""
    gone: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    """Videos that this channel made together with their owner, another channel."""
    lost: list[str] = field(default_factory=list)
    """What could not be read, in words."""

    def ask(self, video: str, onward: Callable[[], Iterable[Action]]) -> Fetch:
        """The page of a video, and then what `onward` gives."""
        self.read.add(video)

        def then(answer: Answer) -> Iterator[Action]:
            yield Page(answer, self._mapped(video, answer), (self.visit,))
            yield from onward()

        return Fetch(calls.watch_page(self.config, video), then, (self.visit,))

    def _mapped(self, video: str, answer: Answer) -> Mapped:
        # A page without any data is an obstacle to the visit; what the player says is about one
        # video, which is why both are read apart here.
        found = embedded(answer.body)
        data, played = found.get("ytInitialData"), found.get("ytInitialPlayerResponse")
        try:
            mapped = map_page_data(data, played, answer.observed_at)
        except CrawlError as error:
            return self._without_row(video, error)
        except OutOfBounds as error:
            raise ShapeError("row", str(error)) from error
        mine = [post for post in mapped.posts if post.id == video]
        if mine and mine[0].account not in (None, self.visit.account):
            if self.visit.account in collaborators(data):
                self.others.add(video)
                return Mapped(shape=_SHAPE)
            mine = []
        if not mine:
            raise ShapeError("currentVideoEndpoint", f"is not of video {video} of the channel")
        return msgspec.structs.replace(mapped, posts=(self._completed(mine[0]),))

    def _without_row(self, video: str, error: CrawlError) -> Mapped:
        if error.outcome is Outcome.GONE:
            self.gone.add(video)
            return Mapped(shape=_SHAPE, gone=(video,))
        if error.outcome not in _OF_THE_VIDEO:
            raise error
        if video not in self.dates:
            self.lost.append(f"{video} ({error.detail})")
        return Mapped(shape=_SHAPE, unmapped=(f"{video}: {error.detail}",))

    def _completed(self, post: PostItem) -> PostItem:
        """With what the list that showed the video knows better: its kind, its exact time."""
        shown = self.listed.get(post.id)
        published = self.dates.get(post.id) or post.published_at
        if published is None:
            self.lost.append(f"{post.id} (its time of publication)")
        else:
            self.dates[post.id] = published
        kind = shown.type if shown is not None else None
        return msgspec.structs.replace(
            post,
            account=self.visit.account,
            published_at=published,
            type=kind if kind in (PostType.SHORT, PostType.LIVE) else post.type,
        )


def refresh_pages(visit: Visit, config: YouTubeConfig) -> Iterator[Action]:
    """Known videos, a page each; those that are no more end as gone."""
    watching = Watching(config, visit)
    waiting = list(dict.fromkeys(visit.posts))

    def onward() -> Iterator[Action]:
        if waiting:
            yield watching.ask(waiting.pop(0), onward)
        else:
            outcome = Outcome.OK if watching.read else Outcome.OK_NOTHING_NEW
            yield unread(watching) or Close(visit, outcome)

    yield from onward()


def unread(watching: Watching, seen: tuple[str, ...] = ()) -> Close | None:
    """The end of a visit some of whose videos could not be read; None if all were."""
    if not watching.lost:
        return None
    detail = f"could not be read: {', '.join(watching.lost[:5])}"
    return Close(watching.visit, Outcome.CHANGED_SHAPE, detail, seen)

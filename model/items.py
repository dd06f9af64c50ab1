"""What a mapper makes of a raw answer: account rows and post rows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from model.bounds import (
    MOST_NAME,
    MOST_TEXT,
    MOST_URL,
    check_date,
    check_id,
    check_instant,
    check_keys,
    check_numbers,
    check_published,
    check_text,
)
from model.count import Count
from model.platform import PlatformName
from model.route import Route


class PostType(StrEnum):
    """What a post is made of, or how it relates to another post."""

    TEXT = "text"
    PHOTO = "photo"
    ALBUM = "album"
    VIDEO = "video"
    SHORT = "short"
    REEL = "reel"
    LIVE = "live"
    LINK = "link"
    REPOST = "repost"
    QUOTE = "quote"


VIDEO_TYPES = frozenset({PostType.VIDEO, PostType.SHORT, PostType.REEL, PostType.LIVE})
"""The types whose views are views of a video."""


class AccountItem(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """An account as one answer showed it at one instant."""

    platform: PlatformName
    id: str
    """The platform's immutable id; empty if the answer names the handle alone."""
    handle: str | None = None
    name: str | None = None
    created_at: datetime | None = None
    verified: bool | None = None
    observed_at: datetime
    source: Route = Route.API
    counts: dict[str, Count] = {}
    """followers, posts, views, likes (each only where the platform has it)."""

    def __post_init__(self) -> None:
        # `@handle` stands in the place of an id that is not known yet.
        check_id("account", self.id.removeprefix("@") or None)
        check_text("handle", self.handle, MOST_NAME)
        check_text("name", self.name, MOST_NAME)
        check_instant("created_at", self.created_at)
        check_instant("observed_at", self.observed_at)
        check_keys("counters", self.counts)


class PostItem(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A post as one answer showed it at one instant."""

    platform: PlatformName
    id: str
    account: str | None = None
    """The owner's immutable id where the answer tells it."""
    published_at: datetime | None = None
    """UTC, to the second; `None` where the answer holds no exact time."""
    published_on: date | None = None
    """Where the answer has a date alone."""
    type: PostType | None = None
    lang: str | None = None
    text: str | None = None
    url: str | None = None
    pinned: bool = False
    observed_at: datetime
    source: Route = Route.API
    counts: dict[str, Count] = {}
    """likes, comments, shares, views, and where offered saves, plays."""
    reactions: dict[str, int] = {}
    """Facebook's kinds of reactions, where the answer lists them."""

    def __post_init__(self) -> None:
        check_id("post", self.id)
        check_id("account", self.account)
        check_published("published_at", self.published_at)
        check_date("published_on", self.published_on)
        check_instant("observed_at", self.observed_at)
        check_text("lang", self.lang, MOST_NAME)
        check_text("text", self.text, MOST_TEXT)
        check_text("url", self.url, MOST_URL)
        check_keys("counters", self.counts)
        if self.reactions:
            check_keys("reactions", self.reactions)
            check_numbers("reactions", self.reactions.values())


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """All that a mapper read in one raw answer; `unmapped` holds paths that were expected."""

    shape: str
    """Which answer it was recognised as, e.g. `youtube.videos`."""
    accounts: tuple[AccountItem, ...] = ()
    posts: tuple[PostItem, ...] = ()
    gone: tuple[str, ...] = ()
    """Ids that the answer says do not exist (any more)."""
    unmapped: tuple[str, ...] = ()
    next: str | None = None
    """The cursor of the next page; `None` on the last one."""

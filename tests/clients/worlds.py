"""What a world file says, read without any code of the project, so that it can contradict it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

START = datetime(2025, 4, 30, 16, tzinfo=UTC)
END = datetime(2025, 5, 31, 16, tzinfo=UTC)
"""May 2025 in Shanghai, half-open."""
CUTOFF = datetime(2025, 6, 3, 16, tzinfo=UTC)
VIDEOS = frozenset({"video", "short", "reel", "live"})
SHOWN = {
    "facebook": {"likes", "comments", "shares", "views"},
    "x": {"likes", "comments", "shares", "views", "saves"},
    "instagram": {"likes", "comments", "views"},
    "youtube": {"likes", "comments", "views"},
    "tiktok": {"likes", "comments", "shares", "views", "saves"},
}
"""The counters that each official API shows."""
Counts = dict[str, int]


@dataclass(frozen=True)
class Post:
    """A post, with its counters as they moved."""

    id: str
    published: datetime
    deleted: datetime | None
    type: str
    pinned: bool
    readings: list[dict[str, Any]]

    def visible(self, now: datetime) -> bool:
        """Whether it can be seen at `now`."""
        return self.published <= now and (self.deleted is None or now < self.deleted)

    def counts(self, now: datetime) -> Counts:
        """Its counters at `now`; what is not shown has no key."""
        return counts(self.readings, now)


@dataclass(frozen=True)
class Account:
    """An account with its posts, oldest first."""

    platform: str
    id: str
    handle: str
    name: str
    readings: list[dict[str, Any]]
    posts: list[Post] = field(default_factory=list)

    def counts(self, now: datetime = CUTOFF) -> Counts:
        """Its counters at `now`."""
        return counts(self.readings, now)

    def visible(self, now: datetime = CUTOFF) -> list[Post]:
        """The posts that can be seen at `now`, oldest first."""
        return [post for post in self.posts if post.visible(now)]

    def month(self, *hidden: str) -> dict[str, Counts]:
        """Its own posts of the month by id, with the counts that the official API shows.

        `hidden` are counters that a client does not ask for. Reposts are no posts of its own.
        """
        return {
            post.id: {
                name: count
                for name, count in post.counts(CUTOFF).items()
                if name not in hidden and _shows(self.platform, post, name)
            }
            for post in self.visible()
            if START <= post.published < END and post.type != "repost"
        }


class World:
    """The accounts of a world file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._accounts: dict[tuple[str, str], Account] = {}
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        for line in lines:
            if line["kind"] == "account":
                account = _account(line)
                self._accounts[account.platform, account.id] = account
        for line in lines:
            if line["kind"] == "post":
                self._accounts[line["platform"], line["account"]].posts.append(_post(line))
        for account in self._accounts.values():
            account.posts.sort(key=lambda post: post.published)

    def accounts(self, platform: str) -> list[Account]:
        """All accounts of a platform."""
        return [account for key, account in self._accounts.items() if key[0] == platform]

    def busiest(self, platform: str) -> Account:
        """The account with most posts."""
        return max(self.accounts(platform), key=lambda account: len(account.posts))

    def silent(self, platform: str) -> Account:
        """An account without any post."""
        return next(account for account in self.accounts(platform) if not account.posts)

    def deleted(self, platform: str) -> tuple[Account, Post]:
        """An account and a post of it that was seen in the month and is gone at the cut-off."""
        return next(
            (account, post)
            for account in self.accounts(platform)
            for post in account.posts
            if post.published >= START and not post.visible(CUTOFF)
        )


def counts(readings: Iterable[dict[str, Any]], now: datetime) -> Counts:
    """The counters of the last reading at or before `now`, else of the first."""
    ordered = sorted(readings, key=lambda reading: str(reading["at"]))
    held = ordered[0]
    for reading in ordered:
        if _time(reading["at"]) <= now:
            held = reading
    return {name: value for name, value in held.items() if name not in ("at", "reactions")}


def _shows(platform: str, post: Post, name: str) -> bool:
    if name not in SHOWN[platform]:
        return False
    return name != "views" or platform not in ("facebook", "instagram") or post.type in VIDEOS


def _account(line: dict[str, Any]) -> Account:
    return Account(
        platform=line["platform"],
        id=line["id"],
        handle=line["handle"],
        name=line["name"],
        readings=line["readings"],
    )


def _post(line: dict[str, Any]) -> Post:
    deleted = line["deleted_at"]
    return Post(
        id=line["id"],
        published=_time(line["published_at"]),
        deleted=_time(deleted) if deleted else None,
        type=line["type"],
        pinned=line["pinned"],
        readings=line["readings"],
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def by_id(rows: Iterable[tuple[str, Counts]]) -> dict[str, Counts]:
    """Listed posts by id; none may be listed twice."""
    found: dict[str, Counts] = {}
    for post_id, shown in rows:
        assert post_id not in found, f"{post_id} was listed twice"
        found[post_id] = shown
    return found


def totals(posts: dict[str, Counts]) -> dict[str, tuple[int, int]]:
    """How many posts there are, and of each counter its sum and how many posts show it."""
    names = sorted({name for shown in posts.values() for name in shown})
    values = {name: [shown[name] for shown in posts.values() if name in shown] for name in names}
    sums = {name: (sum(numbers), len(numbers)) for name, numbers in values.items()}
    return {"posts": (len(posts), len(posts)), **sums}

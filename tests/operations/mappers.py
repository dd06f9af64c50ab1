"""Answers that two mappers read: one as it should be, one with every fault a mapper can have.

A body is JSON: `{"account": {...}, "posts": [{"id", "published", "type", "likes", "comments"}]}`.
`comments` is null where they are hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.count import Count
from model.items import AccountItem, Mapped, PostItem, PostType
from model.messages import Visit
from model.platform import PlatformName
from tests.store.harvest import ACCOUNT, Message, closed, page

VERSIONS: Mapping[PlatformName, int] = {
    "facebook": 2,
    "x": 2,
    "instagram": 2,
    "youtube": 2,
    "tiktok": 2,
}


@dataclass(frozen=True)
class Mapper:
    """A mapper and its faults; without any it is right."""

    blind: frozenset[str] = frozenset()
    """Posts that it cannot map."""
    tenfold: frozenset[str] = frozenset()
    """Posts whose likes it reads with a nought too many."""
    hidden_is_zero: bool = False
    all_photos: bool = False

    def __call__(self, platform: PlatformName, body: bytes, observed_at: datetime) -> Mapped:
        told = json.loads(body)
        posts = [p for p in told["posts"] if p["id"] not in self.blind]
        unmapped = tuple(f"posts.{p['id']}" for p in told["posts"] if p["id"] in self.blind)
        accounts = [_account(platform, told["account"], observed_at)] if told["account"] else []
        return Mapped(
            shape="tests.posts",
            accounts=tuple(accounts),
            posts=tuple(self._post(platform, post, observed_at) for post in posts),
            unmapped=unmapped,
        )

    def _post(self, platform: PlatformName, told: Any, observed_at: datetime) -> PostItem:
        factor = 10 if told["id"] in self.tenfold else 1
        comments = 0 if told["comments"] is None and self.hidden_is_zero else told["comments"]
        return PostItem(
            platform=platform,
            id=told["id"],
            account=told.get("account", ACCOUNT),
            published_at=datetime.fromisoformat(told["published"]),
            type=PostType.PHOTO if self.all_photos else PostType(told["type"]),
            text=f"post {told['id']}",
            url=told.get("url"),
            observed_at=observed_at,
            counts={
                "likes": Count(told["likes"] * factor),
                "comments": Count.hidden() if comments is None else Count(comments),
            },
        )


RIGHT = Mapper()


def _account(platform: PlatformName, told: Any, observed_at: datetime) -> AccountItem:
    return AccountItem(
        platform=platform,
        id=told["id"],
        handle=told["handle"],
        observed_at=observed_at,
        counts={"followers": Count(told["followers"])},
    )


def body(posts: Sequence[Mapping[str, Any]], account: Mapping[str, Any] | None = None) -> bytes:
    """An answer."""
    return json.dumps({"account": account, "posts": list(posts)}).encode()


def collected(
    mapper: Mapper, of: Visit, observed_at: datetime, bodies: Sequence[bytes], ended: datetime
) -> list[Message]:
    """A visit's messages, as a crawler with that mapper sends them."""
    messages: list[Message] = []
    seen: list[str] = []
    for answer in bodies:
        mapped = mapper(of.platform, answer, observed_at)
        items = {"posts": mapped.posts, "accounts": mapped.accounts}
        messages.append(page(of, observed_at, body=answer, **items))
        window = of.window
        seen += [p.id for p in mapped.posts if window and p.published_at in window]
    return [*messages, closed(of, ended, seen=seen)]

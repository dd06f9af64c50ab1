"""What posts gained during a month, whenever they were published.

This is the other meaning of "this month's interactions"; the headline measures are of the month's
own posts, counted as of its cut-off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from model.account import Account
from model.items import PostType
from model.measures import COUNTERS
from model.period import Period
from model.platform import PlatformName
from store.accounts import accounts as registered
from store.database import POST_READINGS, POSTS, Document, Store
from store.month.recompute import last_reading


@dataclass(slots=True)
class Increments:
    """What the posts of one account gained between a period's start and its end."""

    posts: int = 0
    """Of which the gain of some counter is known."""
    unread: int = 0
    """Posts read in the period without a reading at or before its start: what they gained since
    is not known."""
    gains: dict[str, int] = field(default_factory=dict)
    """Only counters of which some post's gain is known. Counters can fall."""


def increments(
    db: Store, period: Period, platform: PlatformName | None = None, account: str | None = None
) -> list[tuple[Account, Increments]]:
    """Every watched account, or those of a platform, or one (`platform:id`).

    A post's gain goes from its last reading at or before the start (0 for a post of the period) to
    its last one before the end. Reposts do not count.
    """
    watched = [
        one
        for one in registered(db, platform)
        if one.id and one.belongs_to(period) and (account is None or one.key == account)
    ]
    found = {one.key: Increments() for one in watched}
    for post in _posts(db, period, list(found)):
        _add(found[post["account"]], post, period)
    return [(one, found[one.key]) for one in watched]


def _posts(db: Store, period: Period, accounts: list[str]) -> Iterator[Document]:
    """Posts with a reading in the period: the last one, and the last at or before its start."""
    asked: Document = {
        "account": {"$in": accounts},
        "published_at": {"$lt": period.end},
        "type": {"$ne": PostType.REPOST.value},
        "latest.slot": {"$gt": period.start},
    }
    within: Document = {"slot": {"$gt": period.start}}
    yield from db[POSTS].aggregate(
        [
            {"$match": asked},
            {"$project": {"account": 1, "published_at": 1}},
            last_reading(POST_READINGS, period.start, "before"),
            last_reading(POST_READINGS, period.end, "after", within),
            {"$match": {"after": {"$ne": []}}},
        ]
    )


def _add(of: Increments, post: Document, period: Period) -> None:
    (after,) = post["after"]
    if post["published_at"] >= period.start:
        before: dict[str, int] = dict.fromkeys(COUNTERS, 0)
    elif post["before"]:
        before = post["before"][0]["counts"]
    else:
        of.unread += 1
        return
    known = [name for name in COUNTERS if name in before and name in after["counts"]]
    of.posts += bool(known)
    for name in known:
        gain = after["counts"][name] - before[name]
        of.gains[name] = of.gains.setdefault(name, 0) + gain

"""What a post may be expected to have at its age: what the account's own posts had then.

Expected is the mean of the middle half of what up to a hundred earlier posts of the same type of
the same account had at the same age, as CrowdTangle's overperforming score was defined. Between
two readings the counts are taken to have grown evenly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from store.database import POST_READINGS, POSTS, Document, Store

_EARLIER = 100
LEAST_POSTS = 5
"""Fewer earlier posts say nothing."""
_PARTS = ("likes", "comments", "shares")
_NAMED = {"_id": True, "account": True, "published_at": True, "type": True}


@dataclass(frozen=True, slots=True)
class Curve:
    """How a post grew: ages in hours with interactions, in order."""

    post: str
    type: str
    published_at: datetime
    ages: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, age: float) -> float | None:
        """Interactions at an age in hours; None beyond the last reading."""
        if not self.ages or age > self.ages[-1]:
            return None
        place = bisect_left(self.ages, age)
        if self.ages[place] == age:
            return self.values[place]
        before, value = (self.ages[place - 1], self.values[place - 1]) if place else (0.0, 0.0)
        share = (age - before) / (self.ages[place] - before)
        return value + share * (self.values[place] - value)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was expected of a post, beside what it has."""

    actual: float
    expected: float | None
    """None with fewer than `LEAST_POSTS` posts to go by."""
    posts: int
    """How many posts it is taken from."""
    age_hours: float

    @property
    def ratio(self) -> float | None:
        """Actual through expected; above 1 is more than expected."""
        return self.actual / self.expected if self.expected else None


def interactions_of(counts: Mapping[str, Any]) -> int | None:
    """Likes, comments and shares together, of those that are known; None where none is."""
    known = [counts[name] for name in _PARTS if counts.get(name) is not None]
    return sum(known) if known else None


def curves_of(db: Store, account: str, until: datetime) -> list[Curve]:
    """The newest posts of an account, published before an instant, with their readings."""
    condition = {"account": account, "published_at": {"$lt": until}, "type": {"$ne": "repost"}}
    posts = list(db[POSTS].find(condition, _NAMED).sort("published_at", -1).limit(_EARLIER))
    read: dict[str, list[Document]] = {post["_id"]: [] for post in posts}
    if posts:
        spans = [{"_id": {"$gte": f"{key}@", "$lt": f"{key}A"}} for key in read]
        fields = {"observed_at": True, "counts": True}
        for reading in db[POST_READINGS].find({"$or": spans}, fields).sort("_id", 1):
            read[reading["_id"].rpartition("@")[0]].append(reading)
    return [_curve(post, read[post["_id"]]) for post in posts]


def _curve(post: Document, readings: Iterable[Document]) -> Curve:
    ages: list[float] = []
    values: list[float] = []
    for reading in readings:
        value = interactions_of(reading["counts"])
        age = (reading["observed_at"] - post["published_at"]).total_seconds() / 3600
        if value is not None and age > 0 and (not ages or age > ages[-1]):
            ages.append(age)
            values.append(float(value))
    return Curve(
        post["_id"], post.get("type") or "", post["published_at"], tuple(ages), tuple(values)
    )


def expected_of(curves: Sequence[Curve], post: str) -> Expectation | None:
    """The newest count of one of the posts beside what the others let expect; None unread."""
    mine = next((curve for curve in curves if curve.post == post), None)
    if mine is None or not mine.ages:
        return None
    age, actual = mine.ages[-1], mine.values[-1]
    expected, number = expected_at(curves, mine, age)
    return Expectation(actual, expected, number, age)


def expected_at(curves: Sequence[Curve], mine: Curve, age: float) -> tuple[float | None, int]:
    """What is expected of a post at an age, and from how many others."""
    others = [
        value
        for curve in curves
        if curve.post != mine.post and curve.type == mine.type
        for value in [curve.at(age)]
        if value is not None
    ]
    if len(others) < LEAST_POSTS:
        return None, len(others)
    low, high = np.percentile(others, [25, 75])
    middle = [value for value in others if low <= value <= high]
    return float(np.mean(middle)), len(others)

"""What a post may be expected to have at its age: what the account's own posts had then.

Expected is the mean of the middle half of what up to a hundred earlier posts of the same type of
the same account had at the same age, as CrowdTangle's overperforming score was defined. Between
two readings the counts are taken to have grown evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.database import POST_READINGS, POSTS, Document, Store

Values = NDArray[np.float64]
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
    return all_expected(curves).get(post)


def all_expected(curves: Sequence[Curve]) -> dict[str, Expectation]:
    """By post that was read: its newest count beside what the others of its type let expect."""
    found: dict[str, Expectation] = {}
    read = [curve for curve in curves if curve.ages]
    for kind in {curve.type for curve in read}:
        alike = [curve for curve in read if curve.type == kind]
        ages = np.array([curve.ages[-1] for curve in alike])
        # A row for each of them: what it had at the newest ages of all; beyond its own, unknown.
        table = np.array([_along(curve, ages) for curve in alike])
        np.fill_diagonal(table, np.nan)
        for curve, (expected, number) in zip(alike, _middles(table), strict=True):
            found[curve.post] = Expectation(curve.values[-1], expected, number, curve.ages[-1])
    return found


def expected_at(curves: Sequence[Curve], mine: Curve, age: float) -> tuple[float | None, int]:
    """What is expected of a post at an age, and from how many others."""
    at = np.array([age])
    alike = [one for one in curves if one.post != mine.post and one.type == mine.type and one.ages]
    return _middles(np.array([_along(curve, at) for curve in alike]).reshape(-1, 1))[0]


def _along(curve: Curve, ages: Values) -> Values:
    found = np.interp(ages, (0.0, *curve.ages), (0.0, *curve.values))
    found[ages > curve.ages[-1]] = np.nan
    return found


def _middles(table: Values) -> list[tuple[float | None, int]]:
    """Of each column the mean of the middle half of what is known, and how many are."""
    known = (~np.isnan(table)).sum(axis=0)
    if not table.size:
        return [(None, 0)] * table.shape[1]
    ordered = np.sort(table, axis=0)
    low, high = (_quantiles(ordered, known, share) for share in (0.25, 0.75))
    middle = (ordered >= low) & (ordered <= high)
    # Summed exactly: what is asked for one post alone is the same to the last digit.
    sums = [fsum(column) for column in np.where(middle, ordered, 0.0).T.tolist()]
    return [
        (total / number if there >= LEAST_POSTS else None, there)
        for total, number, there in zip(
            sums, middle.sum(axis=0).tolist(), known.tolist(), strict=True
        )
    ]


def _quantiles(ordered: Values, known: NDArray[np.int64], share: float) -> Values:
    """Of each column, whose unknown values come last."""
    last = np.maximum(known - 1, 0)
    place = last * share
    below = place.astype(np.int64)
    above = np.minimum(below + 1, last)
    columns = np.arange(ordered.shape[1])
    least = ordered[below, columns]
    found: Values = least + (place - below) * (ordered[above, columns] - least)
    return found

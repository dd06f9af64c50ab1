"""What a post may be expected to have at its age: what the account's own posts had then.

Expected is the mean of the middle half of what up to a hundred earlier posts of the same type of
the same account had at the same age, as CrowdTangle's overperforming score was defined. Between
two readings the counts are taken to have grown evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portal.figures.growth import Curve

Values = NDArray[np.float64]
LEAST_POSTS = 5
"""Fewer earlier posts say nothing."""
_BETWEEN = "\n"
"""Stands in no id of a post."""
_PARTS = ("likes", "comments", "shares")


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


class PackedExpectations:
    """Those of an account's posts of a month in some two kilobytes, for very many are kept."""

    __slots__ = ("_figures", "_posts")

    def __init__(self, found: Mapping[str, Expectation]) -> None:
        self._posts = _BETWEEN.join(found)
        rows = [(one.actual, one.expected, one.posts, one.age_hours) for one in found.values()]
        # What is None becomes NaN.
        self._figures = np.array(rows, dtype=np.float64).reshape(-1, 4)

    def of(self, posts: Iterable[str]) -> dict[str, Expectation | None]:
        """Those of some posts; None for one that was not read."""
        place = {post: row for row, post in enumerate(self._posts.split(_BETWEEN)) if post}
        return {post: self._at(place.get(post)) for post in posts}

    def _at(self, row: int | None) -> Expectation | None:
        if row is None:
            return None
        actual, expected, posts, age = self._figures[row].tolist()
        return Expectation(actual, None if expected != expected else expected, int(posts), age)


def interactions_of(counts: Mapping[str, Any]) -> int | None:
    """Likes, comments and shares together, of those that are known; None where none is."""
    known = [counts[name] for name in _PARTS if counts.get(name) is not None]
    return sum(known) if known else None


def expected_of(curves: Sequence[Curve], post: str) -> Expectation | None:
    """The newest count of one of the posts beside what the others let expect; None unread."""
    return all_expected(curves).get(post)


def all_expected(curves: Sequence[Curve], since: datetime | None = None) -> dict[str, Expectation]:
    """By post that was read, of those published from an instant on: its newest count beside what
    the others of its type, earlier ones too, let expect."""
    first = since.timestamp() * 1000 if since is not None else -inf
    found: dict[str, Expectation] = {}
    read = [curve for curve in curves if curve.ages]
    for kind in {curve.type for curve in read if curve.published >= first}:
        alike = [curve for curve in read if curve.type == kind]
        asked = [row for row, curve in enumerate(alike) if curve.published >= first]
        # A row for each of them: what it had at the newest ages of those that are asked for;
        # beyond its own, unknown.
        table = _along(alike, np.array([alike[row].ages[-1] for row in asked]))
        table[asked, range(len(asked))] = np.nan
        for row, (expected, number) in zip(asked, _middles(table), strict=True):
            curve = alike[row]
            found[curve.post] = Expectation(curve.values[-1], expected, number, curve.ages[-1])
    return found


def expected_at(curves: Sequence[Curve], mine: Curve, age: float) -> tuple[float | None, int]:
    """What is expected of a post at an age, and from how many others."""
    at = np.array([age])
    alike = [one for one in curves if one.post != mine.post and one.type == mine.type and one.ages]
    return _middles(_along(alike, at))[0]


def _along(curves: Sequence[Curve], ages: Values) -> Values:
    """A row for each post, a column for each age: what it had; NaN beyond its last reading."""
    found = np.empty((len(curves), len(ages)))
    for row, curve in zip(found, curves, strict=True):
        row[:] = np.interp(ages, (0.0, *curve.ages), (0.0, *curve.values))
    last = np.array([curve.ages[-1] for curve in curves])
    found[ages > last[:, None]] = np.nan
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

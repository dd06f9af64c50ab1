"""How well raters agree, which of them are missing, and who rates milder than the others.

Krippendorff's alpha is 1 - observed / expected disagreement. Its difference function decides what
counts as how far apart: for interval data the squared difference, for ordinal data the number of
ratings that lie between (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from scoring.cities.ratings import Rating

TENTATIVE, RELIABLE = 0.667, 0.8
"""Krippendorff's bounds: below the first no conclusion is to rest on the ratings, from the second
on they are reliable."""
Level = Literal["nominal", "ordinal", "interval"]
_Scores = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well raters agree on what at least two of them rated."""

    raters: int
    items: int
    """Things (city, platform, period, criterion) rated by two or more."""
    exact: float | None
    """Share of pairs of ratings that are equal; `None` without pairs."""
    within_one: float | None
    """Share of pairs that differ by 1 at most."""
    alpha: float | None
    """Krippendorff's alpha for interval data: 1 agreement, 0 chance; `None` where all ratings
    are equal or there are no pairs."""
    ordinal: float | None = None
    """The same for ordinal data, which says nothing of how far apart two scores are."""


@dataclass(frozen=True, slots=True)
class RaterProgress:
    """What a rater has rated of what there is."""

    rater: str
    rated: int
    of: int
    """Ratings that were asked for: places times criteria."""
    milder: float | None
    """Mean difference to the others' mean on what they rated too; `None` where nobody else did."""

    @property
    def missing(self) -> int:
        """Ratings that are still to come."""
        return self.of - self.rated


def agreement(ratings: Iterable[Rating]) -> Agreement:
    """Over all ratings given, of whatever period."""
    items: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    raters: set[str] = set()
    for r in ratings:
        items[r.city, r.platform, r.period, r.criterion].append(r.score)
        raters.add(r.rater)
    shared = [scores for scores in items.values() if len(scores) > 1]
    gaps = [abs(a - b) for scores in shared for a, b in combinations(scores, 2)]
    if not gaps:
        return Agreement(len(raters), 0, None, None, None)
    exact = sum(gap == 0 for gap in gaps) / len(gaps)
    close = sum(gap <= 1 for gap in gaps) / len(gaps)
    interval, ordinal = krippendorff(shared), krippendorff(shared, "ordinal")
    return Agreement(len(raters), len(shared), exact, close, interval, ordinal)


def agreement_by_criterion(ratings: Iterable[Rating]) -> dict[str, Agreement]:
    """By criterion, in order of their names."""
    by: dict[str, list[Rating]] = defaultdict(list)
    for r in ratings:
        by[r.criterion].append(r)
    return {criterion: agreement(by[criterion]) for criterion in sorted(by)}


def krippendorff(items: Sequence[Sequence[float]], level: Level = "interval") -> float | None:
    """Alpha over the ratings of each item; an item with one rating alone counts for nothing.

    None where there is no pair, or all ratings are equal.
    """
    shared = [scores for scores in items if len(scores) > 1]
    counts = Counter(score for scores in shared for score in scores)
    n = sum(counts.values())
    apart = _difference(counts, level)
    expected = _disagreement(counts, apart)
    if not expected:
        return None
    observed = sum(_disagreement(Counter(s), apart) / (len(s) - 1) for s in shared)
    return 1 - (n - 1) * observed / expected


def _disagreement(counts: Counter[float], apart: Callable[[float, float], float]) -> float:
    """Sum of the differences over all ordered pairs of ratings."""
    pairs = combinations(sorted(counts), 2)
    return 2 * sum(counts[a] * counts[b] * apart(a, b) for a, b in pairs)


def _difference(counts: Counter[float], level: Level) -> Callable[[float, float], float]:
    """How far apart two scores are, at a level of measurement."""
    if level == "nominal":
        return lambda a, b: float(a != b)
    if level == "interval":
        return lambda a, b: (a - b) ** 2
    below, reached = 0, {}
    for score in sorted(counts):
        # The ranks that the equal scores share, in the middle.
        reached[score] = below + counts[score] / 2
        below += counts[score]
    return lambda a, b: (reached[a] - reached[b]) ** 2


def progress(
    ratings: Iterable[Rating], asked: Mapping[str, int], raters: Collection[str] = ()
) -> list[RaterProgress]:
    """One row a rater: those of `raters`, and all who rated. `asked`: ratings by rater, where a
    sheet says so; for others, as many as they gave."""
    items: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(dict)
    given: Counter[str] = Counter()
    for r in ratings:
        items[r.city, r.platform, r.period, r.criterion][r.rater] = r.score
        given[r.rater] += 1
    apart: dict[str, list[float]] = defaultdict(list)
    for scores in items.values():
        total = sum(scores.values())
        for rater, score in scores.items() if len(scores) > 1 else ():
            apart[rater].append(score - (total - score) / (len(scores) - 1))
    return [
        RaterProgress(name, given[name], asked.get(name, given[name]), _mean(apart[name]))
        for name in sorted({*given, *asked, *raters})
    ]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

"""Whether scores would order cities as labels do, by simulated cities.

100 cities have true shares of positive texts spread evenly from 10 to 80 per cent; each has 50
texts drawn from the labelled ones. Spearman's coefficient between the cities' mean scores and their
true shares is what an index built on the scores may hope for; sampling alone keeps it below 0.96.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_CITIES, _TEXTS = 100, 50
_SHARES = np.linspace(0.1, 0.8, _CITIES)


def drawn_order(
    rng: np.random.Generator, positive: Sequence[float], others: Sequence[float]
) -> float | None:
    """Of cities drawn once from the scores of positive texts and of all others; None where either
    is empty or nothing varies."""
    if not (len(positive) and len(others)):
        return None
    size = (_CITIES, _TEXTS)
    drawn = np.where(
        rng.random(size) < _SHARES[:, None],
        rng.choice(np.asarray(positive), size),
        rng.choice(np.asarray(others), size),
    )
    return spearman(_SHARES, drawn.mean(axis=1))


def spearman(one: ArrayLike, two: ArrayLike) -> float | None:
    """Rank correlation with mean ranks for ties; None where one of them does not vary."""
    first, second = _mean_ranks(one), _mean_ranks(two)
    if not (first.std() and second.std()):
        return None
    return float(np.corrcoef(first, second)[0, 1])


def _mean_ranks(values: ArrayLike) -> NDArray[Any]:
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return np.asarray((last - (counts - 1) / 2)[places])

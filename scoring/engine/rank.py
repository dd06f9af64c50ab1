"""Ranks of scores: on unrounded values, 1 for the greatest, tied scores share the better rank."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoring.engine.arrays import FloatArray, IntArray

NOISE = 1e-12
"""Scores closer than this part of the greatest absolute score are tied: they differ by the
rounding of binary arithmetic alone, not by anything that was measured."""


def ranks(scores: FloatArray) -> IntArray:
    """Competition ranks (1, 2, 2, 4), shape as `scores` (..., units); 0 for a missing score."""
    down = np.where(np.isnan(scores), np.inf, -scores)
    order = np.argsort(down, axis=-1, kind="stable")
    ordered = np.take_along_axis(down, order, axis=-1)
    finite = np.where(np.isfinite(ordered), np.abs(ordered), 0.0)
    tolerance = NOISE * finite.max(axis=-1, keepdims=True, initial=0.0)
    first = np.ones(scores.shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        first[..., 1:] = ordered[..., 1:] - ordered[..., :-1] > tolerance
    place = np.arange(1, scores.shape[-1] + 1)
    competition = np.maximum.accumulate(np.where(first, place, 0), axis=-1)
    result = np.zeros(scores.shape, dtype=np.int64)
    np.put_along_axis(result, order, np.where(np.isfinite(ordered), competition, 0), axis=-1)
    return result


def group_ranks(scores: FloatArray, groups: Sequence[str | None]) -> IntArray:
    """Competition ranks within each group; 0 for a missing score or no group."""
    result = np.zeros(len(scores), dtype=np.int64)
    labels = np.array(list(groups), dtype=object)
    for label in {group for group in groups if group is not None}:
        members = np.asarray(labels == label, dtype=bool)
        result[members] = ranks(scores[members])
    return result


def listing(scores: FloatArray, names: Sequence[str], ties: Sequence[FloatArray] = ()) -> list[int]:
    """Rows in the order in which they are listed: best rank first, ties by the scores in `ties`
    (greater first, missing last), then by name. Units without a score are left out."""
    place = ranks(scores)
    keys = [np.where(np.isnan(tie), np.inf, -tie) for tie in ties]
    rows = [row for row in range(len(names)) if place[row] > 0]
    return sorted(rows, key=lambda row: (place[row], *(key[row] for key in keys), names[row]))

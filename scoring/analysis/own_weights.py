"""Benefit of the doubt: each unit's score under the weights that suit it best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.engine.arrays import FloatArray
from scoring.engine.result import Result
from scoring.errors import ChangeError
from scoring.extras import load_extra
from scoring.method.tree import ROOT


@dataclass(frozen=True, slots=True)
class OwnWeights:
    """A unit under its best weights."""

    unit: str
    score: float
    """0 to 1; 1 where no other unit does better under this unit's own weights."""
    shares: Mapping[str, float]
    """What each indicator brings to the score; they sum to 1."""


def own_weights(
    result: Result, code: str = ROOT, bounds: tuple[float, float] | None = None
) -> list[OwnWeights]:
    """For every unit that has all children of a node, the greatest Σ w·x with w ≥ 0 under which no
    unit's Σ w·x is above 1 (Cherchye, Moesen, Rogge and Van Puyenbroeck 2007, "An introduction to
    'benefit of the doubt' composite indicators"). `bounds` are the least and greatest share that
    each indicator must have in the unit's own score. The best come first.

    Units with a value below 0, or with zeros only, have no such score and are left out. Raises
    UnknownName; ExtraMissing where scipy is not installed; ChangeError for bounds that no shares
    can meet.
    """
    codes = [child.code for child in result.method.children(code) if child.weight > 0]
    _check(bounds, len(codes))
    columns = [np.asarray(result.scores[child], dtype=float) for child in codes]
    matrix = np.stack(columns, axis=1) if codes else np.zeros((len(result.units), 0))
    usable = ~np.isnan(matrix).any(axis=1) & (matrix >= 0).all(axis=1) & (matrix > 0).any(axis=1)
    peers = matrix[usable]
    units = [result.units[row] for row in np.flatnonzero(usable)]
    found = [
        OwnWeights(unit, score, dict(zip(codes, shares, strict=True)))
        for unit, row in zip(units, peers, strict=True)
        if (solved := _best(row, peers, bounds)) is not None
        for score, shares in [solved]
    ]
    return sorted(found, key=lambda own: (-own.score, own.unit))


def _check(bounds: tuple[float, float] | None, count: int) -> None:
    if bounds is None or not count:
        return
    low, high = bounds
    if not 0 <= low <= high <= 1 or low * count > 1 or high * count < 1:
        raise ChangeError(
            f"shares from {low:g} to {high:g}: {count} indicators cannot share a score so; "
            f"expected a least share up to {1 / count:.3g}, a greatest from {1 / count:.3g} up"
        )


def _best(
    row: FloatArray, peers: FloatArray, bounds: tuple[float, float] | None
) -> tuple[float, list[float]] | None:
    """The score and the shares; None where the bounds leave no weights (a zero that must count)."""
    limits, most = peers, np.ones(len(peers))
    if bounds is not None:
        own = np.diag(row)
        low, high = bounds
        limits = np.vstack([peers, low * row - own, own - high * row])
        most = np.concatenate([most, np.zeros(2 * len(row))])
    optimise = load_extra("scipy.optimize", purpose="the weights that suit a city best")
    solved = optimise.linprog(-row, A_ub=limits, b_ub=most, bounds=(0, None), method="highs")
    if not solved.success or solved.fun >= 0:
        return None
    parts = solved.x * row
    return float(-solved.fun), [float(part) for part in parts / parts.sum()]

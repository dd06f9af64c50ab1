"""The family of combinations: children's scores and weights become the node's score.

`values` and `weights` have the shape (..., children, units); a weight of 0 leaves a child out,
whatever its value (which must not be NaN). A unit all of whose weights are 0 gets NaN. Sums run
over the children one after the other, so that equal units get bitwise equal scores wherever they
stand in the table.

The means with logarithms or reciprocals, and the Mazziotta-Pareto index, know no values below 0:
such a unit's node is missing (see `defined`). A 0 makes the geometric and harmonic mean (and every
generalised mean with p <= 0) 0, which is their limit.
"""

from __future__ import annotations

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray
from scoring.method.specs import Combination, GeneralisedMean

_BLOCK = 4_000_000
"""Comparisons that Copeland's score holds in memory at a time."""


def combine(values: FloatArray, weights: FloatArray, spec: Combination) -> FloatArray:
    """The node's scores, shape (..., units)."""
    if isinstance(spec, GeneralisedMean):
        return combine_generalised(values, weights, spec.p)
    match spec.kind:
        case "arithmetic":
            return combine_arithmetic(values, weights)
        case "geometric":
            return combine_geometric(values, weights)
        case "harmonic":
            return combine_harmonic(values, weights)
        case "copeland":
            return combine_copeland(values, weights)
        case "mazziotta_pareto":
            return combine_mazziotta_pareto(values, weights)


def combine_arithmetic(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Σ w·x / Σ w."""
    above = weights[..., 0, :] * values[..., 0, :]
    for child in range(1, values.shape[-2]):
        above += weights[..., child, :] * values[..., child, :]
    alike = weights.strides[-1] == 0  # A view of one weight for all units: it is added up once.
    return _ratio(above, _total(weights[..., :1] if alike else weights))


def combine_geometric(values: FloatArray, weights: FloatArray) -> FloatArray:
    """exp(Σ w·ln x / Σ w)."""
    return combine_generalised(values, weights, 0.0)


def combine_harmonic(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Σ w / Σ (w / x)."""
    return combine_generalised(values, weights, -1.0)


def combine_generalised(values: FloatArray, weights: FloatArray, power: float) -> FloatArray:
    """(Σ w·x^p / Σ w)^(1/p), the geometric mean for p = 0; computed on x / greatest x for p > 0
    and x / least x for p < 0, so that no power leaves the range of numbers."""
    if power == 1.0:
        return combine_arithmetic(values, weights)
    counted = weights > 0
    known = defined(values, weights)
    zero = (counted & (values <= 0)).any(axis=-2)
    positive = np.where(counted & (values > 0), values, 1.0)
    total = _total(weights)
    if power == 0:
        scores = np.exp(_ratio(_total(weights * np.log(positive)), total))
    else:
        unit = _yardstick(values, counted, power)
        powers = np.where(counted & (values > 0), (positive / unit) ** power, 0.0)
        mean = _ratio(_total(weights * powers), total)
        root = np.where(mean > 0, mean, 1.0) ** (1.0 / power) * unit[..., 0, :]
        scores = np.where(mean > 0, root, 0.0 * mean)
    if power <= 0:
        scores = np.where(zero, 0.0 * total, scores)
    return np.where(known & (total > 0), scores, np.nan)


def combine_copeland(values: FloatArray, weights: FloatArray) -> FloatArray:
    """For each unit, the sum over all others of the weight share of the children in which it is
    ahead, a tie counting half (the outranking score of COINr 1.1.14, `a_copeland`).

    Only children that both units have count; a pair without any in common counts half, and a
    unit without any child is no opponent. Time grows with the square of the number of units.
    """
    return np.asarray(_copeland_parts(values, weights).sum(axis=-2))


def combine_mazziotta_pareto(values: FloatArray, weights: FloatArray) -> FloatArray:
    """M - S²/M, with the weighted mean M and the weighted deviation S (dividing by Σ w) of a unit's
    children: of two units with equal means, the one with the more even profile is ahead.

    With children normalised by `goalposts` to a scale of 70 to 130 it is the adjusted
    Mazziotta-Pareto index for phenomena of which more is better (Mazziotta and Pareto 2016, "On a
    generalized non-compensatory composite index"): comparable over time, as the goalposts stay.
    Undefined where a value is below 0, so 0 only where all values are 0.
    """
    total = _total(weights)
    mean = _ratio(_total(weights * values), total)
    level = np.where(mean > 0, mean, 1.0)
    scatter = _ratio(_total(weights * (values - mean[..., None, :]) ** 2), total)
    return np.where(defined(values, weights), mean - scatter / level, np.nan)


def defined(values: FloatArray, weights: FloatArray) -> BoolArray:
    """Which units have no counted value below 0, shape (..., units)."""
    return np.asarray(~((weights > 0) & (values < 0)).any(axis=-2))


def shares(values: FloatArray, weights: FloatArray, spec: Combination) -> FloatArray:
    """What each child brings to the node's score; the shares of a unit sum to its score.

    The means are homogeneous of degree 1, so by Euler's theorem a score is the sum of
    x·(∂score/∂x) over its children: w·x / Σ w for the arithmetic mean, w·x^p·M^(1-p) / Σ w for
    the generalised one, w·(x - (x - M)²/M) / Σ w for the Mazziotta-Pareto index.
    """
    if isinstance(spec, GeneralisedMean):
        return _generalised_shares(values, weights, spec.p)
    if spec.kind == "copeland":
        return _copeland_parts(values, weights)
    if spec.kind == "mazziotta_pareto":
        return _mazziotta_pareto_shares(values, weights)
    power = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}[spec.kind]
    return _generalised_shares(values, weights, power)


def _mazziotta_pareto_shares(values: FloatArray, weights: FloatArray) -> FloatArray:
    total = _total(weights)[..., None, :]
    mean = combine_arithmetic(values, weights)[..., None, :]
    level = np.where(mean > 0, mean, 1.0)
    return _ratio(weights * (values - (values - mean) ** 2 / level), total)


def _generalised_shares(values: FloatArray, weights: FloatArray, power: float) -> FloatArray:
    score = combine_generalised(values, weights, power)[..., None, :]
    if power == 1.0:
        raw = weights * values
    else:
        positive = np.where((weights > 0) & (values > 0) & (score > 0), values, 1.0)
        level = np.where(score > 0, score, 1.0)
        raw = weights * (positive / level) ** power * level
        raw = np.where((values > 0) & (score > 0), raw, 0.0 * score)
    return _ratio(raw, _total(weights)[..., None, :])


def _copeland_parts(values: FloatArray, weights: FloatArray) -> FloatArray:
    values, weights = np.broadcast_arrays(values, weights)
    if values.ndim > 2:
        pairs = zip(values, weights, strict=True)
        return np.stack([_copeland_parts(value, weight) for value, weight in pairs])
    children, units = values.shape
    block = max(1, _BLOCK // (children * units))
    starts = range(0, units, block)
    parts = [_copeland_block(values, weights, slice(at, at + block)) for at in starts]
    return np.where((weights > 0).any(axis=0), np.concatenate(parts, axis=1), np.nan)


def _copeland_block(values: FloatArray, weights: FloatArray, rows: slice) -> FloatArray:
    ours, theirs = values[:, rows, None], values[:, None, :]
    mine = weights[:, rows, None]
    weight = np.where(weights[:, None, :] > 0, mine, 0.0)
    common, own = weight.sum(axis=0), mine.sum(axis=0)
    ahead = np.where(ours > theirs, 1.0, np.where(ours == theirs, 0.5, 0.0))
    part = weight * ahead / np.where(common > 0, common, 1.0)
    apart = (common == 0) & (own > 0) & (weights > 0).any(axis=0)
    part = np.where(apart, 0.5 * mine / np.where(own > 0, own, 1.0), part)
    at = np.arange(values.shape[1])[rows]
    part[:, np.arange(len(at)), at] = 0.0
    # Sorted, so that the sum does not depend on where the others stand in the table.
    return np.asarray(np.sort(part, axis=2).sum(axis=2))


def _yardstick(values: FloatArray, counted: BoolArray, power: float) -> FloatArray:
    usable = counted & (values > 0)
    if power > 0:
        unit = np.where(usable, values, 0.0).max(axis=-2, keepdims=True)
        return np.where(unit > 0, unit, 1.0)
    unit = np.where(usable, values, np.inf).min(axis=-2, keepdims=True)
    return np.where(np.isfinite(unit), unit, 1.0)


def _total(values: FloatArray) -> FloatArray:
    total = values[..., 0, :].astype(np.float64, copy=True)
    for child in range(1, values.shape[-2]):
        total += values[..., child, :]
    return total


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    safe = np.where(below > 0, below, 1.0)
    return np.where(below > 0, above / safe, np.nan)

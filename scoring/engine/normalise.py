"""The family of normalisers: a column of values (NaN = missing) becomes comparable scores.

Greater is better here: `direction` has been applied before. A column whose values are all equal
says nothing about its units: each then gets the middle of the scale, and the caller warns
(`degenerate` finds them). For ranks and Borda scores the rule of ties already gives a value.
"""

from __future__ import annotations

import numpy as np

from scoring.engine.arrays import FloatArray
from scoring.method.specs import (
    Borda,
    DistanceToMax,
    DistanceToReference,
    FractionOfMax,
    Goalposts,
    MinMax,
    NoNormaliser,
    Normaliser,
    PercentileRank,
    Rank,
    RatingNormaliser,
    ZScore,
)

UNIT = (0.0, 1.0)


def normalise_minmax(values: FloatArray, scale: tuple[float, float] = (0.0, 100.0)) -> FloatArray:
    """(x - min) / (max - min), on the scale."""
    least = float(np.nanmin(values))
    spread = float(np.nanmax(values)) - least
    if spread == 0:
        return _middle(values, scale)
    return _stretch((values - least) / spread, scale)


def normalise_zscore(values: FloatArray, mean: float = 0.0, sd: float = 1.0) -> FloatArray:
    """(x - mean) / sample deviation, moved to `mean` and stretched to `sd`."""
    if degenerate(values):
        return np.where(np.isnan(values), np.nan, mean)
    centred = values - np.nanmean(values)
    centred = centred / np.nanmax(np.abs(centred))  # so that squares stay in range
    return np.asarray(centred / np.nanstd(centred, ddof=1) * sd + mean)


def normalise_rank(values: FloatArray) -> FloatArray:
    """1 for the least value; tied values take the lowest rank."""
    return normalise_borda(values) + 1.0


def normalise_borda(values: FloatArray) -> FloatArray:
    """The number of units strictly below."""
    ordered = np.sort(values[~np.isnan(values)])
    below = np.searchsorted(ordered, values, side="left").astype(np.float64)
    return np.where(np.isnan(values), np.nan, below)


def normalise_percentile_rank(values: FloatArray, scale: tuple[float, float] = UNIT) -> FloatArray:
    """(rank - 1) / (n - 1), on the scale."""
    if degenerate(values):
        return _middle(values, scale)
    return _stretch(normalise_borda(values) / (np.count_nonzero(~np.isnan(values)) - 1), scale)


def normalise_goalposts(
    values: FloatArray, low: float, high: float, scale: tuple[float, float] = (0.0, 100.0)
) -> FloatArray:
    """Position between two fixed ends, cut off at both, on the scale."""
    return _stretch(np.clip((values - low) / (high - low), 0.0, 1.0), scale)


def normalise_distance_to_max(values: FloatArray, scale: tuple[float, float] = UNIT) -> FloatArray:
    """1 - (max - x) / (max - min), on the scale."""
    if degenerate(values):
        return _middle(values, scale)
    greatest, least = np.nanmax(values), np.nanmin(values)
    return _stretch(1.0 - (greatest - values) / (greatest - least), scale)


def normalise_distance_to_reference(
    values: FloatArray, reference: float, scale: tuple[float, float] = UNIT
) -> FloatArray:
    """1 - (x_ref - x) / (x_ref - min), on the scale. A reference that is itself the least value
    (or missing) gives no distance: the middle of the scale."""
    least = np.nanmin(values)
    if not reference > least:
        return _middle(values, scale)
    return _stretch(1.0 - (reference - values) / (reference - least), scale)


def normalise_fraction_of_max(values: FloatArray, scale: tuple[float, float] = UNIT) -> FloatArray:
    """x / max, on the scale; a greatest value of 0 gives the middle of the scale."""
    greatest = np.nanmax(values)
    if greatest == 0:
        return _middle(values, scale)
    return _stretch(values / greatest, scale)


def normalise_rating(
    values: FloatArray, top: float, scale: tuple[float, float] = UNIT
) -> FloatArray:
    """x / top, on the scale."""
    return _stretch(values / top, scale)


def degenerate(values: FloatArray) -> bool:
    """Whether all values that are there are equal (or there is but one)."""
    present = values[~np.isnan(values)]
    return len(present) > 0 and bool(present.min() == present.max())


def normalise(
    values: FloatArray, spec: Normaliser, direction: int = 1, reference: int | None = None
) -> FloatArray:
    """A column under a normaliser; `reference` is the row of the unit it names, if it does.

    The direction is applied first. All missing stays all missing.
    """
    if np.isnan(values).all():
        return values
    signed = values * direction
    match spec:
        case MinMax():
            scored = normalise_minmax(signed, spec.scale)
            return scored if spec.floor is None else np.maximum(scored, spec.floor)
        case ZScore():
            return normalise_zscore(signed, spec.mean, spec.sd)
        case Goalposts():
            low, high = sorted((spec.low * direction, spec.high * direction))
            return normalise_goalposts(signed, low, high, spec.scale)
        case DistanceToReference():
            at = np.nan if reference is None else signed[reference]
            return normalise_distance_to_reference(signed, at, spec.scale or UNIT)
        case _:
            return _simple(signed, spec)


def _simple(values: FloatArray, spec: Normaliser) -> FloatArray:
    match spec:
        case Rank():
            return normalise_rank(values)
        case Borda():
            return normalise_borda(values)
        case PercentileRank():
            return normalise_percentile_rank(values, spec.scale or UNIT)
        case DistanceToMax():
            return normalise_distance_to_max(values, spec.scale or UNIT)
        case FractionOfMax():
            return normalise_fraction_of_max(values, spec.scale or UNIT)
        case RatingNormaliser():
            return normalise_rating(values, spec.max, spec.scale or UNIT)
        case NoNormaliser():
            return values
        case _:  # pragma: no cover - the specs above are all there are
            raise TypeError(f"no normaliser for {spec!r}")


def _stretch(values: FloatArray, scale: tuple[float, float]) -> FloatArray:
    return values * (scale[1] - scale[0]) + scale[0]


def _middle(values: FloatArray, scale: tuple[float, float]) -> FloatArray:
    return np.where(np.isnan(values), np.nan, (scale[0] + scale[1]) / 2)

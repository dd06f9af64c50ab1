"""Skewness and kurtosis, corrected for bias (G1 and G2 of Joanes and Gill, 1998)."""

from __future__ import annotations

import numpy as np

from scoring.engine.arrays import FloatArray


def skewness(values: FloatArray) -> float:
    """G1 of the values that are there; NaN for fewer than 3 or for equal values."""
    centred = _centred(values)
    n = len(centred)
    if n < 3 or not centred.any():
        return float("nan")
    ratio = np.sqrt(n) * np.sum(centred**3) / np.sum(centred**2) ** 1.5
    return float(ratio * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(values: FloatArray) -> float:
    """G2 (excess) of the values that are there; NaN for fewer than 4 or for equal values."""
    centred = _centred(values)
    n = len(centred)
    if n < 4 or not centred.any():
        return float("nan")
    ratio = n * np.sum(centred**4) / np.sum(centred**2) ** 2
    return float(((n + 1) * (ratio - 3) + 6) * (n - 1) / ((n - 2) * (n - 3)))


def passes(values: FloatArray, skew: float, kurt: float) -> bool:
    """|skewness| < `skew` or kurtosis < `kurt`; too few or equal values pass."""
    skewed, peaked = skewness(values), kurtosis(values)
    if np.isnan(skewed) or np.isnan(peaked):
        return True
    return abs(skewed) < skew or peaked < kurt


def _centred(values: FloatArray) -> FloatArray:
    """Deviations from the mean in units of the greatest one, so that powers stay in range."""
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return present
    centred = present - present.mean()
    greatest = float(np.abs(centred).max())
    if greatest == 0 or present.min() == present.max():
        return np.zeros(len(present))
    return np.asarray(centred / greatest)

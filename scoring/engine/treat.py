"""Treatments of extreme values, with a report of what was changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray
from scoring.engine.moments import kurtosis, passes, skewness
from scoring.extras import load_extra
from scoring.method.specs import BoxCox, Log1p, NoTreatment, Treatment, Winsorise


@dataclass(frozen=True, slots=True)
class Treated:
    """A column after treatment, and what was done to it."""

    before: FloatArray
    values: FloatArray
    done: str
    """none, log1p, winsorised, log, boxcox, or `not passed` where nothing helped."""
    points: BoolArray
    """Which units' values were changed one by one (winsorised)."""
    parameter: float | None = None
    """Box-Cox's λ."""

    @property
    def skew(self) -> tuple[float, float]:
        """Skewness before and after."""
        return skewness(self.before), skewness(self.values)

    @property
    def kurt(self) -> tuple[float, float]:
        """Excess kurtosis before and after."""
        return kurtosis(self.before), kurtosis(self.values)


def treat(values: FloatArray, spec: Treatment) -> Treated:
    """A column under a treatment; missing values stay missing."""
    match spec:
        case NoTreatment():
            return _report(values, values, "none")
        case Log1p():
            return _report(values, treat_log1p(values), "log1p")
        case Winsorise():
            return _winsorised(values, spec)
        case BoxCox():
            treated, parameter = treat_boxcox(values, spec.lambda_)
            return _report(values, treated, "boxcox", parameter=parameter)


def treat_log1p(values: FloatArray) -> FloatArray:
    """sign(x)·ln(1+|x|)."""
    return np.sign(values) * np.log1p(np.abs(values))


def treat_winsorise(
    values: FloatArray, most: int = 5, skew: float = 2.0, kurt: float = 3.5
) -> tuple[FloatArray, BoolArray]:
    """Points at the end of the skew are set to the next value, until the column passes or
    `most` points were set. Points that share a value go together, and may so exceed `most`.

    Agrees with COINr 1.1.14, `winsorise`.
    """
    values = values.copy()
    high = low = np.zeros(len(values), dtype=bool)
    while not passes(values, skew, kurt) and high.sum() + low.sum() < most:
        if skewness(values) >= 0:
            high = values == np.nanmax(values)
            values[high] = np.nanmax(values[~high])
        else:
            low = values == np.nanmin(values)
            values[low] = np.nanmin(values[~low])
    return values, high | low


def treat_log(values: FloatArray) -> FloatArray:
    """ln(x - min + range / 100), as in COINr 1.1.14, `log_CT`; equal values stay as they are."""
    least, spread = np.nanmin(values), np.nanmax(values) - np.nanmin(values)
    return np.asarray(np.log(values - least + 0.01 * spread)) if spread > 0 else values


def treat_boxcox(values: FloatArray, power: float | None) -> tuple[FloatArray, float | None]:
    """The transformed column and its λ; fewer than two different values stay as they are."""
    present = values[~np.isnan(values)]
    if len(np.unique(present)) < 2:
        return values, power
    shifted = values if present.min() > 0 else values - present.min() + 1.0
    if power is None:
        stats = load_extra("scipy.stats", purpose="boxcox without a lambda")
        power = float(stats.boxcox_normmax(shifted[~np.isnan(shifted)], method="mle"))
    if power == 0:
        return np.log(shifted), power
    return (shifted**power - 1.0) / power, power


def _winsorised(values: FloatArray, spec: Winsorise) -> Treated:
    if passes(values, spec.skew, spec.kurt):
        return _report(values, values, "none")
    treated, points = treat_winsorise(values, spec.max, spec.skew, spec.kurt)
    if passes(treated, spec.skew, spec.kurt):
        return _report(values, treated, "winsorised", points)
    if spec.then == "log":
        return _report(values, treat_log(values), "log")
    return _report(values, values, "not passed")


def _report(
    before: FloatArray,
    after: FloatArray,
    done: str,
    points: BoolArray | None = None,
    parameter: float | None = None,
) -> Treated:
    own = np.zeros(len(before), dtype=bool) if points is None else points
    return Treated(before, after, done, own, parameter)

"""Array types used throughout the engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
"""One value a unit (or children x units); NaN means missing and never leaves the package."""
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def plain(value: float) -> float | None:
    """A value for the outside: `None` instead of NaN."""
    return None if np.isnan(value) else float(value)


def frozen(values: FloatArray) -> FloatArray:
    """The same values, read-only."""
    values.flags.writeable = False
    return values

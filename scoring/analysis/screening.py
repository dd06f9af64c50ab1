"""Whether each indicator's data can carry it: gaps, zeros, and what follows its denominator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.engine.arrays import FloatArray, plain
from scoring.engine.result import Result

MOST_ZEROS = 0.5
"""Above this share of zeros an indicator tells most units apart not at all."""
MOST_MISSING = 1 / 3
"""Above this share an indicator says little about the panel."""
STRONG = 0.7
"""A correlation from here up says that an indicator mostly follows its denominator."""


@dataclass(frozen=True, slots=True)
class Screening:
    """One leaf's column before treatment."""

    code: str
    units: int
    missing: float
    """Share of the units, 0 to 1."""
    zeros: float | None
    """Share of the units that have a value; None where none has."""
    distinct: int
    """Different values."""
    denominator: str | None
    """What it is divided by; else None."""
    before: float | None
    """Rank correlation (Spearman) of the plain values with the denominator."""
    after: float | None
    """The same of the values divided by it: about 0 where dividing has done its work."""
    flags: tuple[str, ...]
    """Of `many zeros`, `many missing`, `all equal`, `follows its denominator`."""


def screen(result: Result) -> list[Screening]:
    """Every leaf of the method, in the order of the tree."""
    return [_screened(result, leaf.code, leaf.denominator) for leaf in result.method.leaves]


def _screened(result: Result, code: str, denominator: str | None) -> Screening:
    trace = result.leaves[code]
    raw = np.asarray(trace.raw, dtype=float)
    known = raw[~np.isnan(raw)]
    base = None if denominator is None else result.table.columns.get(denominator)
    before, after = None, None
    if base is not None:
        before, after = _spearman(raw, base), _spearman(np.asarray(trace.prepared), base)
    missing = 1 - len(known) / len(raw) if len(raw) else 0.0
    zeros = float((known == 0).mean()) if len(known) else None
    distinct = len(np.unique(known))
    flags = {
        "many missing": missing > MOST_MISSING,
        "many zeros": zeros is not None and zeros > MOST_ZEROS,
        "all equal": len(known) > 1 and distinct == 1,
        "follows its denominator": after is not None and abs(after) >= STRONG,
    }
    raised = tuple(name for name, holds in flags.items() if holds)
    return Screening(code, len(raw), missing, zeros, distinct, denominator, before, after, raised)


def _spearman(a: FloatArray, b: FloatArray) -> float | None:
    """None for fewer than 3 common units or equal values."""
    both = ~np.isnan(a) & ~np.isnan(b)
    x, y = (_mean_ranks(values[both]) for values in (a, b))
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return plain(float(np.corrcoef(x, y)[0, 1]))


def _mean_ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1; tied values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=float)

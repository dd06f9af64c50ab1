"""How often, over the runs of a robustness plan, a unit is among the first or ahead of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scoring.analysis.robust import TOP, DrawnRanks
from scoring.engine.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class PairChance:
    """Two units over the runs in which both have a rank. Shares from 0 to 1; they sum to 1."""

    unit: str
    other: str
    ahead: float
    level: float
    behind: float
    runs: int
    """In which both have a rank; with none all shares are NaN."""


def top_chances(found: DrawnRanks, top: int = TOP) -> dict[str, float]:
    """By unit, the share of all runs in which its rank is `top` or better."""
    inside = (found.drawn > 0) & (found.drawn <= top)
    shares = inside.sum(axis=0) / found.runs
    return {unit: float(share) for unit, share in zip(found.units, shares, strict=True)}


def pair_chance(found: DrawnRanks, unit: str, other: str) -> PairChance:
    """How one unit stands to another. Raises UnknownName."""
    return _pair(unit, other, found.column(unit), found.column(other))


def chances_of(found: DrawnRanks, unit: str) -> list[PairChance]:
    """A unit against every other that ever has a rank, in the order of their published ranks."""
    own = found.column(unit)
    return [
        _pair(unit, other, own, found.drawn[:, row])
        for row, other in _by_rank(found)
        if other != unit and found.drawn[:, row].any()
    ]


def chance_matrix(found: DrawnRanks) -> FloatArray:
    """Shape (units, units): the share of the common runs in which the row is ahead of the column;
    NaN where two units never have a rank together."""
    ranked = found.drawn > 0
    rows = [
        _shares(found.drawn[:, [at]] < found.drawn, ranked[:, [at]] & ranked)
        for at in range(len(found.units))
    ]
    return np.stack(rows) if rows else np.zeros((0, 0))


def _shares(ahead: np.ndarray, common: np.ndarray) -> FloatArray:
    runs = common.sum(axis=0)
    return np.where(runs > 0, (ahead & common).sum(axis=0) / np.maximum(runs, 1), np.nan)


def _pair(unit: str, other: str, own: IntArray, theirs: IntArray) -> PairChance:
    common = (own > 0) & (theirs > 0)
    runs = int(common.sum())
    if not runs:
        return PairChance(unit, other, np.nan, np.nan, np.nan, 0)
    ahead = float((own[common] < theirs[common]).sum() / runs)
    behind = float((own[common] > theirs[common]).sum() / runs)
    level = float((own[common] == theirs[common]).sum() / runs)
    return PairChance(unit, other, ahead, level, behind, runs)


def _by_rank(found: DrawnRanks) -> Iterator[tuple[int, str]]:
    def place(row: int) -> tuple[bool, int, str]:
        rank = found.nominal[row]
        return rank is None, rank if rank is not None else len(found.units), found.units[row]

    for row in sorted(range(len(found.units)), key=place):
        yield row, found.units[row]

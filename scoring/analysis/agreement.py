"""How far two rankings of the same units agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.analysis.robust import TOP
from scoring.engine.result import Result
from scoring.method.tree import ROOT

Ranks = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RankAgreement:
    """Two rankings, over the units that have a rank in both."""

    common: int
    tau: float | None
    """Kendall's tau-b, -1 to 1; None for fewer than two units, or where one ranking is all ties."""
    mean_shift: float | None
    """Mean absolute difference of the ranks; None without a common unit."""
    greatest: tuple[str, int, int] | None
    """The unit whose rank differs most, with both ranks."""
    entered: tuple[str, ...]
    """Among the first ten of the second ranking alone."""
    left: tuple[str, ...]
    """Among the first ten of the first ranking alone."""


def ranks_of(result: Result, code: str = ROOT) -> dict[str, int]:
    """The units that have a rank at a node. Raises UnknownName."""
    found = ((unit, result.rank(unit, code)) for unit in result.units)
    return {unit: rank for unit, rank in found if rank is not None}


def rank_agreement(before: Ranks, after: Ranks, top: int = TOP) -> RankAgreement:
    """How far the second ranking agrees with the first."""
    common = [unit for unit in before if unit in after]
    shifts = {unit: abs(after[unit] - before[unit]) for unit in common}
    most = max(common, key=lambda unit: (shifts[unit], unit), default=None)
    first, second = (_first(ranks, top) for ranks in (before, after))
    return RankAgreement(
        common=len(common),
        tau=kendall_tau([before[unit] for unit in common], [after[unit] for unit in common]),
        mean_shift=sum(shifts.values()) / len(shifts) if shifts else None,
        greatest=None if most is None else (most, before[most], after[most]),
        entered=tuple(unit for unit in second if unit not in first),
        left=tuple(unit for unit in first if unit not in second),
    )


def kendall_tau(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Kendall's tau-b (1945): (concordant - discordant pairs) / √((pairs - ties in a) · (pairs -
    ties in b)). None where it is not defined."""
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    one, two = (np.sign(v[:, None] - v[None, :])[np.triu_indices(len(v), 1)] for v in (x, y))
    untied = float(np.abs(one).sum()) * float(np.abs(two).sum())
    return float((one * two).sum()) / untied**0.5 if untied else None


def _first(ranks: Ranks, top: int) -> list[str]:
    inside = [unit for unit, rank in ranks.items() if rank <= top]
    return sorted(inside, key=lambda unit: (ranks[unit], unit))

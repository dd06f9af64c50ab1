"""Which indicators carry a ranking: what changes without each, and which weights would give each
the part it is said to have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.analysis.agreement import RankAgreement, rank_agreement, ranks_of
from scoring.analysis.coherence import real_weights
from scoring.engine.compute import compute
from scoring.engine.table import Table
from scoring.method.tree import ROOT, Method

_STEPS = 200
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Removal:
    """The ranking without one node, its weight shared out among its siblings."""

    code: str
    agreement: RankAgreement
    """Of the ranking as published with the one without the node."""


@dataclass(frozen=True, slots=True)
class EqualisedWeights:
    """Weights of the root's children under which each has in fact the part it is said to have."""

    stated: Mapping[str, float]
    """Shares of the root by the method, summing to 1."""
    effective: Mapping[str, float | None]
    """What they are in fact: squared correlations with the root, as shares."""
    weights: Mapping[str, float]
    """The weights to state instead, summing to 1."""
    reached: Mapping[str, float | None]
    """The effective shares under those weights."""
    distance: float
    """Greatest difference that is left between reached and stated; large where no weights do."""


def removals(method: Method, table: Table, code: str = ROOT) -> list[Removal]:
    """Every node below `code` that has siblings and a weight, taken out in turn; the one whose
    absence moves the ranks at `code` most comes first. Raises UnknownName or TableError."""
    before = ranks_of(compute(method, table), code)
    found = []
    for node in method.below(code):
        siblings = method.children(node.parent) if node.parent is not None else ()
        others = [other for other in siblings if other.code != node.code and other.weight > 0]
        if node.code == code or node.weight == 0 or not others:
            continue
        without = compute(method.with_weights({node.code: 0.0}), table)
        found.append(Removal(node.code, rank_agreement(before, ranks_of(without, code))))
    return sorted(found, key=_moved_most)


def _moved_most(removal: Removal) -> tuple[float, str]:
    shift = removal.agreement.mean_shift
    return (1.0 if shift is None else -shift), removal.code


def equalised_weights(method: Method, table: Table) -> EqualisedWeights:
    """By repeated correction: a child that has more than its part is given less weight.

    The effective share is that of `real_weights`: the squared correlation with the root as a share
    of their sum (Paruolo, Saisana and Saltelli 2013, "Ratings and rankings: voodoo or science?").
    Children without a weight or without a correlation keep their weight.
    """
    first = {weight.code: weight for weight in real_weights(compute(method, table))}
    stated = {code: weight.stated for code, weight in first.items()}
    effective = {code: weight.effective for code, weight in first.items()}
    weights, best, far = dict(stated), dict(stated), _distance(stated, effective)
    for _ in range(_STEPS):
        reached = _effective(method, table, weights)
        distance = _distance(stated, reached)
        if distance < far:
            best, far = dict(weights), distance
        if far < _CLOSE:
            break
        weights = _corrected(weights, stated, reached)
    reached = _effective(method, table, best)
    return EqualisedWeights(stated, effective, best, reached, _distance(stated, reached))


def _effective(
    method: Method, table: Table, weights: Mapping[str, float]
) -> dict[str, float | None]:
    found = real_weights(compute(method.with_weights(weights), table))
    return {weight.code: weight.effective for weight in found}


def _corrected(
    weights: Mapping[str, float],
    stated: Mapping[str, float],
    reached: Mapping[str, float | None],
) -> dict[str, float]:
    """The weights after one step; the square root damps it."""
    moved = dict(weights)
    for code, share in reached.items():
        if share is not None and stated[code] > 0:
            moved[code] *= float(np.sqrt(stated[code] / max(share, 1e-3)))
    total = sum(moved.values())
    return {code: weight / total for code, weight in moved.items()}


def _distance(stated: Mapping[str, float], reached: Mapping[str, float | None]) -> float:
    apart = [abs(share - stated[code]) for code, share in reached.items() if share is not None]
    return max(apart, default=0.0)

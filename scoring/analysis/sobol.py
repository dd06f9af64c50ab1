"""Which choice moves the ranks most: Sobol shares of the choices behind an index.

The output studied is the mean absolute shift of rank against the method as published. The
factors are the plan's rules and the weights of each depth of the tree. First-order shares say
what a factor moves alone, total shares what it moves together with the others (Saltelli's
sampling and estimators as SALib has them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.analysis.robust import Ensemble, RobustnessPlan, standard_plan
from scoring.engine.arrays import FloatArray, IntArray
from scoring.engine.compute import compute
from scoring.engine.table import Table
from scoring.extras import load_extra
from scoring.method.tree import ROOT, Method
from scoring.method.weights import depth

DRAWS = 128
"""Sets of weights that a weight factor chooses from."""


@dataclass(frozen=True, slots=True)
class VarianceShare:
    """One factor's part in the variance of the rank shifts."""

    factor: str
    first: float
    first_error: float
    """Half width of the 95 % interval."""
    total: float
    total_error: float


def sobol_shares(
    method: Method,
    table: Table,
    plan: RobustnessPlan | None = None,
    code: str = ROOT,
    base: int = 256,
) -> list[VarianceShare]:
    """Shares by factor, in the plan's order; all 0 where nothing moves any rank.

    `base` is Saltelli's N, a power of 2; the cost is N x (factors + 2) runs. Raises ExtraMissing
    without SALib, UnknownName or TableError.
    """
    plan = standard_plan(method) if plan is None else plan
    ensemble = Ensemble(method, table, plan, code)
    depths = sorted({depth(method, node.code) for node in ensemble.moved_nodes()})
    names = [*plan.rules, *(f"weights at depth {level}" for level in depths)]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    sampler = load_extra("SALib.sample.sobol", purpose="Sobol shares")
    analyser = load_extra("SALib.analyze.sobol", purpose="Sobol shares")
    points = sampler.sample(problem, base, calc_second_order=False, seed=plan.seed)
    shifts = _shifts(ensemble, points, depths)
    if np.ptp(shifts) == 0:
        return [VarianceShare(name, 0.0, 0.0, 0.0, 0.0) for name in names]
    indices = analyser.analyze(problem, shifts, calc_second_order=False, seed=plan.seed)
    columns = (indices["S1"], indices["S1_conf"], indices["ST"], indices["ST_conf"])
    return [
        VarianceShare(name, *map(float, row)) for name, *row in zip(names, *columns, strict=True)
    ]


def _shifts(ensemble: Ensemble, points: FloatArray, depths: Sequence[int]) -> FloatArray:
    """Mean absolute rank shift of each run, over the units that hold a rank in it and at first."""
    rules = len(ensemble.options)
    counts = np.array(ensemble.options, dtype=np.int64)
    choices: IntArray = np.minimum((points[:, :rules] * counts).astype(np.int64), counts - 1)
    bank = ensemble.draw_factors(np.random.default_rng(ensemble.plan.seed), DRAWS)
    drawn = np.minimum((points[:, rules:] * DRAWS).astype(np.int64), DRAWS - 1)
    column = {level: at for at, level in enumerate(depths)}
    factors = {
        code: values[drawn[:, column[depth(ensemble.method, code)]]]
        for code, values in bank.items()
    }
    nominal = compute(ensemble.method, ensemble.table).ranks(ensemble.code)
    got = ensemble.ranks(choices, factors)
    both = (got > 0) & (nominal > 0)
    moved = np.where(both, np.abs(got - nominal), 0).sum(axis=1)
    return np.asarray(moved / np.maximum(both.sum(axis=1), 1))

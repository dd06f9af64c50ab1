"""A month's reports as plain data: how sure the ranks are, and what treatment did."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from scoring.analysis.coherence import (
    coherence_flags,
    components,
    cronbach,
    real_weights,
    sibling_correlations,
)
from scoring.analysis.robust import RobustnessPlan, rank_bands, standard_plan
from scoring.analysis.sobol import sobol_shares
from scoring.engine.arrays import plain
from scoring.engine.compute import compute
from scoring.engine.result import Result
from scoring.engine.table import Table
from scoring.method.tree import ROOT, Method


def robust_report(
    method: Method,
    table: Table,
    plan: RobustnessPlan | None = None,
    code: str = ROOT,
    *,
    shares: bool = True,
    base: int = 128,
) -> dict[str, Any]:
    """Bands, Sobol shares, weights, correlations, components and flags, ready for JSON.

    `shares = False` leaves out Sobol's shares, which need SALib. Raises UnknownName, TableError,
    ExtraMissing.
    """
    plan = standard_plan(method) if plan is None else plan
    result = compute(method, table)
    bands = rank_bands(method, table, plan, code).values()
    return {
        "method": method.id,
        "method_hash": method.hash,
        "input_hash": table.hash,
        "node": code,
        "plan": _plan(plan),
        "bands": [
            {**asdict(band), "rank_low": band.whole[0], "rank_high": band.whole[1]}
            for band in sorted(bands, key=lambda b: (b.nominal is None, b.nominal, b.unit))
        ],
        "shares": [asdict(s) for s in sobol_shares(method, table, plan, code, base)]
        if shares
        else [],
        **coherence_report(result, code),
        "treatment": treatment_report(result),
    }


def _plan(plan: RobustnessPlan) -> dict[str, Any]:
    return {
        "runs": plan.runs,
        "seed": plan.seed,
        "noise": plan.noise,
        "rules": {name: [_named(rule) for rule in rules] for name, rules in plan.rules.items()},
    }


def _named(rule: object) -> str:
    return str(getattr(rule, "__name__", rule)).replace("_", " ")


def coherence_report(result: Result, code: str = ROOT) -> dict[str, Any]:
    """Whether the index hangs together at and below a node, ready for JSON."""
    return {
        "weights": [asdict(weight) for weight in real_weights(result)],
        "correlations": [
            {**asdict(pair), "r": plain(pair.r)} for pair in sibling_correlations(result, code)
        ],
        "flags": [asdict(flag) for flag in coherence_flags(result)],
        "components": asdict(components(result, code)),
        "cronbach": {
            node.code: cronbach(result, node.code)
            for node in result.method.below(code)
            if len(result.method.children(node.code)) > 1
        },
    }


def treatment_report(result: Result) -> list[dict[str, Any]]:
    """What was done to each leaf's column, and which units' values were changed one by one."""
    units = np.array(result.units, dtype=object)
    return [
        {
            "code": code,
            "done": trace.treated.done,
            "parameter": trace.treated.parameter,
            "skew_before": plain(trace.treated.skew[0]),
            "skew_after": plain(trace.treated.skew[1]),
            "kurt_before": plain(trace.treated.kurt[0]),
            "kurt_after": plain(trace.treated.kurt[1]),
            "changed": list(units[trace.treated.points]),
            "imputed": list(units[trace.imputed]),
        }
        for code, trace in result.leaves.items()
    ]

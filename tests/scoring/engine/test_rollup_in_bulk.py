"""What many runs share is computed once, with the same bits as run by run and unit by unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scoring.analysis.robust import DrawnRanks, RankBand, RobustnessPlan, drawn_ranks, rank_bands
from scoring.engine.arrays import BoolArray, FloatArray
from scoring.engine.combine import combine_arithmetic
from scoring.engine.rollup import node_inputs, node_scores
from scoring.engine.table import Table
from scoring.method.library import read_method
from scoring.method.tree import ROOT, Node

METHOD = read_method(
    'id = "mini"\n'
    + "".join(f'[[indicator]]\ncode = "{c}"\nparent = "index"\nweight = 1\n' for c in "abc")
)
CHILDREN, UNITS, RUNS = 4, 9, 6


def node_of(missing: str, availability: float) -> Node:
    return replace(METHOD.node(ROOT), missing=missing, availability=availability)


def one_run(node: Node, scores: FloatArray, weights: FloatArray, absent: BoolArray) -> FloatArray:
    """Unit by unit, as the rules are written down; `scores` (children, units)."""
    found = np.full(scores.shape[1], np.nan)
    for unit in range(scores.shape[1]):
        counted = [n for n in range(len(weights)) if weights[n] > 0]
        asked = [n for n in counted if not absent[n, unit]]
        have = [n for n in asked if not np.isnan(scores[n, unit])]
        enough = len(have) / len(asked) >= node.availability if asked else bool(counted)
        if not enough or (node.missing == "missing" and len(have) < len(asked)):
            continue
        above = below = 0.0
        for n in range(len(weights)):
            known = not np.isnan(scores[n, unit])
            above += weights[n] * (scores[n, unit] if known else 0.0)
            below += weights[n] if known or node.missing != "renormalise" else 0.0
        found[unit] = above / below if below > 0 else np.nan
    return found


@pytest.mark.parametrize("missing", ["renormalise", "missing", "zero"])
@pytest.mark.parametrize("holes", [0.0, 0.3])
@pytest.mark.parametrize("levels", ["of leaves", "of every run"])
def test_runs_together_are_each_run_by_itself(missing: str, holes: float, levels: str) -> None:
    rng = np.random.default_rng(7)
    for seed in range(12):
        shape = (CHILDREN, UNITS) if levels == "of leaves" else (RUNS, CHILDREN, UNITS)
        scores = np.where(rng.random(shape) < holes, np.nan, rng.random(shape))
        weights = rng.random((RUNS, CHILDREN))
        weights[:, seed % CHILDREN] *= seed % 3 > 0
        weights[seed % RUNS, 0] *= seed % 2
        absent = rng.random((CHILDREN, UNITS)) < 0.2
        node = node_of(missing, (0.0, 0.5, 1.0)[seed % 3])
        together = node_scores(node, node_inputs(node, scores, weights, absent))
        for run in range(RUNS):
            own = scores if scores.ndim == 2 else scores[run]
            expected = one_run(node, own, weights[run], absent)
            np.testing.assert_array_equal(np.broadcast_to(together, (RUNS, UNITS))[run], expected)


def test_a_weight_for_all_units_sums_as_one_for_each() -> None:
    rng = np.random.default_rng(3)
    values, weights = rng.random((CHILDREN, UNITS)), rng.random((RUNS, CHILDREN, 1))
    seen = np.broadcast_to(weights, (RUNS, CHILDREN, UNITS))
    np.testing.assert_array_equal(
        combine_arithmetic(values, seen), combine_arithmetic(values, seen.copy())
    )


def band_of(found: DrawnRanks, row: int) -> RankBand:
    drawn = found.drawn[:, row]
    held = drawn[drawn > 0]
    low, median, high = (float(at) for at in np.percentile(held, [5, 50, 95]))
    first = float((held <= 10).sum() / len(drawn))
    unit, nominal = found.units[row], found.nominal[row]
    return RankBand(unit, nominal, float(held.mean()), median, low, high, first)


@pytest.mark.parametrize("runs", [1, 2, 50])
def test_bands_of_all_units_are_those_of_each(runs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(runs)
    table = Table.build([f"u{n}" for n in range(14)], {c: rng.random(14) for c in "abc"})
    found = drawn_ranks(METHOD, table, RobustnessPlan(rules={}, runs=runs))
    found.drawn[rng.random(found.drawn.shape) < 0.1] = 0
    found.drawn[:, 3] = 0
    monkeypatch.setattr("scoring.analysis.robust.drawn_ranks", lambda *_: found)
    expected = {
        unit: band_of(found, row)
        for row, unit in enumerate(found.units)
        if found.drawn[:, row].any()
    }
    bands = rank_bands(METHOD, table)
    assert bands == expected
    assert list(bands) == list(expected)
    assert "u3" not in bands

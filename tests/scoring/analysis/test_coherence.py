"""Correlations, effective weights, components and flags, on tables where the answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

import scoring
from scoring.analysis.coherence import (
    coherence_flags,
    components,
    correlate,
    cronbach,
    real_weights,
    sibling_correlations,
)
from scoring.engine.table import Table
from scoring.method.weights import depth, effective_weights, height
from tests.scoring.analysis.test_diff import tree
from tests.scoring.support import flat

NONE = 'normalise = { kind = "none" }\n'
X = [1.0, 2.0, 3.0, 4.0]


def computed(**columns: list[float | None]) -> scoring.Result:
    model = flat(list(columns), defaults=NONE)
    size = len(next(iter(columns.values())))
    return scoring.compute(model, Table.build([f"u{i}" for i in range(size)], columns))


def test_correlations() -> None:
    result = computed(a=[*X], b=[2.0, 4.0, 6.0, None], c=[4.0, 3.0, 2.0, 1.0], d=[5.0] * 4)
    pairs = {(p.a, p.b): p for p in sibling_correlations(result)}
    assert pairs["a", "b"].r == pytest.approx(1)
    assert pairs["a", "b"].n == 3
    assert pairs["a", "c"].r == pytest.approx(-1)
    assert math.isnan(pairs["a", "d"].r)
    assert len(pairs) == 6
    with pytest.raises(scoring.UnknownName):
        correlate(result, "a", "zz")


def test_absent_units_do_not_count() -> None:
    table = Table.build(
        ["w", "x", "y", "z"],
        {"a": [9.0, 1.0, 2.0, 3.0], "b": [9.0, 1, 2, 3], "c": [0, 3.0, 2.0, 1.0], "d": [1.0] * 4},
        absent={"q": ["w"]},
    )
    result = scoring.compute(tree(), table)
    assert correlate(result, "p", "q").n == 3
    assert correlate(result, "a", "c").r == pytest.approx(-1)


def test_flags() -> None:
    result = computed(a=[*X], b=[1.1, 2.0, 3.1, 4.0], c=[3.0, 2.5, 2.0, 1.0])
    told = {(flag.kind, flag.a, flag.b) for flag in coherence_flags(result)}
    assert ("redundant", "a", "b") in told
    assert ("contrary", "a", "c") in told
    assert ("contrary", "c", "index") in told
    rng = np.random.default_rng(1)
    weak = computed(a=[*(rng.normal(size=40) * 100)], b=[*rng.normal(size=40)])
    assert ("weak", "b", "index") in {(f.kind, f.a, f.b) for f in coherence_flags(weak)}


def test_real_weights() -> None:
    result = computed(a=[10.0, 20.0, 30.0, 40.0], b=[1.0, -1.0, 1.0, -1.0])
    weights = {weight.code: weight for weight in real_weights(result)}
    assert weights["a"].stated == weights["b"].stated == 0.5
    moved = {code: correlate(result, code, "index").r ** 2 for code in "ab"}
    assert weights["a"].effective == pytest.approx(moved["a"] / (moved["a"] + moved["b"]))
    assert moved["a"] > 4 * moved["b"]
    total = sum(weight.effective for weight in weights.values() if weight.effective is not None)
    assert total == pytest.approx(1)
    alone = computed(a=[5.0, 5.0])
    assert real_weights(alone)[0].effective is None


def test_stated_weights_down_the_tree() -> None:
    share = effective_weights(tree())
    assert share["b"] == pytest.approx(0.75 * 2 / 3)
    assert sum(share[code] for code in "abcd") == pytest.approx(1)
    assert (depth(tree(), "a"), depth(tree(), "index")) == (2, 0)
    assert (height(tree(), "a"), height(tree(), "index")) == (1, 3)


def test_components() -> None:
    result = computed(a=[*X], b=[2.0, 4.0, 6.0, 8.0], c=[1.0, -1.0, -1.0, 1.0], d=[7.0] * 4)
    told = components(result)
    assert told.leaves == ("a", "b", "c")
    assert told.units == 4
    assert told.explained[0] == pytest.approx(2 / 3)
    assert sum(told.explained) == pytest.approx(1)
    assert told.loadings[0] == pytest.approx((1, 1, 0), abs=1e-9)


def test_components_of_too_little() -> None:
    assert components(computed(a=[None, None], b=[None, None])).leaves == ()
    few = components(computed(a=[1.0, 2.0, 3.0, None], b=[None, 2.0, 3.0, 4.0]))
    assert few.explained == ()


def test_cronbach() -> None:
    assert cronbach(computed(a=[*X], b=[*X]), "index") == pytest.approx(1)
    assert cronbach(computed(a=[*X]), "index") is None
    assert cronbach(computed(a=[1.0, 2.0], b=[2.0, 1.0]), "index") is None
    values = np.array([[1.0, 2, 4, 3], [2, 2, 5, 1], [1, 3, 3, 4]])
    by_hand = 1.5 * (1 - values.var(axis=1, ddof=1).sum() / values.sum(axis=0).var(ddof=1))
    result = computed(**{name: list(row) for name, row in zip("abc", values, strict=True)})
    assert cronbach(result, "index") == pytest.approx(by_hand)

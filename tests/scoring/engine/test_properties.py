"""What must hold for every tree and table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scoring
from tests.scoring.support import flat

CODES = "abcd"
CELL = st.one_of(st.none(), st.integers(-20, 20).map(float))
COMBINE = ["arithmetic", "geometric", "harmonic", "copeland"]


class Case(NamedTuple):
    model: scoring.Method
    table: scoring.Table
    weights: list[int]


@st.composite
def cases(draw: st.DrawFn, combine: str | None = None) -> Case:
    size = draw(st.integers(1, 6))
    rows = [draw(st.lists(CELL, min_size=size, max_size=size)) for _ in CODES]
    weights = draw(st.lists(st.integers(0, 6), min_size=4, max_size=4).filter(any))
    kind = combine or draw(st.sampled_from(COMBINE))
    defaults = (
        f'combine.kind = "{kind}"\nnormalise = {{ kind = "minmax", scale = [1, 100] }}\n'
        f'missing = "{draw(st.sampled_from(["renormalise", "zero", "missing"]))}"\n'
        f"availability = {draw(st.sampled_from([0.0, 0.5, 1.0]))}"
    )
    table = scoring.Table.build([f"u{i}" for i in range(size)], dict(zip(CODES, rows, strict=True)))
    return Case(flat(CODES, defaults=defaults, weights=weights), table, weights)


def close(a: scoring.Result, b: scoring.Result) -> None:
    np.testing.assert_allclose(a.scores["index"], b.scores["index"], rtol=1e-12, atol=1e-12)
    assert a.ranks().tolist() == b.ranks().tolist()


@pytest.mark.slow
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(case: Case, random: object) -> None:
    order = list(range(len(case.table.units)))
    random.shuffle(order)  # type: ignore[attr-defined]
    units = [case.table.units[i] for i in order]
    columns = {name: values[order] for name, values in case.table.columns.items()}
    moved = scoring.compute(case.model, scoring.Table.build(units, columns))
    result = scoring.compute(case.model, case.table)
    for unit in units:
        assert moved.score(unit) == result.score(unit)
        assert moved.rank(unit) == result.rank(unit)


@pytest.mark.slow
@given(cases())
def test_the_order_of_indicators_does_not_matter(case: Case) -> None:
    root, *leaves = case.model.nodes
    turned = case.model.with_nodes([root, *reversed(leaves)])
    close(scoring.compute(case.model, case.table), scoring.compute(turned, case.table))


@pytest.mark.slow
@given(cases(), st.sampled_from([0.01, 0.1, 3.0, 1000.0]))
def test_weights_may_sum_to_anything(case: Case, factor: float) -> None:
    scaled = case.model.with_weights(
        {code: weight * factor for code, weight in zip(CODES, case.weights, strict=True)}
    )
    close(scoring.compute(case.model, case.table), scoring.compute(scaled, case.table))


@pytest.mark.slow
@given(cases(), st.sampled_from([0.25, 8.0, 1024.0]), st.integers(-64, 64))
def test_the_unit_of_measure_does_not_matter(case: Case, factor: float, shift: int) -> None:
    columns = {name: values * factor + shift for name, values in case.table.columns.items()}
    moved = scoring.Table.build(case.table.units, columns)
    close(scoring.compute(case.model, case.table), scoring.compute(case.model, moved))


@given(cases())
def test_a_unit_twice_is_a_tie(case: Case) -> None:
    units = [*case.table.units, "twin"]
    columns = {name: np.append(values, values[0]) for name, values in case.table.columns.items()}
    result = scoring.compute(case.model, scoring.Table.build(units, columns))
    assert result.score("twin") == result.score("u0")
    assert result.rank("twin") == result.rank("u0")


@given(cases(), st.integers(0, 3), st.integers(0, 5), st.integers(0, 30))
def test_more_of_a_good_thing_never_costs_a_place(
    case: Case, which: int, row: int, more: int
) -> None:
    unit, code = f"u{row % len(case.table.units)}", CODES[which]
    value = case.table.value(unit, code)
    if value is None:
        return
    before = scoring.compute(case.model, case.table)
    after = scoring.compute(case.model, case.table.with_value(unit, code, value + more))
    if before.rank(unit) is not None:
        assert after.rank(unit) is not None
        assert after.rank(unit) <= before.rank(unit)  # type: ignore[operator]


@given(cases())
def test_scores_are_missing_exactly_where_the_rules_say_so(case: Case) -> None:
    result, root = scoring.compute(case.model, case.table), case.model.node("index")
    counted = [c for c, weight in zip(CODES, case.weights, strict=True) if weight]
    for unit in result.units:
        have = [c for c in counted if case.table.value(unit, c) is not None]
        enough = len(have) / len(counted) >= root.availability
        if root.missing == "missing":
            enough = len(have) == len(counted)
        enough = enough and bool(have)
        assert (result.score(unit) is not None) == enough
        assert (result.rank(unit) is not None) == enough
    left_out = {e.unit for e in result.exclusions}
    assert left_out == {u for u in result.units if result.score(u) is None}


@given(cases(combine="arithmetic"))
def test_coverage_is_the_share_of_weight_that_had_data(case: Case) -> None:
    result = scoring.compute(case.model, case.table)
    loaded = {
        c: w * (not np.isnan(case.table.columns[c]).all())
        for c, w in zip(CODES, case.weights, strict=True)
    }
    for row, unit in enumerate(result.units):
        have = sum(w for c, w in loaded.items() if case.table.value(unit, c) is not None)
        total = sum(loaded.values())
        assert result.coverage["index"][row] == pytest.approx(have / total if total else 0.0)

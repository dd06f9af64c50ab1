"""Chances are shares of the same runs, counted here one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.analysis.agreement import kendall_tau, rank_agreement
from scoring.analysis.chances import chance_matrix, chances_of, pair_chance, top_chances
from scoring.analysis.robust import DrawnRanks, drawn_ranks, rank_bands, standard_plan
from scoring.errors import UnknownName
from tests.scoring.analysis.test_robust import random_table
from tests.scoring.support import flat

UNITS = ("a", "b", "c", "d")
RUNS = st.lists(
    st.lists(st.integers(min_value=0, max_value=4), min_size=4, max_size=4), min_size=1, max_size=30
)


def found(runs: list[list[int]]) -> DrawnRanks:
    return DrawnRanks(UNITS, (1, None, 3, 2), np.array(runs, dtype=np.int64))


@settings(deadline=None)
@given(RUNS, st.integers(min_value=1, max_value=4))
def test_chances_equal_a_count_over_the_runs(runs: list[list[int]], top: int) -> None:
    drawn = found(runs)
    matrix = chance_matrix(drawn)
    for row, unit in enumerate(UNITS):
        inside = sum(1 for run in runs if 1 <= run[row] <= top)
        assert top_chances(drawn, top)[unit] == pytest.approx(inside / len(runs))
        for at, other in enumerate(UNITS):
            both = [(run[row], run[at]) for run in runs if run[row] and run[at]]
            pair = pair_chance(drawn, unit, other)
            assert pair.runs == len(both)
            if not both:
                assert math.isnan(pair.ahead)
                assert math.isnan(matrix[row, at])
                continue
            assert pair.ahead == pytest.approx(sum(x < y for x, y in both) / len(both))
            assert matrix[row, at] == pytest.approx(pair.ahead)
            assert pair.ahead + pair.level + pair.behind == pytest.approx(1)


def test_others_come_by_their_published_rank_and_only_if_they_have_any() -> None:
    drawn = found([[1, 0, 2, 3], [2, 0, 1, 3]])
    assert [pair.other for pair in chances_of(drawn, "a")] == ["d", "c"]
    with pytest.raises(UnknownName, match="zz"):
        chances_of(drawn, "zz")


def test_the_runs_are_those_of_the_bands() -> None:
    model, table = flat("abcd"), random_table()
    plan = standard_plan(model, runs=60)
    chances, bands = top_chances(drawn_ranks(model, table, plan)), rank_bands(model, table, plan)
    assert {unit: chances[unit] for unit in bands} == {
        unit: band.in_top_ten for unit, band in bands.items()
    }


@pytest.mark.slow
@given(st.lists(st.integers(1, 6), min_size=2, max_size=12), st.randoms())
@settings(deadline=None)
def test_tau_is_that_of_scipy(a: list[int], chance: object) -> None:
    scipy = pytest.importorskip("scipy.stats")
    b = list(a)
    chance.shuffle(b)  # type: ignore[attr-defined]
    wanted = float(scipy.kendalltau(a, b).statistic)
    got = kendall_tau(a, b)
    assert (got is None) == math.isnan(wanted)
    assert got is None or got == pytest.approx(wanted)


def test_agreement_counts_common_units_alone() -> None:
    one, two = {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 2, "d": 3}
    both = rank_agreement(one, two, top=2)
    assert (both.common, both.tau, both.mean_shift) == (2, 1.0, 0.5)
    assert both.greatest == ("c", 3, 2)
    assert (both.entered, both.left) == (("c",), ("b",))
    nothing = rank_agreement({}, {"a": 1})
    assert (nothing.common, nothing.tau, nothing.mean_shift, nothing.greatest) == (
        0,
        None,
        None,
        None,
    )

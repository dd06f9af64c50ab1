"""Rank bands and Sobol shares: what they mean, that they repeat, and COINr's own bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import scoring
from scoring.analysis.robust import (
    Ensemble,
    MethodRule,
    RobustnessPlan,
    as_it_is,
    by_rank,
    rank_bands,
    standard_plan,
    whole_bands,
    without_log,
    without_ratings,
)
from scoring.analysis.sobol import sobol_shares
from scoring.engine.table import Table
from scoring.method.specs import Mean, Winsorise, ZScore
from scoring.method.tree import Node
from tests.scoring.analysis.test_diff import tree
from tests.scoring.cities.test_city_table import CITIES, giu_table, month
from tests.scoring.engine import asem
from tests.scoring.support import ASEM, flat, read_csv

NONE = 'normalise = { kind = "none" }\n'


def random_table(units: int = 12, seed: int = 4) -> Table:
    values = np.random.default_rng(seed).gamma(2.0, 10.0, size=(4, units))
    return Table.build([f"u{i}" for i in range(units)], dict(zip("abcd", values, strict=True)))


def test_nothing_varied_means_bands_of_one_rank() -> None:
    table = random_table()
    bands = rank_bands(tree(), table, RobustnessPlan(noise=0.0, runs=20))
    result = scoring.compute(tree(), table)
    for unit in table.units:
        rank = result.rank(unit)
        assert (bands[unit].low, bands[unit].high, bands[unit].nominal) == (rank, rank, rank)
        assert bands[unit].mean == rank


def test_weights_move_only_where_they_are_varied() -> None:
    """x and y trade places only if the weights of the root's children move."""
    table = Table.build(
        ["x", "y"], {"a": [9.0, 1.0], "b": [9.0, 1.0], "c": [0, 8.1], "d": [0, 8.1]}
    )
    model = tree().with_weights({"p": 1.0})
    assert {b.whole for b in _bands(model, table, frozenset({2}))} == {(1, 1), (2, 2)}
    assert {b.whole for b in _bands(model, table, frozenset({1}))} == {(1, 2)}


def _bands(model: scoring.Method, table: Table, depths: frozenset[int]) -> list[object]:
    return list(rank_bands(model, table, RobustnessPlan(depths=depths, runs=200)).values())


def test_seeded() -> None:
    table = random_table()
    plan = standard_plan(tree(rules=""), runs=50)
    first = rank_bands(tree(rules=""), table, plan)
    assert rank_bands(tree(rules=""), table, plan) == first
    assert rank_bands(tree(rules=""), table, replace(plan, seed=1)) != first


def test_runs_agree_with_computing_each_method_by_itself() -> None:
    table, model = (
        random_table(),
        tree("geometric", rules='normalise.scale = [1, 9]\nnormalise.kind = "minmax"\n'),
    )
    ensemble = Ensemble(model, table, RobustnessPlan(rules={"n": (as_it_is, by_rank)}, runs=6))
    factors = ensemble.draw_factors(np.random.default_rng(0), 6)
    choices = np.array([[0], [1], [0], [1], [1], [0]])
    got = ensemble.ranks(choices, factors)
    for run, (option,) in enumerate(choices):
        weights = {code: model.node(code).weight * f[run] for code, f in factors.items()}
        one = (as_it_is, by_rank)[option](model).with_weights(weights)
        assert got[run].tolist() == scoring.compute(one, table).ranks().tolist()


def test_the_standard_rules() -> None:
    model = scoring.load_method("giu")
    assert set(standard_plan(model).rules) == {"normalisation", "ratings"}
    assert set(standard_plan(scoring.load_method("network-image-2025")).rules) == {"normalisation"}
    shares = "facebook_shares"
    assert without_log(model).node(shares).treat.kind == "none"
    assert by_rank(model).node(shares).normalise.kind == "percentile_rank"
    assert by_rank(model).node("x_rating").normalise.kind == "rating"
    assert without_ratings(model).node("x_qualitative").weight == 0
    assert as_it_is(model) is model


@pytest.mark.slow
def test_bands_of_a_month() -> None:
    model, table = scoring.load_method("giu"), giu_table(month(), CITIES)
    bands = rank_bands(model, table, standard_plan(model, runs=60))
    assert whole_bands(bands)["aa"] == (1, 1)
    facebook = rank_bands(model, table, standard_plan(model, runs=60), "facebook")
    assert facebook["cc"].nominal == 1
    tiktok = rank_bands(model, table, standard_plan(model, runs=60), "tiktok")
    assert "cc" not in tiktok
    with pytest.raises(scoring.UnknownName):
        rank_bands(model, table, code="orkut")


def test_a_weight_of_zero_stays_zero() -> None:
    model = flat("ab", defaults=NONE, weights=[1, 0])
    table = Table.build(["x", "y"], {"a": [2.0, 1.0], "b": [0.0, 100.0]})
    assert rank_bands(model, table, RobustnessPlan(runs=30))["x"].whole == (1, 1)


@pytest.mark.slow
def test_shares_name_the_choice_that_matters() -> None:
    table = random_table(30)
    model = tree(rules="")
    plan = RobustnessPlan(rules={"turned": (as_it_is, _turned)}, noise=0.01, depths=frozenset({1}))
    shares = {share.factor: share for share in sobol_shares(model, table, plan, base=32)}
    assert list(shares) == ["turned", "weights at depth 1"]
    assert shares["turned"].first > 0.9
    assert shares["turned"].total > 0.9
    assert shares["weights at depth 1"].total < 0.1
    assert sobol_shares(model, table, plan, base=32) == list(shares.values())


def _turned(method: scoring.Method) -> scoring.Method:
    return method.with_nodes(replace(n, direction=-1) if n.measure else n for n in method.nodes)


@pytest.mark.slow
def test_shares_of_nothing() -> None:
    table = Table.build(["x", "y"], {"a": [9.0, 1.0], "b": [9.0, 1.0], "c": [9, 1], "d": [9, 1]})
    shares = sobol_shares(tree(), table, RobustnessPlan(noise=0.1), base=8)
    assert {(share.first, share.total) for share in shares} == {(0.0, 0.0)}


def leaves(change: Callable[[Node], Node]) -> MethodRule:
    return lambda m: m.with_nodes(change(n) if n.measure is not None else n for n in m.nodes)


def inner(change: Callable[[Node], Node]) -> MethodRule:
    return lambda m: m.with_nodes(n if n.measure is not None else change(n) for n in m.nodes)


def winsorised(most: int) -> MethodRule:
    return leaves(lambda n: replace(n, treat=Winsorise(kind="winsorise", max=most)))


@pytest.mark.shared
@pytest.mark.parametrize("_", ["asem"] if ASEM.is_dir() else [])
@pytest.mark.slow
def test_bands_of_the_asem_example(_: str) -> None:
    """COINr's uncertainty analysis: at most 1 to 5 points winsorised, min-max or z-scores,
    arithmetic or geometric means, weights of the two upper levels by a quarter."""
    score = leaves(lambda n: replace(n, normalise=ZScore(kind="zscore", mean=10, sd=2)))
    geometric = inner(lambda n: replace(n, combine=Mean(kind="geometric")))
    plan = RobustnessPlan(
        rules={
            "winsorised": [winsorised(most) for most in range(1, 6)],
            "normalisation": [as_it_is, score],
            "combination": [as_it_is, geometric],
        },
        depths=frozenset({1, 2}),
    )
    defaults = 'treat.kind = "winsorise"\nimpute.kind = "group_mean"\n'
    defaults += 'normalise = { kind = "minmax", scale = [1, 100] }'
    model = asem.build(defaults, denominators=True)
    bands = rank_bands(model, asem.table(group="EurAsia_group"), plan)
    for row in read_csv(ASEM / "J_UA_rankstats_N500.csv"):
        band = bands[row["uCode"]]
        assert band.nominal == int(row["Nominal"])
        assert band.low == pytest.approx(float(row["Q5"]), abs=2)
        assert band.high == pytest.approx(float(row["Q95"]), abs=2)
        assert band.mean == pytest.approx(float(row["Mean"]), abs=1)

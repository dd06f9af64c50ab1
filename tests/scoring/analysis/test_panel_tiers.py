"""Several periods on one scale, and tiers."""

from __future__ import annotations

import pytest

import scoring
from scoring.analysis.panel import compute_panel, fix_goalposts
from scoring.analysis.tiers import tiers
from scoring.engine.table import Table
from tests.scoring.support import column, flat, score

MODEL = flat("ab")


def months() -> dict[str, Table]:
    return {
        "2025-02": Table.build(["x", "z"], {"a": [20.0, None], "b": [1.0, 3.0]}),
        "2025-01": Table.build(
            ["x", "y"], {"a": [0.0, 10.0], "b": [1.0, 1.0]}, {"b": ["y"]}, ["e", "w"]
        ),
    }


def test_one_scale_over_all_periods() -> None:
    results = compute_panel(MODEL, months())
    assert column(results["2025-01"], "a") == [0.0, 50.0]
    assert column(results["2025-02"], "a") == [100.0, None]
    assert column(results["2025-02"]) == [50.0, 100.0]
    assert results["2025-01"].score("y", "b") == 0.0
    assert results["2025-02"].rank("z") == 1
    assert results["2025-01"].group_ranks().tolist() == [1, 1]
    assert results["2025-01"].table.units == ("x", "y")
    assert results["2025-02"].leaves["a"].raw[0] == 20.0


def test_exclusions_belong_to_their_period() -> None:
    panel = months() | {"2025-03": Table.build(["x", "q"], {"a": [5.0, None], "b": [5.0, None]})}
    results = compute_panel(MODEL, panel)
    assert [e.unit for e in results["2025-03"].exclusions] == ["q"]
    assert results["2025-01"].exclusions == ()


def test_panels_must_fit_together() -> None:
    with pytest.raises(scoring.TableError, match="no periods"):
        compute_panel(MODEL, {})
    panel = months() | {"2025-03": Table.build(["x"], {"a": [5.0]})}
    with pytest.raises(scoring.TableError, match="period 2025-03: not the columns of 2025-01"):
        compute_panel(MODEL, panel)


def test_goalposts_hold_for_later_months() -> None:
    fixed = fix_goalposts(MODEL, months())
    later = Table.build(["x", "y"], {"a": [30.0, 5.0], "b": [2.0, 2.0]})
    result = scoring.compute(fixed, later)
    assert column(result, "a") == [100.0, 25.0]
    assert column(result, "b") == [50.0, 50.0]
    assert fixed.hash != MODEL.hash


def test_goalposts_with_less_is_better_and_logs() -> None:
    model = flat(["a"], defaults='direction = -1\ntreat.kind = "log1p"')
    panel = {"1": Table.build(["x", "y"], {"a": [0.0, 7.0]})}
    fixed = scoring.compute(fix_goalposts(model, panel), panel["1"])
    assert column(fixed, "a") == column(scoring.compute(model, panel["1"]), "a") == [100.0, 0.0]


def test_equal_columns_and_other_normalisers_keep_their_rule() -> None:
    equal = {"1": Table.build(["x", "y"], {"a": [3.0, 3.0], "b": [None, None]})}
    assert fix_goalposts(MODEL, equal) == MODEL
    ranked = flat(["a"], defaults='normalise.kind = "rank"')
    assert fix_goalposts(ranked, {"1": months()["2025-01"]}) == ranked


def test_tiers() -> None:
    values = [1.0, 5.0, 5.0, 3.0, None]
    result = score({"a": values}, flat(["a"]))
    assert tiers(result, sizes=(2, 1)) == [["u1", "u2"], ["u3"], ["u0"]]
    assert tiers(result, sizes=(1,), names=["e", "d", "c", "b", "a"]) == [
        ["u2"],
        ["u1", "u3", "u0"],
    ]
    assert tiers(result, group="east") == [[], [], []]

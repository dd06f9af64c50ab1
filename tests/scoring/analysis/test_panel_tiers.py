"""Several periods on one scale, and tiers."""

from __future__ import annotations

import pytest

import scoring
from scoring.analysis.panel import compute_panel
from scoring.analysis.tiers import tiers, unit_tiers
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


def test_tiers() -> None:
    values = [1.0, 5.0, 5.0, 3.0, None]
    result = score({"a": values}, flat(["a"]))
    assert tiers(result, sizes=(2, 1)) == [["u1", "u2"], ["u3"], ["u0"]]
    assert tiers(result, sizes=(1,), names=["e", "d", "c", "b", "a"]) == [
        ["u2"],
        ["u1", "u3", "u0"],
    ]
    assert tiers(result, group="east") == [[], [], []]
    assert unit_tiers(result, (2, 1)) == {"u1": 1, "u2": 1, "u3": 2, "u0": 3, "u4": None}


def test_the_latest_value_comes_from_the_periods_before() -> None:
    model = flat(["likes"], defaults='impute = { kind = "latest" }\n')
    panel = {
        "2025-04": Table.build(["a", "b", "c"], {"likes": [1.0, None, 5.0]}),
        "2025-05": Table.build(["a", "b", "c"], {"likes": [None, None, 9.0]}),
    }
    result = compute_panel(model, panel)["2025-05"]
    assert result.score("a") == 0.0
    assert result.score("b") is None
    notes = [note for note in result.notes if note.kind == "imputed"]
    assert [(note.code, note.units) for note in notes] == [("likes", ("a",))]
    assert not [n for n in compute_panel(model, panel)["2025-04"].notes if n.kind == "imputed"]

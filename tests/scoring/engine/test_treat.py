"""Treatments, their report, and imputation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scoring
from scoring.engine.impute import impute_latest
from scoring.engine.moments import kurtosis, passes, skewness
from scoring.engine.treat import treat, treat_boxcox, treat_log1p
from scoring.method.specs import BoxCox, Log1p, NoTreatment, Winsorise
from tests.scoring.support import column, flat, floats, score

TWO_OUTLIERS = floats(*range(1, 21), 300, 1000)


def test_log1p_of_counts_losses_and_gaps() -> None:
    got = treat_log1p(floats(0, math.e - 1, -(math.e - 1), None))
    np.testing.assert_allclose(got, floats(0, 1, -1, None))


@given(st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=8))
def test_log1p_keeps_the_order(values: list[int]) -> None:
    column_ = floats(*values)
    assert list(np.argsort(column_, kind="stable")) == list(
        np.argsort(treat_log1p(column_), kind="stable")
    )


def test_winsorised_points_are_reported() -> None:
    report = treat(TWO_OUTLIERS, Winsorise(kind="winsorise"))
    assert report.done == "winsorised"
    assert report.values.max() == 20
    assert list(np.flatnonzero(report.points)) == [20, 21]
    assert report.skew[0] > 2 > report.skew[1]
    assert report.kurt[0] > 3.5 > report.kurt[1]


def test_low_outliers_are_pulled_up() -> None:
    report = treat(-TWO_OUTLIERS, Winsorise(kind="winsorise"))
    assert report.values.min() == -20
    assert list(np.flatnonzero(report.points)) == [20, 21]


def test_a_column_that_passes_is_left_alone() -> None:
    report = treat(floats(1, 2, 3, 4, None), Winsorise(kind="winsorise"))
    assert report.done == "none"
    assert not report.points.any()


def test_what_winsorising_cannot_help_is_logged_or_left() -> None:
    spec = Winsorise(kind="winsorise", max=1)
    logged = treat(TWO_OUTLIERS, spec)
    assert logged.done == "log"
    assert not logged.points.any()
    expected = np.log(TWO_OUTLIERS - 1 + 0.01 * 999)
    np.testing.assert_allclose(logged.values, expected)
    left = treat(TWO_OUTLIERS, Winsorise(kind="winsorise", max=1, then="none"))
    assert left.done == "not passed"
    np.testing.assert_array_equal(left.values, TWO_OUTLIERS)


def test_few_or_equal_values_are_not_judged() -> None:
    for values in (floats(1, 2, 900), floats(5, 5, 5, 5, 5), floats(None, None)):
        assert treat(values, Winsorise(kind="winsorise")).done == "none"
    assert math.isnan(skewness(floats(1, 2)))
    assert math.isnan(kurtosis(floats(1, 2, 3)))
    assert passes(floats(1, 2), 2.0, 3.5)


def test_moments_by_hand() -> None:
    values = floats(1, 2, 3, 10)
    centred = values - 4
    g1 = (centred**3).mean() / (centred**2).mean() ** 1.5
    assert skewness(values) == pytest.approx(g1 * math.sqrt(12) / 2)
    g2 = (centred**4).mean() / (centred**2).mean() ** 2 - 3
    assert kurtosis(values) == pytest.approx((5 * g2 + 6) * 3 / 2)


@given(st.lists(st.floats(-1e100, 1e100), min_size=4, max_size=9))
def test_moments_do_not_see_the_scale(values: list[float]) -> None:
    column_ = np.array(values)
    if len(set(values)) > 1 and np.abs(column_).max() > 1e-50:
        assert skewness(column_ / 1e30) == pytest.approx(skewness(column_), abs=1e-6)


def test_boxcox_with_a_given_power() -> None:
    values, power = treat_boxcox(floats(1, 4, 9, None), 0.5)
    assert power == 0.5
    np.testing.assert_allclose(values, floats(0, 2, 4, None))
    np.testing.assert_allclose(treat_boxcox(floats(1, math.e), 0)[0], floats(0, 1))


def test_boxcox_shifts_what_is_not_positive_and_leaves_equal_values() -> None:
    np.testing.assert_allclose(treat_boxcox(floats(-3, 0), 2.0)[0], floats(0, 7.5))
    np.testing.assert_array_equal(treat_boxcox(floats(4, 4, None), None)[0], floats(4, 4, None))


@pytest.mark.slow
def test_boxcox_finds_its_power() -> None:
    values = np.exp(np.random.default_rng(1).normal(size=400))
    report = treat(values, BoxCox(kind="boxcox"))
    assert report.parameter == pytest.approx(0, abs=0.1)
    assert abs(report.skew[1]) < 0.2 < report.skew[0]


def test_no_treatment_and_log_in_a_method() -> None:
    assert treat(floats(1, 2), NoTreatment()).done == "none"
    assert treat(floats(1, 2), Log1p(kind="log1p")).done == "log1p"
    values = [0.0, math.e - 1, math.e**2 - 1]
    result = score({"a": values}, flat(["a"], defaults='treat.kind = "log1p"'))
    assert column(result) == pytest.approx([0, 50, 100])


def test_treated_units_are_told() -> None:
    values = [float(v) for v in TWO_OUTLIERS]
    result = score({"a": values}, flat(["a"], defaults='treat.kind = "winsorise"'))
    (note,) = result.notes
    assert str(note) == "a: winsorised (u20, u21)"
    assert (note.kind, note.message, note.units) == ("treated", "winsorised", ("u20", "u21"))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("mean", [1, 3, 4, 4, 8, 4]),
        ("median", [1, 3, 3, 3, 8, 3]),
        ("group_mean", [1, 3, 2, 8, 8, None]),
        ("group_median", [1, 3, 2, 8, 8, None]),
        ("none", [1, 3, None, None, 8, None]),
        ("latest", [1, 3, None, None, 8, None]),
    ],
)
def test_imputation(kind: str, expected: list[float | None]) -> None:
    values = [1.0, 3.0, None, None, 8.0, None]
    groups = ["p", "p", "p", "q", "q", None]
    model = flat(["a"], defaults=f'normalise.kind = "none"\nimpute.kind = "{kind}"')
    table = scoring.Table.build([f"u{i}" for i in range(6)], {"a": values}, groups=groups)
    result = scoring.compute(model, table)
    assert column(result) == expected
    filled = {f"u{i}" for i in range(6) if values[i] is None and expected[i] is not None}
    assert {u for note in result.notes for u in note.units} == filled
    assert result.coverage["index"].tolist() == [1, 1, 0, 0, 1, 0]


def test_units_that_are_absent_are_not_imputed() -> None:
    model = flat(["a"], defaults='normalise.kind = "none"\nimpute.kind = "mean"')
    table = scoring.Table.build(["x", "y", "z"], {"a": [2.0, None, 9.0]}, absent={"a": ["y", "z"]})
    result = scoring.compute(model, table)
    assert [result.score(unit, "a") for unit in table.units] == [2.0, 0.0, 0.0]


def test_latest_of_a_panel() -> None:
    panel = {
        "2025-03": scoring.Table.build(["x", "y"], {"a": [None, 5.0], "b": [1.0, 1.0]}),
        "2025-01": scoring.Table.build(["x", "y"], {"a": [3.0, None], "b": [None, 1.0]}),
        "2025-02": scoring.Table.build(["y", "z"], {"a": [None, None], "b": [1.0, 1.0]}),
    }
    filled = impute_latest(panel, ["a"])
    assert filled["2025-03"].value("x", "a") == 3.0
    assert filled["2025-01"].value("y", "a") is None
    assert filled["2025-02"].value("z", "a") is None
    assert filled["2025-01"].value("x", "b") is None

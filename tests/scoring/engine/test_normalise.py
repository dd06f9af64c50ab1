"""Every normaliser by hand, and what each does where there is nothing to compare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scoring
from scoring.engine.normalise import degenerate, normalise_minmax, normalise_zscore
from tests.scoring.support import column, flat, floats, normalised, score

VALUES = [3.0, 1.0, None, 7.0, 3.0]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ('{ kind = "minmax" }', [100 / 3, 0, None, 100, 100 / 3]),
        ('{ kind = "minmax", scale = [1, 7] }', [3, 1, None, 7, 3]),
        ('{ kind = "minmax", floor = 1 }', [100 / 3, 1, None, 100, 100 / 3]),
        ('{ kind = "rank" }', [2, 1, None, 4, 2]),
        ('{ kind = "borda" }', [1, 0, None, 3, 1]),
        ('{ kind = "percentile_rank" }', [1 / 3, 0, None, 1, 1 / 3]),
        ('{ kind = "percentile_rank", scale = [0, 30] }', [10, 0, None, 30, 10]),
        ('{ kind = "goalposts", low = 2, high = 4 }', [50, 0, None, 100, 50]),
        ('{ kind = "goalposts", low = 2, high = 4, scale = [0, 1] }', [0.5, 0, None, 1, 0.5]),
        ('{ kind = "distance_to_max" }', [1 / 3, 0, None, 1, 1 / 3]),
        ('{ kind = "distance_to_reference", unit = "u0" }', [1, 0, None, 3, 1]),
        ('{ kind = "fraction_of_max" }', [3 / 7, 1 / 7, None, 1, 3 / 7]),
        ('{ kind = "rating", max = 10 }', [0.3, 0.1, None, 0.7, 0.3]),
        ('{ kind = "none" }', VALUES),
    ],
)
def test_by_hand(spec: str, expected: list[float | None]) -> None:
    assert normalised(VALUES, spec) == pytest.approx(expected)


def test_zscore() -> None:
    got = normalised([1.0, 2.0, 3.0], '{ kind = "zscore", mean = 10, sd = 2 }')
    assert got == pytest.approx([8, 10, 12])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ('{ kind = "minmax" }', [200 / 3, 100, None, 0, 200 / 3]),
        ('{ kind = "rank" }', [2, 4, None, 1, 2]),
        ('{ kind = "borda" }', [1, 3, None, 0, 1]),
        ('{ kind = "goalposts", low = 2, high = 4 }', [50, 100, None, 0, 50]),
        ('{ kind = "distance_to_reference", unit = "u0" }', [1, 1.5, None, 0, 1]),
        ('{ kind = "none" }', [-3, -1, None, -7, -3]),
    ],
)
def test_less_is_better_comes_first(spec: str, expected: list[float | None]) -> None:
    """Goalposts are named as they are measured; the direction turns them round too."""
    assert normalised(VALUES, spec, "direction = -1") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("spec", "middle", "told"),
    [
        ('{ kind = "minmax" }', 50, True),
        ('{ kind = "minmax", scale = [1, 10] }', 5.5, True),
        ('{ kind = "zscore", mean = 10 }', 10, True),
        ('{ kind = "percentile_rank" }', 0.5, True),
        ('{ kind = "distance_to_max" }', 0.5, True),
        ('{ kind = "distance_to_reference", unit = "u0" }', 0.5, True),
        ('{ kind = "rank" }', 1, False),
        ('{ kind = "borda" }', 0, False),
        ('{ kind = "goalposts", low = 0, high = 8 }', 50, False),
        ('{ kind = "rating", max = 5 }', 0.8, False),
    ],
)
@pytest.mark.parametrize("values", [[4.0, 4.0, None], [4.0]])
def test_zero_range_and_one_unit_give_the_middle(
    spec: str, middle: float, told: bool, values: list[float | None]
) -> None:
    result = score({"a": values}, flat(["a"], defaults=f"normalise = {spec}"))
    wanted = [None if value is None else pytest.approx(middle) for value in values]
    assert column(result, "a") == wanted
    assert [note.kind for note in result.notes] == (["zero_range"] if told else [])


def test_fractions_of_nothing() -> None:
    result = score({"a": [0.0, -1.0]}, flat(["a"], defaults='normalise.kind = "fraction_of_max"'))
    assert column(result) == [0.5, 0.5]
    assert [note.kind for note in result.notes] == ["out_of_scale"]


def test_fractions_of_a_negative_greatest_value_warn() -> None:
    spec = 'normalise.kind = "fraction_of_max"\ndirection = -1'
    result = score({"a": [1.0, 2.0]}, flat(["a"], defaults=spec))
    assert column(result) == [1, 2]
    assert "reverses the order" in result.notes[0].message


def test_a_reference_that_is_no_use() -> None:
    spec = 'normalise = { kind = "distance_to_reference", unit = "u1" }'
    for values in ([3.0, 1.0, 2.0], [3.0, None, 2.0]):
        result = score({"a": values}, flat(["a"], defaults=spec))
        assert {v for v in column(result) if v is not None} == {0.5}
        assert "missing or the least" in result.notes[0].message
    with pytest.raises(scoring.TableError, match="unknown unit"):
        score({"a": [1.0]}, flat(["a"], defaults=spec))


def test_ratings_beyond_their_maximum_are_told() -> None:
    spec = 'normalise = { kind = "rating", max = 5, scale = [0, 100] }'
    result = score({"a": [4.0, 6.0, -1.0]}, flat(["a"], defaults=spec))
    assert column(result) == [80, 120, -20]
    assert result.notes[0].units == ("u1", "u2")


def test_all_missing_stays_missing() -> None:
    result = score({"a": [None, None]}, flat(["a"]))
    assert column(result) == [None, None]
    assert [(n.code, n.kind) for n in result.notes] == [("a", "no_data")]
    assert [e.reason for e in result.exclusions] == ["no_data", "no_data"]


NUMBERS = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=9)


@given(NUMBERS, st.integers(1, 50), st.integers(-50, 50))
def test_minmax_and_zscore_do_not_see_the_unit_of_measure(
    values: list[float], factor: int, shift: int
) -> None:
    moved = floats(*(value * factor + shift for value in values))
    here = floats(*values)
    assert normalise_minmax(moved) == pytest.approx(normalise_minmax(here), abs=1e-9)
    assert normalise_zscore(moved) == pytest.approx(normalise_zscore(here), abs=1e-9)


@pytest.mark.slow
@given(NUMBERS)
@pytest.mark.parametrize("kind", ["minmax", "zscore", "rank", "percentile_rank", "borda"])
def test_order_is_kept_and_direction_turns_it(kind: str, values: list[float]) -> None:
    up = normalised(values, f'{{ kind = "{kind}" }}')
    down = normalised(values, f'{{ kind = "{kind}" }}', "direction = -1")
    for i, first in enumerate(values):
        for j, second in enumerate(values):
            a, b, c, d = up[i], up[j], down[i], down[j]
            assert None not in (a, b, c, d)
            assert (first < second) == (a < b) == (c > d)  # type: ignore[operator]


@pytest.mark.slow
@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=6))
def test_nothing_turns_into_nan(values: list[float]) -> None:
    for kind in ("minmax", "zscore", "percentile_rank", "distance_to_max", "fraction_of_max"):
        got = normalised(values, f'{{ kind = "{kind}" }}')
        assert None not in got


def test_degenerate() -> None:
    assert degenerate(floats(2, None, 2))
    assert not degenerate(floats(2, 3))
    assert not degenerate(floats(None))

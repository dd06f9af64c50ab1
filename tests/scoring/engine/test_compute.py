"""The engine as a whole: inner columns, denominators, structural zeros, ranks, repeatability."""

from __future__ import annotations

import numpy as np
import pytest

import scoring
from scoring.engine.rank import group_ranks, listing, ranks
from scoring.engine.table import Table
from tests.scoring.support import column, flat, floats, method, score

NONE = 'normalise = { kind = "none" }\n'
NESTED = """
[[indicator]]
code = "p"
parent = "index"
weight = 3
[[indicator]]
code = "a"
parent = "p"
[[indicator]]
code = "b"
parent = "p"
[[indicator]]
code = "q"
parent = "index"
[[indicator]]
code = "c"
parent = "q"
measure = "see"
denominator = "people"
"""


def nested() -> scoring.Method:
    return method(NESTED, defaults=NONE)


def test_up_the_tree() -> None:
    table = Table.build(
        ["x"], {"a": [2.0], "b": [4.0], "see": [60.0], "people": [10.0], "unused": [1.0]}
    )
    result = scoring.compute(nested(), table)
    assert column(result, "p") == [3.0]
    assert column(result, "q") == [6.0]
    assert column(result) == [3.75]
    assert result.score("x", "c") == 6.0


@pytest.mark.parametrize("below", [0.0, -1.0, None])
def test_a_denominator_that_is_no_use(below: float | None) -> None:
    columns = {"a": [2.0], "b": [4.0], "see": [60.0], "people": [below]}
    result = scoring.compute(nested(), Table.build(["x"], columns))
    assert result.score("x", "c") is None
    assert column(result) == [3.0]
    assert ("c", "undefined") in {(note.code, note.kind) for note in result.notes}


def test_an_inner_node_may_be_given() -> None:
    result = scoring.compute(nested(), Table.build(["x", "y"], {"p": [8.0, None], "q": [4.0, 4.0]}))
    assert column(result) == [7.0, 4.0]
    assert column(result, "a") == [None, None]
    assert result.notes == ()
    assert result.coverage["index"].tolist() == [1.0, 0.25]


def test_even_the_root_may_be_given() -> None:
    result = scoring.compute(nested(), Table.build(["x", "y"], {"index": [8.0, None]}))
    assert column(result) == [8.0, None]
    assert [e.reason for e in result.exclusions] == ["no_data"]


def test_given_beats_what_is_below() -> None:
    table = Table.build(["x"], {"a": [2.0], "b": [4.0], "p": [50.0], "q": [50.0]})
    assert column(scoring.compute(nested(), table)) == [50.0]


def test_columns_that_are_lacking_are_all_told() -> None:
    with pytest.raises(scoring.TableError) as caught:
        scoring.compute(nested(), Table.build(["x"], {"a": [1.0]}))
    assert [problem.column for problem in caught.value.problems] == ["b", "see", "people"]


def test_structural_zero_silence_and_failure_stay_apart() -> None:
    """x has no account at p, y is silent there, z's collection failed."""
    columns = {"a": [None, 0.0, None, 6.0], "b": [None, 0.0, None, 6.0]}
    table = Table.build(
        ["x", "y", "z", "w"],
        {**columns, "see": [40.0] * 4, "people": [10.0] * 4},
        absent={"p": ["x"]},
    )
    result = scoring.compute(nested(), table)
    assert column(result, "p") == [0.0, 0.0, None, 6.0]
    assert column(result) == [1.0, 1.0, 4.0, 5.5]
    assert result.ranks("p").tolist() == [0, 2, 0, 1]
    assert result.coverage["index"].tolist() == [1.0, 1.0, 0.25, 1.0]
    assert result.coverage["p"].tolist() == [1.0, 1.0, 0.0, 1.0]


def test_absent_units_do_not_stretch_the_scale() -> None:
    model = flat(["a"])
    table = Table.build(["x", "y", "z"], {"a": [0.0, 5.0, 10.0]}, absent={"a": ["x"]})
    result = scoring.compute(model, table)
    assert [result.score(unit, "a") for unit in table.units] == [0.0, 0.0, 100.0]
    assert column(result) == [None, 0.0, 100.0]


def test_absent_at_an_unknown_node() -> None:
    table = Table.build(["x"], {"a": [0.0]}, absent={"zz": ["x"]})
    with pytest.raises(scoring.TableError, match="zz"):
        scoring.compute(flat(["a"]), table)


def test_coverage_leaves_out_what_nobody_has() -> None:
    model = flat("abc", defaults=NONE, weights=[1, 2, 7])
    result = score({"a": [1.0, None], "b": [1.0, 1.0], "c": [None, None]}, model)
    assert result.coverage["index"].tolist() == pytest.approx([1.0, 2 / 3])


def test_ranks_share_and_skip() -> None:
    assert ranks(floats(3, 9, None, 3, 1)).tolist() == [2, 1, 0, 2, 4]
    assert ranks(np.array([floats(1, 2), floats(2, 1)])).tolist() == [[2, 1], [1, 2]]
    assert ranks(floats(None, None)).tolist() == [0, 0]
    assert ranks(floats(0, 0, -5)).tolist() == [1, 1, 3]


def test_rounding_noise_is_a_tie_and_a_real_difference_is_not() -> None:
    assert ranks(floats(0.1 + 0.2, 0.3)).tolist() == [1, 1]
    assert ranks(floats(50.0, 50.0 + 1e-9)).tolist() == [2, 1]


def test_ranks_within_groups() -> None:
    got = group_ranks(floats(5, 7, 6, None, 1), ["e", "e", "w", "w", None])
    assert got.tolist() == [2, 1, 1, 0, 0]


def test_listing_breaks_ties_by_the_second_score_then_by_name() -> None:
    scores, second = floats(5, 5, 5, 9, None), floats(1, 2, 2, 0, 0)
    assert listing(scores, ["d", "c", "b", "a", "e"], [second]) == [3, 2, 1, 0]


def test_one_unit() -> None:
    result = score({"a": [7.0]}, flat(["a"]))
    assert column(result) == [50.0]
    assert result.rank("u0") == 1


def test_unknown_names() -> None:
    result = score({"a": [7.0]}, flat(["a"]))
    for call in (
        lambda: result.score("nobody"),
        lambda: result.score("u0", "nothing"),
        lambda: result.ranks("nothing"),
        lambda: result.table.value("u0", "nothing"),
    ):
        with pytest.raises(scoring.UnknownName):
            call()


def test_the_same_input_gives_the_same_bytes() -> None:
    rng = np.random.default_rng(3)
    values = {name: list(rng.normal(size=50)) for name in "abc"}
    first, second = (score(values, flat("abc")) for _ in range(2))
    assert first.scores["index"].tobytes() == second.scores["index"].tobytes()
    assert first.table.hash == second.table.hash


def test_results_cannot_be_changed() -> None:
    result = score({"a": [1.0, 2.0]}, flat(["a"]))
    with pytest.raises(ValueError, match="read-only"):
        result.scores["index"][0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        result.table.columns["a"][0] = 5.0


@pytest.mark.parametrize(
    ("units", "columns", "absent", "word"),
    [
        (["x", "x"], {"a": [1.0, 2.0]}, {}, "there twice"),
        (["x"], {"a": [1.0, 2.0]}, {}, "2 values for 1 units"),
        (["x"], {"a": [float("inf")]}, {}, "out of range"),
        (["x"], {"a": [-1e200]}, {}, "out of range"),
        ([], {}, {}, "no units"),
        (["x"], {}, {"p": ["y"]}, "not in the table"),
    ],
)
def test_tables_are_checked(
    units: list[str], columns: dict[str, list[float]], absent: dict[str, list[str]], word: str
) -> None:
    with pytest.raises(scoring.TableError, match=word):
        Table.build(units, columns, absent)


def test_tables_change_by_making_new_ones() -> None:
    table = Table.build(
        ["x", "y", "z"], {"a": [1.0, None, 3.0]}, {"p": ["z"]}, groups=["g", "h", None]
    )
    changed = table.with_value("y", "a", 2.0)
    assert (table.value("y", "a"), changed.value("y", "a")) == (None, 2.0)
    assert table.hash != changed.hash == changed.with_value("y", "a", 2.0).hash
    part = table.only(["z", "x"])
    assert (part.units, part.value("z", "a"), part.groups) == (("x", "z"), 3.0, ("g", None))
    assert part.absent["p"].tolist() == [False, True]
    assert table.with_value("y", "a", None).hash == table.hash

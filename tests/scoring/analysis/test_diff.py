"""The change of a score, decomposed: parts sum to the change, and say what moved it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scoring
from scoring.analysis.diff import UnitChange, diff
from scoring.engine.table import Table
from scoring.method.specs import Mean, MinMax
from tests.scoring.support import flat, method

NONE = 'normalise = { kind = "none" }\n'
CODES = ("a", "b", "c", "d")
TREE = "".join(
    f'[[indicator]]\ncode = "{code}"\nparent = "{parent}"\nweight = {weight}\n'
    for code, parent, weight in [
        ("p", "index", 3),
        ("q", "index", 1),
        ("a", "p", 1),
        ("b", "p", 2),
        ("c", "q", 1),
        ("d", "q", 1),
    ]
)


def tree(kind: str = "arithmetic", rules: str = NONE) -> scoring.Method:
    return method(TREE, defaults=f'{rules}combine.kind = "{kind}"')


def table(**rows: list[float | None]) -> Table:
    """One row a unit."""
    columns = {code: [row[i] for row in rows.values()] for i, code in enumerate(CODES)}
    return Table.build(list(rows), columns)


def only(old: scoring.Result, new: scoring.Result) -> UnitChange:
    (change,) = diff(old, new)
    return change


def points(change: UnitChange) -> dict[tuple[str, str], float]:
    return {(p.kind, p.code): p.points for p in change.parts}


def test_measures_alone() -> None:
    old = scoring.compute(tree(), table(x=[10.0, 20.0, 30.0, 40.0]))
    new = scoring.compute(tree(), table(x=[40.0, 20.0, 30.0, 30.0]))
    change = only(old, new)
    assert points(change) == pytest.approx(
        {("measure", "a"): 30 / 3 * 0.75, ("measure", "d"): -10 / 2 * 0.25}
    )
    assert [part.code for part in change.parts] == ["a", "d"]
    assert (change.rank_before, change.rank_after, change.places) == (1, 1, 0)


def test_data_that_went_is_coverage() -> None:
    old = scoring.compute(tree(), table(x=[10.0, 40.0, 30.0, 30.0]))
    new = scoring.compute(tree(), table(x=[10.0, None, 30.0, 30.0]))
    assert points(only(old, new)) == {("coverage", "p"): pytest.approx(-20 * 0.75)}


def test_an_account_that_began() -> None:
    def at(value: float | None, absent: bool) -> scoring.Result:
        columns = {"a": [value], "b": [value], "c": [8.0], "d": [8.0]}
        given = {"p": ["x"]} if absent else {}
        return scoring.compute(tree(), Table.build(["x"], columns, absent=given))

    assert points(only(at(None, True), at(6.0, False))) == {("account", "p"): 4.5}


def test_panel_weights_and_method() -> None:
    minmax = tree(rules="")
    old = scoring.compute(minmax, table(x=[0.0, 0, 0, 0], y=[5.0, 5, 5, 5], z=[10.0, 10, 10, 10]))
    left = scoring.compute(minmax, table(x=[0.0, 0, 0, 0], y=[5.0, 5, 5, 5]))
    changes = {change.unit: change for change in diff(old, left)}
    assert points(changes["y"]) == {("panel", "index"): 50.0}
    assert changes["z"].status == "left"
    assert changes["z"].parts == ()
    back = {change.unit: change for change in diff(left, old)}
    assert points(back["y"]) == {("panel", "index"): -50.0}
    assert back["z"].status == "entered"


def test_new_weights_and_rules() -> None:
    here = table(x=[10.0, 40.0, 20.0, 20.0])
    old = scoring.compute(tree(), here)
    weighted = scoring.compute(tree().with_weights({"p": 1.0}), here)
    assert points(only(old, weighted)) == {("weights", "index"): pytest.approx(25 - 27.5)}
    geometric = scoring.compute(tree("geometric"), here)
    assert set(points(only(old, geometric))) == {("method", "index")}


def test_methods_that_share_nothing() -> None:
    old = scoring.compute(flat(["likes"], defaults=NONE), Table.build(["x"], {"likes": [3.0]}))
    new = scoring.compute(flat(["posts"], defaults=NONE), Table.build(["x"], {"posts": [9.0]}))
    assert points(only(old, new)) == {("method", "index"): 6.0}


def test_panels_that_share_nothing() -> None:
    old = scoring.compute(tree(), table(x=[1.0, 1, 1, 1]))
    new = scoring.compute(tree(), table(y=[2.0, 2, 2, 2]))
    assert [(c.unit, c.status) for c in diff(old, new)] == [("y", "entered"), ("x", "left")]


def test_given_nodes_are_where_a_change_began() -> None:
    def at(p: float) -> scoring.Result:
        return scoring.compute(tree(), Table.build(["x"], {"p": [p], "q": [8.0]}))

    assert points(only(at(4.0), at(8.0))) == {("measure", "p"): 3.0}


def test_a_node_below_the_root() -> None:
    old = scoring.compute(tree(), table(x=[10.0, 20.0, 30.0, 40.0]))
    new = scoring.compute(tree(), table(x=[40.0, 20.0, 30.0, 30.0]))
    (change,) = diff(old, new, "p")
    assert points(change) == {("measure", "a"): 10.0}
    with pytest.raises(scoring.UnknownName):
        diff(old, new, "zz")


def test_units_without_a_score() -> None:
    nothing = table(x=[None] * 4)
    assert only(*[scoring.compute(tree(), nothing)] * 2).status == "unscored"


CELL = st.one_of(st.none(), st.integers(0, 30).map(float))
ROW = st.lists(CELL, min_size=4, max_size=4)
MONTH = st.dictionaries(st.sampled_from("uvwxyz"), ROW, min_size=1)


@st.composite
def results(draw: st.DrawFn) -> scoring.Result:
    kind = draw(st.sampled_from(["arithmetic", "geometric", "harmonic", "copeland"]))
    missing = draw(st.sampled_from(["renormalise", "zero", "missing"]))
    rules = f'missing = "{missing}"\nnormalise = {{ kind = "minmax", scale = [1, 10] }}\n'
    model = tree(kind, rules).with_weights({"p": draw(st.integers(1, 5))})
    rows = draw(MONTH)
    absent = {"q": draw(st.sets(st.sampled_from(sorted(rows))))}
    columns = {code: [row[i] for row in rows.values()] for i, code in enumerate(CODES)}
    return scoring.compute(model, Table.build(list(rows), columns, absent=absent))


@given(results(), results())
@pytest.mark.slow
def test_parts_sum_to_the_change(old: scoring.Result, new: scoring.Result) -> None:
    for change in diff(old, new):
        if change.status == "both":
            assert change.before is not None
            assert change.after is not None
            total = sum(part.points for part in change.parts)
            assert total == pytest.approx(change.after - change.before, abs=1e-12)
        else:
            assert change.parts == ()


@pytest.mark.slow
@given(results())
def test_nothing_changed_means_no_parts(result: scoring.Result) -> None:
    assert all(change.parts == () for change in diff(result, result))


@pytest.mark.slow
@given(results(), MONTH)
def test_with_the_same_method_only_measures_and_panels_move(
    old: scoring.Result, rows: dict[str, list[float | None]]
) -> None:
    new = scoring.compute(old.method, table(**rows))
    kinds = {part.kind for change in diff(old, new) for part in change.parts}
    assert kinds <= {"measure", "coverage", "account", "panel"}


def test_a_changed_rule_is_method_and_not_weights() -> None:
    here = table(x=[0.0, 1, 2, 3], y=[4.0, 4, 4, 4], z=[1.0, 9, 9, 0])
    model = tree(rules="")
    wide = model.with_nodes(
        replace(node, normalise=MinMax(scale=(0.0, 10.0)), combine=Mean()) for node in model.nodes
    )
    changes = diff(scoring.compute(model, here), scoring.compute(wide, here))
    assert {part.kind for change in changes for part in change.parts} == {"method"}

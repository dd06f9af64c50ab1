"""Every combination by hand, mixed trees, and what each does with zeros, losses and gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine.combine import combine, shares
from scoring.method.specs import Combination, GeneralisedMean, Mean
from tests.scoring.support import column, flat, floats, method, score

NONE = 'normalise = { kind = "none" }\n'
KINDS = {
    "arithmetic": Mean(),
    "geometric": Mean(kind="geometric"),
    "harmonic": Mean(kind="harmonic"),
    "squares": GeneralisedMean(kind="generalised", p=2),
    "inverse squares": GeneralisedMean(kind="generalised", p=-2),
}


def combined(
    values: list[list[float | None]], weights: list[float], spec: str
) -> list[float | None]:
    names = "abcdef"[: len(values)]
    model = flat(names, defaults=f"{NONE}combine = {spec}", weights=weights)
    return column(score(dict(zip(names, values, strict=True)), model))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ('{ kind = "arithmetic" }', 6.5),
        ('{ kind = "geometric" }', (2 * 8**3) ** 0.25),
        ('{ kind = "harmonic" }', 4 / (1 / 2 + 3 / 8)),
        ('{ kind = "generalised", p = 2 }', ((4 + 3 * 64) / 4) ** 0.5),
        ('{ kind = "generalised", p = 0 }', (2 * 8**3) ** 0.25),
        ('{ kind = "generalised", p = 1 }', 6.5),
        ('{ kind = "generalised", p = -1 }', 4 / (1 / 2 + 3 / 8)),
    ],
)
def test_means_by_hand(spec: str, expected: float) -> None:
    assert combined([[2.0], [8.0]], [1, 3], spec) == [pytest.approx(expected)]


def test_mazziotta_pareto_of_three_units_by_hand() -> None:
    """Means 100, 100 and 90; variances 0, (900 + 0 + 900) / 3 and (0 + 900 + 900) / 3."""
    values = [[100.0, 70.0, 90.0], [100.0, 100.0, 60.0], [100.0, 130.0, 120.0]]
    got = combined(values, [1, 1, 1], '{ kind = "mazziotta_pareto" }')
    assert got == pytest.approx([100.0, 94.0, 90 - 600 / 90])
    # Weights 1 and 3 of (10, 30): mean 25, variance (225 + 3 · 25) / 4 = 75.
    weighted = combined([[10.0], [30.0]], [1, 3], '{ kind = "mazziotta_pareto" }')
    assert weighted == pytest.approx([25 - 75 / 25])


def test_the_adjusted_index_over_goalposts() -> None:
    """0, 5 and 10 of 0 to 10 become 70, 100 and 130."""
    posts = 'normalise = { kind = "goalposts", low = 0, high = 10, scale = [70, 130] }\n'
    model = flat("abc", defaults=f'{posts}combine = {{ kind = "mazziotta_pareto" }}')
    result = score({"a": [0.0, 5.0], "b": [5.0, 5.0], "c": [10.0, 5.0]}, model)
    assert column(result) == pytest.approx([94.0, 100.0])


def test_mazziotta_pareto_of_zeros_and_losses() -> None:
    model = flat("ab", defaults=f'{NONE}combine = {{ kind = "mazziotta_pareto" }}')
    result = score({"a": [0.0, -1.0], "b": [0.0, 5.0]}, model)
    assert column(result) == [0.0, None]
    assert [(e.unit, e.reason) for e in result.exclusions] == [("u1", "undefined")]


def test_copeland_by_hand() -> None:
    """u0 beats u1 in both and u2 in a (weight 3 of 4); u1 and u2 tie in a, u2 leads in b."""
    got = combined([[3.0, 1.0, 1.0], [2.0, 1.0, 5.0]], [3, 1], '{ kind = "copeland" }')
    assert got == pytest.approx([1 + 0.75, 0 + 0.375, 0.25 + 0.625])


def test_copeland_counts_what_both_units_have() -> None:
    got = combined([[3.0, 1.0], [None, 9.0]], [1, 1], '{ kind = "copeland" }')
    assert got == [1.0, 0.0]
    assert combined([[3.0, None], [None, 9.0]], [1, 1], '{ kind = "copeland" }') == [0.5, 0.5]


def test_copeland_in_blocks_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).integers(0, 4, (3, 40)).astype(float)
    weights = np.ones_like(values)
    whole = combine(values, weights, Mean(kind="copeland"))
    monkeypatch.setattr("scoring.engine.combine._BLOCK", 300)
    np.testing.assert_array_equal(combine(values, weights, Mean(kind="copeland")), whole)
    assert whole.sum() == pytest.approx(40 * 39 / 2)


@pytest.mark.parametrize("spec", ['"geometric"', '"harmonic"', '"generalised", p = -3'])
def test_a_zero_makes_these_means_zero_and_a_loss_makes_them_missing(spec: str) -> None:
    model = flat("ab", defaults=f"{NONE}combine = {{ kind = {spec} }}")
    result = score({"a": [0.0, -1.0, 4.0], "b": [5.0, 5.0, 4.0]}, model)
    assert column(result) == [0.0, None, pytest.approx(4.0)]
    assert [(n.code, n.kind, n.units) for n in result.notes] == [("index", "undefined", ("u1",))]
    assert [(e.unit, e.reason) for e in result.exclusions] == [("u1", "undefined")]


def test_generalised_means_of_zeros() -> None:
    assert combined([[0.0], [0.0]], [1, 1], '{ kind = "generalised", p = 2 }') == [0.0]
    assert combined([[0.0], [4.0]], [1, 1], '{ kind = "generalised", p = 0.5 }') == [1.0]


def test_great_powers_stay_in_range() -> None:
    for p in (300, -300):
        got = combined([[1e90], [1e80]], [1, 1], f'{{ kind = "generalised", p = {p} }}')
        assert got[0] == pytest.approx(1e90 if p > 0 else 1e80, rel=0.01)


def test_weights_are_relative() -> None:
    values = [[10.0], [40.0]]
    assert combined(values, [1, 3], '{ kind = "arithmetic" }') == combined(
        values, [0.25, 0.75], '{ kind = "arithmetic" }'
    )


def test_a_weight_of_zero_is_scored_and_left_out() -> None:
    model = flat("ab", defaults=NONE, weights=[1, 0])
    result = score({"a": [1.0, None], "b": [9.0, 9.0]}, model)
    assert column(result) == [1.0, None]
    assert column(result, "b") == [9.0, 9.0]


def test_nodes_mix_their_combinations() -> None:
    body = ""
    for code, kind in (("g", "geometric"), ("h", "harmonic")):
        body += f'[[indicator]]\ncode = "{code}"\nparent = "index"\n'
        body += f'combine = {{ kind = "{kind}" }}\n'
    for parent in "gh":
        for n in (1, 2):
            body += f'[[indicator]]\ncode = "{parent}{n}"\nparent = "{parent}"\n'
    result = score(
        {"g1": [2.0], "g2": [8.0], "h1": [2.0], "h2": [6.0]}, method(body, defaults=NONE)
    )
    assert column(result, "g") == [pytest.approx(4.0)]
    assert column(result, "h") == [pytest.approx(3.0)]
    assert column(result) == [pytest.approx(3.5)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("renormalise", [10.0, 40.0, None]), ("zero", [2.5, 30.0, None]), ("missing", [None] * 3)],
)
def test_missing_policies(policy: str, expected: list[float | None]) -> None:
    model = flat("ab", defaults=f'{NONE}missing = "{policy}"', weights=[1, 3])
    assert column(score({"a": [10.0, None, None], "b": [None, 40.0, None]}, model)) == expected


def test_availability_counts_children_by_number() -> None:
    model = flat("abc", defaults=f"{NONE}availability = 0.6", weights=[10, 1, 1])
    result = score({"a": [1.0, None, 1.0], "b": [1.0, 1.0, None], "c": [None, 1.0, None]}, model)
    assert column(result) == [1.0, 1.0, None]
    (left_out,) = result.exclusions
    assert (left_out.unit, left_out.reason) == ("u2", "availability")
    assert (left_out.present, left_out.of, left_out.lacking) == (1, 3, ("b", "c"))


def test_a_child_of_weight_zero_does_not_count_towards_availability() -> None:
    model = flat("abc", defaults=f"{NONE}availability = 1.0", weights=[1, 1, 0])
    assert column(score({"a": [1.0], "b": [3.0], "c": [None]}, model)) == [2.0]


SCORES = st.lists(st.floats(0.001, 1000), min_size=2, max_size=5)


@given(SCORES, st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_shares_sum_to_the_score_and_means_stay_between(
    kind: str, values: list[float], data: st.DataObject
) -> None:
    spec: Combination = KINDS[kind]
    some = st.lists(st.integers(0, 5), min_size=len(values), max_size=len(values))
    weights = np.array(data.draw(some.filter(any)), dtype=float)[:, None]
    column_ = np.array(values)[:, None]
    got = combine(column_, weights, spec)
    counted = column_[weights > 0]
    assert counted.min() * (1 - 1e-9) <= got[0] <= counted.max() * (1 + 1e-9)
    assert shares(column_, weights, spec).sum() == pytest.approx(got[0])


@given(SCORES, st.data())
@pytest.mark.parametrize("kind", [*KINDS, "copeland"])
def test_more_is_never_worse(kind: str, values: list[float], data: st.DataObject) -> None:
    spec = KINDS.get(kind, Mean(kind="copeland"))
    others = np.linspace(0.5, 900, len(values))
    at = data.draw(st.integers(0, len(values) - 1))
    more = list(values)
    more[at] += data.draw(st.floats(0, 500))
    weights = np.ones((len(values), 2))
    before = combine(np.stack([values, others], axis=1), weights, spec)[0]
    after = combine(np.stack([more, others], axis=1), weights, spec)[0]
    assert after >= before * (1 - 1e-12)


@given(SCORES)
def test_mazziotta_pareto_shares_sum_and_it_is_never_above_the_mean(values: list[float]) -> None:
    column_ = np.array(values)[:, None]
    weights = np.arange(1.0, len(values) + 1)[:, None]
    spec = Mean(kind="mazziotta_pareto")
    got = combine(column_, weights, spec)
    assert got[0] <= combine(column_, weights, Mean())[0] * (1 + 1e-12)
    assert shares(column_, weights, spec).sum() == pytest.approx(got[0], abs=1e-9)


def test_copeland_shares_sum_too() -> None:
    values = np.array([floats(1, 2, 3), floats(5, 5, 1)])
    weights = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 0.0]])
    spec = Mean(kind="copeland")
    np.testing.assert_allclose(
        shares(values, weights, spec).sum(axis=0), combine(values, weights, spec)
    )

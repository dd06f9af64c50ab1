"""Other weights, other values, and the smallest change that reaches a rank."""

from __future__ import annotations

from dataclasses import replace

import pytest

import scoring
from scoring.analysis.whatif import (
    RankTarget,
    moves,
    needed_for_rank,
    needed_for_top,
    smallest,
    whatif,
)
from scoring.cities.assemble import MonthInputs
from scoring.engine.table import Table
from scoring.errors import ChangeError
from tests.scoring.cities.test_city_table import CITIES, giu_table, month
from tests.scoring.support import MAY, flat

pytestmark = pytest.mark.slow

MODEL = flat("ab", defaults='normalise.kind = "none"', weights=[1, 1])
TABLE = Table.build(["x", "y", "z"], {"a": [9.0, 5.0, 1.0], "b": [1.0, 3.0, 2.0]})


def test_other_weights_and_values() -> None:
    before = scoring.compute(MODEL, TABLE)
    after = whatif(MODEL, TABLE, weights={"a": 0.0})
    assert [after.rank(unit) for unit in "xyz"] == [3, 1, 2]
    told = moves(before, after)
    assert [(m.unit, m.rank_before, m.rank_after) for m in told] == [
        ("y", 2, 1),
        ("z", 3, 2),
        ("x", 1, 3),
    ]
    assert moves(before, before) == []
    valued = whatif(MODEL, TABLE, values={("z", "b"): 99.0, ("x", "a"): None})
    assert [valued.score(unit) for unit in "xyz"] == [1.0, 4.0, 50.0]


def test_names_are_checked() -> None:
    for options in ({"weights": {"q": 1.0}}, {"values": {("x", "q"): 1.0}}):
        with pytest.raises(scoring.UnknownName):
            whatif(MODEL, TABLE, **options)  # type: ignore[arg-type]


def test_a_value_where_there_is_no_account_is_refused() -> None:
    """It would change nothing, and nobody would know why."""
    table = Table.build(TABLE.units, dict(TABLE.columns), absent={"b": ["y"]})
    with pytest.raises(ChangeError, match="y has no account at b: another value of b"):
        whatif(MODEL, table, values={("y", "b"): 9.0})
    assert whatif(MODEL, table, values={("y", "a"): 0.0}).score("y") == 0.0


def test_the_smallest_change_that_reaches_a_rank() -> None:
    needed = needed_for_rank(MODEL, TABLE, "z", "b", target=1)
    assert needed is not None
    assert (needed.before, needed.after, needed.change) == (2.0, 9.0, 7.0)
    assert (needed.rank_before, needed.rank_after) == (3, 1)
    fine = needed_for_rank(MODEL, TABLE, "z", "b", target=2, step=0.25)
    assert fine is not None
    assert fine.change == 5.0


def test_nothing_is_needed_where_the_rank_is_held() -> None:
    needed = needed_for_rank(MODEL, TABLE, "x", "b", target=1)
    assert needed is not None
    assert (needed.change, needed.rank_before, needed.rank_after) == (0.0, 1, 1)


def test_less_where_less_is_better() -> None:
    model = flat(["a"], defaults='normalise.kind = "none"\ndirection = -1')
    needed = needed_for_rank(model, Table.build(["x", "y"], {"a": [9.0, 2.5]}), "x", "a", 1)
    assert needed is not None
    assert needed.change == -7.0


def test_some_ranks_cannot_be_reached_by_one_measure() -> None:
    model = flat("ab", weights=[1, 3])
    table = Table.build(["x", "y"], {"a": [5.0, 6.0], "b": [0.0, 9.0]})
    assert needed_for_rank(model, table, "x", "a", target=1) is None


@pytest.mark.parametrize("enough", [0, 1, 2, 3, 7, 8, 1000, 2**40 + 17])
def test_the_search_finds_the_least_number(enough: int) -> None:
    tried: list[int] = []

    def rank_with(steps: int) -> int | None:
        tried.append(steps)
        return 10 if steps >= enough else None

    found = smallest(rank_with, 10)
    assert found is not None
    assert found.steps == enough
    assert len(tried) < 100
    assert smallest(lambda _: 11, 10) is None


def test_how_many_more_likes_an_operator_needs() -> None:
    model = scoring.load_method("giu")
    before = scoring.compute(model, giu_table(month(), CITIES))
    ranked = before.rank("bb", "facebook")
    assert ranked is not None
    assert ranked > 1
    target = RankTarget("bb", "facebook", "shares", ranked - 1, "facebook")
    needed = needed_for_top(model, MAY, MonthInputs(month()), target)
    assert needed is not None
    assert needed.change == int(needed.change) > 0
    assert needed.after == needed.before + needed.change

    def rank_with(more: int) -> int | None:
        rows = [
            replace(row, shares=row.shares + more, interactions=row.interactions + more)
            if (row.city, row.platform) == ("bb", "facebook")
            else row
            for row in month()
        ]
        return scoring.compute(model, giu_table(rows, CITIES)).rank("bb", "facebook")

    assert rank_with(int(needed.change)) == needed.rank_after == ranked - 1
    assert rank_with(int(needed.change) - 1) == ranked


@pytest.mark.parametrize("measure", ["views", "followers", "comments"])
def test_other_measures_move_what_belongs_to_them(measure: str) -> None:
    model = scoring.load_method("giu")
    needed = needed_for_top(
        model, MAY, MonthInputs(month()), RankTarget("dd", "tiktok", measure, 2, "tiktok")
    )
    if needed is not None:
        assert needed.rank_after <= 2
        assert needed.measure == f"tiktok:{measure}"


def test_unknown_measures_and_accounts() -> None:
    model = scoring.load_method("giu")
    with pytest.raises(scoring.UnknownName, match="likes"):
        needed_for_top(model, MAY, MonthInputs(month()), RankTarget("dd", "tiktok", "rate"))
    with pytest.raises(scoring.UnknownName, match="cc on tiktok"):
        needed_for_top(model, MAY, MonthInputs(month()), RankTarget("cc", "tiktok", "likes"))

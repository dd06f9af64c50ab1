"""Indicators taken out, weights corrected, panels changed, weights of one's own, and screening."""

from __future__ import annotations

import numpy as np
import pytest

import scoring
from scoring import load_method
from scoring.analysis.agreement import rank_agreement, ranks_of
from scoring.analysis.chances import pair_chance
from scoring.analysis.influence import equalised_weights, removals
from scoring.analysis.own_weights import own_weights
from scoring.analysis.panel_change import (
    PanelChange,
    changed_inputs,
    panel_moves,
    panel_report,
)
from scoring.analysis.robust import DrawnRanks
from scoring.analysis.screening import screen
from scoring.cities.assemble import MonthInputs, build_table
from scoring.engine.table import Table
from scoring.errors import ChangeError
from scoring.publish.sentences import Sentences, distinct_titles, percent
from scoring.publish.wording import Lang
from tests.scoring.analysis.test_robust import random_table
from tests.scoring.cities.test_city_table import MAY, active, month
from tests.scoring.support import flat, score

NONE = 'normalise = { kind = "none" }\n'


def test_a_removal_is_the_ranking_without_the_node() -> None:
    model, table = flat("abcd", weights=[4, 3, 2, 1]), random_table(30)
    before = ranks_of(scoring.compute(model, table))
    found = removals(model, table)
    assert {removal.code for removal in found} == set("abcd")
    shifts = [removal.agreement.mean_shift for removal in found]
    assert shifts == sorted(shifts, key=lambda shift: -(shift or 0))
    for removal in found:
        rest = [code for code in "abcd" if code != removal.code]
        weights = [dict(zip("abcd", [4, 3, 2, 1], strict=True))[code] for code in rest]
        without = ranks_of(scoring.compute(flat("".join(rest), weights=weights), table))
        assert removal.agreement == rank_agreement(before, without)


def test_corrected_weights_give_each_what_it_is_said_to_have() -> None:
    model, table = flat("abcd", weights=[4, 3, 2, 1]), random_table(60)
    found = equalised_weights(model, table)
    assert sum(found.weights.values()) == pytest.approx(1)
    first = max(abs((found.effective[c] or 0.0) - found.stated[c]) for c in "abcd")
    assert found.distance < 0.01 < first
    for code in "abcd":
        assert found.reached[code] == pytest.approx(found.stated[code], abs=found.distance + 1e-12)


def test_another_panel_equals_computing_the_month_over_it() -> None:
    model = scoring.load_method("giu").for_period(MAY)
    inputs = MonthInputs(rows=month())
    report = panel_report(model, MAY, inputs, PanelChange(without=("dd",)))
    kept = MonthInputs(rows=[row for row in month() if row.city != "dd"])
    again = scoring.compute(model, build_table(model, MAY, kept))
    assert ranks_of(report.after) == ranks_of(again)
    assert report.after.units == ("aa", "bb", "cc")
    assert (report.removed, report.added) == (("dd",), ())


def test_cities_that_join_are_not_in_the_first_panel() -> None:
    """From three cities to four, one of which becomes part of another on the way."""
    model = scoring.load_method("giu").for_period(MAY)
    inputs = MonthInputs(rows=month())
    change = PanelChange(added=("dd",), merged={"cc": "bb"})
    report = panel_report(model, MAY, inputs, change)
    assert (report.before.units, report.after.units) == (("aa", "bb", "cc"), ("aa", "bb", "dd"))
    assert (report.added, report.removed) == (("dd",), ("cc",))
    first = MonthInputs(rows=[row for row in month() if row.city != "dd"])
    before = scoring.compute(model, build_table(model, MAY, first))
    after = scoring.compute(model, build_table(model, MAY, changed_inputs(inputs, change)))
    found = {move.unit: move for move in panel_moves(report)}
    assert set(found) == {"aa", "bb", "cc", "dd"}
    for unit, move in found.items():
        old = (before.score(unit), before.rank(unit)) if unit != "dd" else (None, None)
        new = (after.score(unit), after.rank(unit)) if unit != "cc" else (None, None)
        assert ((move.score_before, move.rank_before), (move.score_after, move.rank_after)) == (
            old,
            new,
        )
    assert [move.rank_after for move in panel_moves(report)][-1] is None


def test_a_merged_citys_accounts_count_for_the_other() -> None:
    model = scoring.load_method("giu").for_period(MAY)
    inputs = MonthInputs(
        rows=month(),
        ratings={("cc", "facebook"): 5.0, ("aa", "facebook"): 4.0},
        languages={"cc": 3},
    )
    changed = changed_inputs(inputs, PanelChange(merged={"cc": "bb"}))
    assert changed.cities == ["aa", "bb", "dd"]
    assert changed.ratings == {("aa", "facebook"): 4.0}
    assert changed.languages == {}
    table = build_table(model, MAY, changed)
    own = active("bb", "facebook", 4), active("cc", "facebook", 20)
    assert table.value("bb", "facebook:likes") == sum(row.likes or 0 for row in own)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (PanelChange(added=("aa",), without=("aa",)), "'aa' joins and leaves"),
        (PanelChange(added=("aa",), merged={"aa": "bb"}), "'aa' joins and leaves"),
        (PanelChange(added=("aa", "bb", "cc", "dd")), "leaves no city"),
        (PanelChange(without=("xx",)), "'xx' is not in the panel of 4 cities"),
        (PanelChange(merged={"aa": "xx"}), "'xx' is not in the panel"),
        (PanelChange(merged={"aa": "bb", "bb": "cc"}), "aa=bb: expected a city that leaves once"),
        (PanelChange(without=("aa",), merged={"aa": "bb"}), "expected a city that leaves once"),
        (PanelChange(without=("bb",), merged={"aa": "bb"}), "into one that stays"),
        (PanelChange(merged={"aa": "aa"}), "into one that stays"),
        (PanelChange(without=("aa", "bb", "cc", "dd")), "leaves no city"),
    ],
)
def test_changes_that_cannot_be_are_refused(change: PanelChange, said: str) -> None:
    model = scoring.load_method("giu").for_period(MAY)
    with pytest.raises(ChangeError, match=said):
        panel_report(model, MAY, MonthInputs(rows=month()), change)


@pytest.mark.slow
def test_the_doubt_is_given_by_hand() -> None:
    pytest.importorskip("scipy")
    result = score({"a": [1, 2, 1, 0], "b": [2, 1, 1, 0]}, flat("ab", defaults=NONE))
    found = {own.unit: own for own in own_weights(result)}
    first, second, third, fourth = result.units
    assert found[first].score == pytest.approx(1)
    assert found[second].score == pytest.approx(1)
    # With w = (1/3, 1/3) the first two have 1, and nothing better is left for the third.
    assert found[third].score == pytest.approx(2 / 3)
    assert fourth not in found, "zeros only have no weights that suit them"
    bounded = {own.unit: own for own in own_weights(result, bounds=(0.4, 0.6))}
    # Shares of 0.4 and 0.6 are w = (0.4, 0.3) · score, under which the second has 1.1 · score.
    assert bounded[first].score == pytest.approx(10 / 11)
    assert all(0.4 - 1e-9 <= share <= 0.6 + 1e-9 for share in bounded[first].shares.values())
    with pytest.raises(ChangeError, match=r"expected a least share up to 0\.5"):
        own_weights(result, bounds=(0.6, 0.7))


@pytest.mark.slow
def test_nobody_does_better_under_anothers_weights_than_one() -> None:
    pytest.importorskip("scipy")
    result = scoring.compute(flat("abcd"), random_table(20))
    found = own_weights(result)
    assert len(found) == 20
    assert found[0].score == pytest.approx(1)
    assert all(
        own.score <= 1 + 1e-9 and sum(own.shares.values()) == pytest.approx(1) for own in found
    )


def test_screening_names_gaps_zeros_and_what_follows_its_denominator() -> None:
    size = np.arange(1.0, 13.0)
    columns = {
        "gaps": [1.0, *[None] * 6, *range(5)],
        "zeros": [0.0] * 8 + [1.0, 2.0, 3.0, 4.0],
        "equal": [5.0] * 12,
        "square": list(size**2),
        "size": list(size),
    }
    model = flat(["gaps", "zeros", "equal", "square"])
    nodes = [
        node if node.code != "square" else type(node)(**{**_fields(node), "denominator": "size"})
        for node in model.nodes
    ]
    table = Table.build([f"u{n}" for n in range(12)], columns)
    found = {one.code: one for one in screen(scoring.compute(model.with_nodes(nodes), table))}
    assert found["gaps"].flags == ("many missing",)
    assert found["zeros"].flags == ("many zeros",)
    assert found["equal"].flags == ("all equal",)
    assert found["square"].flags == ("follows its denominator",)
    assert found["square"].before == pytest.approx(1)
    assert found["zeros"].zeros == pytest.approx(8 / 12)


def _fields(node: object) -> dict[str, object]:
    return {name: getattr(node, name) for name in type(node).__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.001, "<1 %"),
        (0.005, "0 %"),
        (0.714, "71 %"),
        (0.999, ">99 %"),
        (1, "100 %"),
    ],
)
def test_never_and_always_are_said_only_where_they_hold(share: float, text: str) -> None:
    assert percent(share) == text


def test_sentences_in_both_languages() -> None:
    drawn = DrawnRanks(("nj", "hz"), (1, 2), np.array([[1, 2]] * 71 + [[2, 1]] * 27 + [[1, 1]] * 2))
    pair = pair_chance(drawn, "nj", "hz")
    en = Sentences("en", flat("abcd"), {"nj": "Nanjing", "hz": "Hangzhou"})
    zh = Sentences("zh", flat("abcd"), {"nj": "南京", "hz": "杭州"})
    assert en.pair(pair) == "Nanjing is ahead of Hangzhou in 71 % of the runs (level in 2 %)."
    assert zh.pair(pair) == "南京在71 %的运算中领先于杭州（2 %并列）。"
    assert zh.in_top("nj", 0.93) == "南京在93 %的运算中位列前10。"
    removal = removals(flat("abcd"), random_table(15))[0]
    assert "Without “" in en.removal(removal)
    assert "平均变动" in zh.removal(removal)


@pytest.mark.parametrize("name", ["giu", "comm-power-100", "influence-2020", "network-image-2025"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sentences_name_each_indicator_as_no_other(name: str, lang: Lang) -> None:
    method = load_method(name)
    titles = distinct_titles(method, lang)
    assert len(set(titles.values())) == len(method.nodes) == len(titles)
    if name == "giu":
        followers = {"en": "Facebook: Followers", "zh": f"{titles['facebook']}：粉丝量"}
        assert titles["facebook_followers"] == followers[lang]
        assert titles["index"] in ("综合指数", "Composite")

"""From a score down to the measures, and the words for what moved it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

import scoring
from scoring.analysis.diff import diff
from scoring.analysis.explain import explain
from scoring.engine.table import Table
from scoring.publish.wording import (
    long_name,
    word_change,
    word_exclusion,
    word_part,
    word_qualitative,
)
from tests.scoring.analysis.test_diff import results, table, tree
from tests.scoring.cities.test_city_table import CITIES, computed, month
from tests.scoring.support import flat


def test_the_tree_of_one_unit() -> None:
    result = scoring.compute(tree(), table(x=[10.0, 40.0, 20.0, None], y=[0.0, 0, 0, 0]))
    told = explain(result, "x")
    assert (told.code, told.score, told.rank, told.of, told.depth) == ("index", 27.5, 1, 2, 0)
    p, q = told.children
    assert (p.score, p.weight, p.share, p.contribution) == (30.0, 3.0, 0.75, 22.5)
    a, b = p.children
    assert (a.contribution, b.contribution) == (pytest.approx(2.5), pytest.approx(20.0))
    c, d = q.children
    assert (c.share, d.share, d.contribution) == (1.0, None, None)
    assert (d.state, d.value, d.coverage) == ("missing", None, 0.0)
    assert [node.code for node in told.walk()] == ["index", "p", "a", "b", "q", "c", "d"]


def test_leaves_tell_what_was_done_to_them() -> None:
    model = flat(["a"], defaults='treat.kind = "log1p"\nimpute.kind = "mean"\ndirection = -1')
    given_ = Table.build(["x", "y", "z"], {"a": [0.0, None, 4.0]})
    leaf = explain(scoring.compute(model, given_), "y").children[0]
    assert (leaf.value, leaf.imputed, leaf.treatment) == (None, True, "log1p")
    assert (leaf.measure, leaf.normaliser, leaf.direction) == ("a", "minmax", -1)
    assert leaf.treated == pytest.approx(1.0986122886681098)
    assert leaf.notes == ("filled in: mean",)


def test_depth() -> None:
    result = scoring.compute(tree(), table(x=[1.0, 2, 3, 4]))
    assert explain(result, "x", depth=0).children == ()
    assert [n.code for n in explain(result, "x", depth=1).walk()] == ["index", "p", "q"]
    assert [n.code for n in explain(result, "x", "p").walk()] == ["p", "a", "b"]


@pytest.mark.slow
def test_given_absent_and_left_out() -> None:
    result = scoring.compute(tree(), Table.build(["x"], {"p": [5.0], "q": [1.0]}))
    assert [n.state for n in explain(result, "x").walk()] == ["scored", "given", "given"]
    told = explain(computed(), "cc")
    assert [n.state for n in told.children] == ["scored", *["absent"] * 4]
    assert told.children[1].contribution == 0.0
    rows = [replace(row, collected=row.city != "bb") for row in month()]
    left_out = explain(computed(rows), "bb")
    assert (left_out.score, left_out.state) == (None, "missing")
    assert "left out: no_data, 0 of 4" in left_out.notes[0]


def test_unknown_names() -> None:
    for unit, code in (("nobody", "index"), ("aa", "nothing")):
        with pytest.raises(scoring.UnknownName):
            explain(computed(), unit, code)


@pytest.mark.slow
@given(results())
def test_contributions_sum_at_every_node(result: scoring.Result) -> None:
    for unit in result.units:
        for node in explain(result, unit).walk():
            brought = [c.contribution for c in node.children if c.contribution is not None]
            if node.contribution is not None and brought:
                assert sum(brought) == pytest.approx(node.contribution, abs=1e-9)
            if node.depth == 0:
                assert node.contribution == node.score


@pytest.mark.slow
def test_a_change_in_words() -> None:
    before = computed()
    rows = [row for row in month() if row.city != "dd"]
    rows += [
        replace(row, city="dd", account=f"{row.platform}:dd", shares=900)
        for row in month()
        if row.city == "aa"
    ]
    changes = {change.unit: change for change in diff(before, computed(rows))}
    english = word_change(changes["dd"], before.method, "Dd", "en", top=1)
    assert english.startswith("Dd: rank 1, up 3 places (from 4), new in the top 1, score ")
    assert "Moved by " in english
    assert "; the rest +" in english
    chinese = word_change(changes["dd"], before.method, "丁", "zh", top=1)
    assert chinese.startswith("丁：第1名，上升3位（原第4名），新进入前1，得分")
    assert "主要因素：" in chinese
    down = word_change(changes["aa"], before.method, "Aa", "en", top=1)
    assert "down 1 place (from 1), out of the top 1" in down


@pytest.mark.slow
def test_entered_left_and_unchanged_in_words() -> None:
    before = computed()
    part = scoring.compute(before.method, before.table.only(["aa", "bb"]))
    there = {c.unit: c for c in diff(part, before)}
    assert word_change(there["cc"], part.method, "Cc", "en").startswith(
        "Cc: rank 3, no rank before, new in the top 10, score"
    )
    gone = {c.unit: c for c in diff(before, part)}
    assert word_change(gone["cc"], part.method, "丙", "zh", top=3) == (
        "丙：本期无得分（原第3名），退出前3。"
    )
    assert word_change(diff(before, before)[0], part.method, "Aa", "en") == (
        "Aa: rank 1, same rank, score 95.31 (+0.00)."
    ).replace("95.31", f"{before.score('aa'):.2f}")
    nothing = scoring.compute(tree(), table(x=[None] * 4))
    assert word_change(diff(nothing, nothing)[0], nothing.method, "X", "en") == (
        "X: no score in either period."
    )


def test_parts_and_names_in_words() -> None:
    model = scoring.load_method("giu")
    assert long_name(model, "facebook_shares", "zh") == "脸书·分享"
    assert long_name(model, "facebook_shares", "en") == "Facebook Shares"
    assert long_name(model, "facebook", "en") == "Facebook"
    from scoring.analysis.diff import ChangePart

    assert word_part(ChangePart("panel", "index", 1.0), model, "zh") == "监测范围变化"
    assert (
        word_part(ChangePart("account", "x", 1.0), model, "en") == "X (account opened or given up)"
    )
    assert word_part(ChangePart("coverage", "x", 1.0), model, "zh") == "X平台（数据可得性）"


@pytest.mark.slow
def test_exclusions_and_missing_ratings_in_words() -> None:
    rows = [
        replace(row, collected=not (row.city == "bb" and row.platform in ("x", "facebook")))
        for row in month()
    ]
    result = computed(rows)
    (left_out,) = result.exclusions
    assert word_exclusion(left_out, result.method, "zh") == "数据不足：2/4项可得，缺脸书、X平台"
    assert word_exclusion(left_out, result.method, "en") == (
        "too little data: 2 of 4 parts, without Facebook, X"
    )
    assert "100%" in str(word_qualitative(result, "zh"))
    rated = computed(ratings={(city, "x"): 3.0 for city in CITIES})
    assert word_qualitative(rated, "en") is None

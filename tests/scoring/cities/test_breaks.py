"""Breaks between months: which leaves they concern, and what refuses to span them."""

from __future__ import annotations

import pytest

import scoring
from model.period import Period
from scoring.analysis.panel import compute_panel
from scoring.cities.breaks import (
    breaks_between,
    breaks_of_unit,
    breaks_on,
    increment_breaks,
    refuse_goalposts,
    row_breaks,
)
from scoring.engine.table import Table
from scoring.errors import BreakSpanned
from scoring.publish.wording import word_breaks, word_definition
from tests.scoring.support import method

GIU = scoring.load_method("giu")
JULY, AUGUST, SEPTEMBER, OCTOBER = (Period.month(f"2026-{n:02}") for n in (7, 8, 9, 10))
VIEWS = '[[indicator]]\ncode = "v"\nparent = "index"\nmeasure = "{}"\n'


def codes(earlier: Period, later: Period, code: str = "index") -> set[str]:
    return {one.code for one in breaks_between(GIU, earlier, later, code)}


def test_leaves_of_views_are_concerned_while_the_break_lies_between() -> None:
    concerned = {"youtube_views", "youtube_view_rate"}
    assert codes(JULY, AUGUST) == codes(AUGUST, SEPTEMBER) == codes(JULY, OCTOBER) == concerned
    assert codes(SEPTEMBER, OCTOBER) == set()
    assert codes(Period.month("2026-06"), JULY) == set()
    assert codes(JULY, AUGUST, "youtube") == concerned
    assert codes(JULY, AUGUST, "facebook") == set()


def test_the_first_day_of_a_month_is_no_break_of_it() -> None:
    assert codes(Period.month("2025-04"), Period.month("2025-05")) == set()
    assert codes(Period.month("2025-03"), Period.month("2025-04")) != set()


def test_a_leaf_without_weight_is_not_concerned() -> None:
    weightless = GIU.with_weights({"youtube": 0})
    assert breaks_between(weightless, JULY, AUGUST) == []
    assert breaks_between(weightless, JULY, AUGUST, "youtube") != []


def test_a_sum_over_platforms_names_each_of_them() -> None:
    model = method(VIEWS.format("social:views"))
    earlier, later = Period.month("2022-11"), Period.month("2026-09")
    platforms = [one.platform for one in breaks_between(model, earlier, later)]
    assert platforms == ["x", "youtube", "youtube"]


def test_a_unit_without_the_measure_is_not_concerned() -> None:
    model = method(VIEWS.format("youtube:views"))
    (one,) = found = breaks_between(model, JULY, AUGUST)
    old = Table.build(["a", "b"], {"youtube:views": [1.0, None]})
    new = Table.build(["b", "c"], {"youtube:views": [None, 2.0]})
    assert [breaks_of_unit(found, unit, old, new) for unit in "abcd"] == [[one], [], [one], []]
    assert one.plain()["since"] == "2026-08-27"


def test_rows_name_the_days_within_the_month() -> None:
    assert row_breaks("youtube", AUGUST) == {"views": ["2026-08-27"]}
    assert increment_breaks("youtube", AUGUST) == {"views": ["2026-08-27"]}
    assert row_breaks("youtube", SEPTEMBER) == row_breaks("tiktok", AUGUST) == {}
    assert row_breaks("youtube", Period.month("2019-09")) == {"followers": ["2019-09-10"]}
    assert row_breaks("x", Period.month("2022-11")) == {"views": ["2022-12-01"]}
    (entry,) = breaks_on("youtube", row_breaks("youtube", AUGUST))
    assert word_definition("youtube", entry, "en").startswith("YouTube: since 2026-08-27 views of")
    assert word_definition("youtube", entry, "zh").startswith("优兔自2026-08-27起，")


def test_words_say_each_break_once() -> None:
    words = word_breaks(breaks_between(GIU, JULY, AUGUST), "en")
    assert words.count("2026-08-27") == 1
    assert "优兔自" in word_breaks(breaks_between(GIU, JULY, AUGUST), "zh")


def test_a_panel_does_not_span_a_break_unless_told() -> None:
    model = method(VIEWS.format("youtube:views"))
    month = Table.build(["a", "b"], {"youtube:views": [1.0, 2.0]})
    with pytest.raises(BreakSpanned, match=r"2026-07 and 2026-09.*YouTube views since"):
        compute_panel(model, {"2026-07": month, "2026-09": month})
    assert compute_panel(model, {"2026-07": month, "2026-09": month}, across_breaks=True)
    assert compute_panel(model, {"2026-09": month, "2026-10": month})
    assert compute_panel(method(VIEWS.format("x:views")), {"2026-07": _x(), "2026-09": _x()})


def _x() -> Table:
    return Table.build(["a", "b"], {"x:views": [1.0, 2.0]})


def goalposts(more: str) -> scoring.Method:
    rule = f'normalise = {{ kind = "goalposts", low = 0, high = 9{more} }}\n'
    return method(VIEWS.format("youtube:views") + rule)


def test_goalposts_hold_for_months_on_their_side_of_a_break() -> None:
    fixed = goalposts(', months = ["2026-01", "2026-06"]')
    refuse_goalposts(fixed, JULY)
    with pytest.raises(BreakSpanned):
        refuse_goalposts(fixed, SEPTEMBER)
    refuse_goalposts(goalposts(""), SEPTEMBER)
    told = goalposts(', months = ["2026-01", "2026-06"], across_breaks = true')
    refuse_goalposts(told, SEPTEMBER)


def test_goalposts_without_months_keep_their_hash() -> None:
    assert goalposts("").hash == goalposts(", across_breaks = false").hash
    assert goalposts("").hash != goalposts(', months = ["2026-01", "2026-06"]').hash


def test_months_of_goalposts_are_months() -> None:
    with pytest.raises(scoring.MethodError, match="months"):
        goalposts(', months = ["2026-1", "2026-06"]')

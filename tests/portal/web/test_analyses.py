"""The analyses of a month in the portal say what the commands say."""

from __future__ import annotations

import pytest
from parsel import Selector

from scoring.analysis.chances import chances_of, top_chances
from scoring.analysis.influence import removals
from scoring.analysis.panel_change import PanelChange, panel_moves, panel_report
from scoring.analysis.robust import drawn_ranks, standard_plan
from scoring.publish.sentences import Sentences
from tests.portal.web.readers import Readers

pytestmark = pytest.mark.servers
PAGE = "/months/2025-05/analyses"


def said(readers: Readers, query: str) -> list[str]:
    """The sentences of a page."""
    answer = readers.of("analyst").get(f"{PAGE}?{query}")
    assert answer.status_code == 200, answer.text
    return Selector(answer.text).css("main ul:not(.tabs) li::text").getall()


def test_the_page_says_what_the_analyses_find(readers: Readers) -> None:
    index = readers.portal.shelf.figures("2025-05").index
    names = {unit: pair[1] for unit, pair in index.names.items()}
    words = Sentences("en", index.method, names)
    runs = drawn_ranks(index.method, index.table, standard_plan(index.method, runs=1000), "index")
    best = max(top_chances(runs).items(), key=lambda pair: (pair[1], pair[0]))
    assert words.in_top(*best) in said(readers, "about=chances")
    pairs = [words.pair(pair) for pair in chances_of(runs, "hefei")]
    assert said(readers, "about=chances&city=hefei") == pairs
    first = words.removal(removals(index.method, index.table, "index")[0])
    assert first in said(readers, "about=indicators")
    assert said(readers, "about=panel") == []
    (sentence,) = said(readers, "about=panel&without=hefei,ningbo")
    assert sentence.startswith("8 cities become 6;")
    assert len(said(readers, "about=screening")) == len(index.method.leaves)


def test_best_weights_of_each_city(readers: Readers) -> None:
    pytest.importorskip("scipy")
    assert len(said(readers, "about=own-weights")) == 8


def table(readers: Readers, query: str) -> dict[str, list[str]]:
    """The rows of the page's table by city: places and changes."""
    answer = readers.of("analyst").get(f"{PAGE}?about=panel&{query}")
    assert answer.status_code == 200, answer.text
    rows = Selector(answer.text).css("main table tbody tr")
    cells = {row.css("th::text").get(""): row.css("td").xpath("string()").getall() for row in rows}
    return {city: [cell.strip() for cell in row] for city, row in cells.items()}


def test_cities_join_leave_and_become_one(readers: Readers) -> None:
    """By ids, names in either language, and two lists; as recomputed."""
    index = readers.portal.shelf.figures("2025-05").index
    change = PanelChange(added=("foshan",), without=("ningbo",), merged={"hefei": "beijing"})
    report = panel_report(index.method, index.period, index.inputs, change)
    names = {unit: pair[1] for unit, pair in index.names.items()}
    query = "added=佛山市&without=Ningbo&part=hefei&whole=beijing"
    found = table(readers, query)
    for move in panel_moves(report):
        ranks = [str(rank or "—") for rank in (move.rank_before, move.rank_after)]
        assert found[names[move.unit]][:2] == ranks
    changes = {city: row[2] for city, row in found.items()}
    assert changes["Foshan"] == "joins"
    assert changes["Ningbo"] == "leaves"
    assert changes["Hefei"] == "becomes part of Beijing"
    (sentence,) = said(readers, f"about=panel&{query}")
    assert sentence == Sentences("en", index.method, names).panel(report)
    # What was chosen from the lists stands in the form for the next pair.
    page = Selector(readers.of("analyst").get(f"{PAGE}?about=panel&{query}").text)
    assert page.css("input[name=merge]::attr(value)").get() == "hefei=beijing"
    assert table(readers, "merge=hefei%3Dbeijing,%20合肥%3Dbeijing")["Hefei"][1] == "—"


def test_cities_that_another_month_had_not(readers: Readers) -> None:
    """The panels of these months are the same: nothing joins, and the page asks for a change."""
    assert table(readers, "since=2025-04") == {}


@pytest.mark.parametrize("query", ["merge=hefei", "added=hefei&without=hefei", "merge=a%3Da"])
def test_a_change_that_cannot_be_is_said(readers: Readers, query: str) -> None:
    assert readers.of("analyst").get(f"{PAGE}?about=panel&{query}").status_code in (404, 422)


@pytest.mark.parametrize(
    "query", ["about=magic", "scope=moon", "city=atlantis", "about=panel&without=atlantis"]
)
def test_what_does_not_exist_is_said(readers: Readers, query: str) -> None:
    assert readers.of("analyst").get(f"{PAGE}?{query}").status_code == 422


def test_a_panel_of_one_city_is_refused_in_words(readers: Readers) -> None:
    every = "beijing shanghai qingdao xiamen kunming hefei ningbo foshan"
    answer = readers.of("analyst").get(f"{PAGE}?about=panel&without={every}")
    assert answer.status_code == 422


@pytest.mark.parametrize("page", ["robustness", "cities/shanghai/method"])
def test_other_pages_lead_there(readers: Readers, page: str) -> None:
    text = readers.of("analyst").get(f"/months/2025-05/{page}").text
    assert "/months/2025-05/analyses?about=indicators" in text

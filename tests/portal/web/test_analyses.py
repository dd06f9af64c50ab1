"""The analyses of a month in the portal say what the commands say."""

from __future__ import annotations

import pytest
from parsel import Selector

from scoring.analysis.chances import chances_of, top_chances
from scoring.analysis.influence import removals
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


@pytest.mark.parametrize(
    "query", ["about=magic", "scope=moon", "city=atlantis", "about=panel&without=atlantis"]
)
def test_what_does_not_exist_is_said(readers: Readers, query: str) -> None:
    assert readers.of("analyst").get(f"{PAGE}?{query}").status_code == 404


def test_a_panel_of_one_city_is_refused_in_words(readers: Readers) -> None:
    every = "beijing shanghai qingdao xiamen kunming hefei ningbo foshan"
    answer = readers.of("analyst").get(f"{PAGE}?about=panel&without={every}")
    assert answer.status_code == 422


@pytest.mark.parametrize("page", ["robustness", "cities/shanghai/method"])
def test_other_pages_lead_there(readers: Readers, page: str) -> None:
    text = readers.of("analyst").get(f"/months/2025-05/{page}").text
    assert "/months/2025-05/analyses?about=indicators" in text

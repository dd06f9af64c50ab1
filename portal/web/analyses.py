"""How far a month's ranks can be relied on, as sentences: chances, indicators, panels, own weights,
data."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.figures.months import MonthFigures
from portal.rights.viewer import NotThere, Right
from portal.web.drawing import draw
from scoring.analysis.chances import chances_of, top_chances
from scoring.analysis.influence import equalised_weights, removals
from scoring.analysis.own_weights import own_weights
from scoring.analysis.panel_change import PanelChange, panel_report
from scoring.analysis.robust import DrawnRanks, drawn_ranks, standard_plan
from scoring.analysis.screening import screen
from scoring.publish.sentences import Sentences
from scoring.publish.top import COMPOSITE, scope_node

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
RUNS = 1000
"""Of the chances, as `cityreach analyse` takes them."""


@adds(router, "GET", "/months/{month}/analyses", Right.DRAFTS)
def analyses_page(
    asked: Ask,
    month: str,
    about: str = "chances",
    scope: str = COMPOSITE,
    city: str = "",
    without: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """One analysis of one scope; `city` for its chances, `without` cities for another panel."""
    figures = asked.portal.shelf.figures(month)
    if about not in _STUDIES:
        raise NotThere("analysis", about, list(_STUDIES))
    if scope not in figures.index.scopes:
        raise NotThere("scope", scope, figures.index.scopes)
    left = [one for one in without.replace(",", " ").split() if one]
    for one in [*left, *([city] if city else [])]:
        if one not in figures.index.result.units:
            near = difflib.get_close_matches(one, figures.index.result.units)
            raise NotThere("city", one, near)
    rows = figures.index.top(scope, len(figures.index.result.units))
    names = {u: pair[asked.language == "en"] for u, pair in figures.index.names.items()}
    words = Sentences(asked.language, figures.index.method, names)
    said: Sequence[str] = ()
    if rows:
        key = ("study", about, scope, city, tuple(left), asked.language)
        said = figures.once(
            key, lambda: _STUDIES[about](figures, _code_of(figures, scope), words, city, left)
        )
    return draw(
        asked,
        "analyses.html",
        month=month,
        months=asked.portal.shelf.known(),
        state=figures.state,
        scopes=figures.index.scopes,
        scope=scope,
        about=about,
        studies=list(_STUDIES),
        said=said,
        rows=rows,
        city=city,
        without=" ".join(left),
    )


def _code_of(figures: MonthFigures, scope: str) -> str:
    return scope_node(figures.index.result, scope)


def _drawn(figures: MonthFigures, code: str) -> DrawnRanks:
    index = figures.index
    found: DrawnRanks = figures.once(
        ("drawn", code),
        lambda: drawn_ranks(
            index.method, index.table, standard_plan(index.method, runs=RUNS), code
        ),
    )
    return found


def _chances(
    figures: MonthFigures, code: str, words: Sentences, city: str, _: Sequence[str]
) -> list[str]:
    """Of a city against each other, else of all to be among the first ten."""
    found = _drawn(figures, code)
    if city:
        return [words.pair(pair) for pair in chances_of(found, city)]
    shares = sorted(top_chances(found).items(), key=lambda pair: (-pair[1], pair[0]))
    return [words.in_top(unit, share) for unit, share in shares if share]


def _indicators(figures: MonthFigures, code: str, words: Sentences, *_: object) -> list[str]:
    index = figures.index
    without = removals(index.method, index.table, code)
    weights = words.weights(equalised_weights(index.method, index.table))
    return [*map(words.removal, without), *weights]


def _panel(
    figures: MonthFigures, code: str, words: Sentences, _: str, without: Sequence[str]
) -> list[str]:
    if not without:
        return []
    index, change = figures.index, PanelChange(without=tuple(without))
    return [words.panel(panel_report(index.method, index.period, index.inputs, change, code))]


def _own_weights(figures: MonthFigures, code: str, words: Sentences, *_: object) -> list[str]:
    return [words.own(one) for one in own_weights(figures.index.result, code)]


def _screening(figures: MonthFigures, _: str, words: Sentences, *__: object) -> list[str]:
    return [words.screening(one) for one in screen(figures.index.result)]


_Study = Callable[[MonthFigures, str, Sentences, str, Sequence[str]], list[str]]
_STUDIES: dict[str, _Study] = {
    "chances": _chances,
    "indicators": _indicators,
    "panel": _panel,
    "own-weights": _own_weights,
    "screening": _screening,
}

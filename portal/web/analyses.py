"""How far a month's ranks can be relied on, as sentences: chances, indicators, panels, own weights,
data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice, named_by
from portal.asking.panels import PanelAsked
from portal.figures.months import MonthFigures
from portal.rights.viewer import Right
from portal.web.drawing import draw
from scoring.analysis.chances import chances_of, top_chances
from scoring.analysis.influence import equalised_weights, removals
from scoring.analysis.own_weights import own_weights
from scoring.analysis.panel_change import PanelChange, PanelReport, panel_moves, panel_report
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
    panel: Annotated[PanelAsked, Depends()],
    about: str = "chances",
    scope: str = COMPOSITE,
    city: str = "",
) -> Response:
    """One analysis of one scope; `city` for its chances, the fields of `panel` for another one."""
    figures = asked.portal.shelf.figures(month)
    check_choice("about", about, _STUDIES)
    check_choice("scope", scope, figures.index.scopes)
    units = figures.index.result.units
    check_choice("city", city, units, may_lack=True)
    change = _change(asked, figures, panel) if about == "panel" else PanelChange()
    rows = figures.index.top(scope, len(units))
    names = {u: pair[asked.language == "en"] for u, pair in figures.index.names.items()}
    words = Sentences(asked.language, figures.index.method, names)
    said, code = list[str](), _code_of(figures, scope)
    moves: dict[str, Any] = {}
    if rows and about == "panel":
        said, moves = _panel(figures, code, words, change)
    elif rows:
        key = ("study", about, scope, city, asked.language)
        said = figures.once(key, lambda: _STUDIES[about](figures, code, words, city))
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
        **moves,
        rows=rows,
        city=city,
        change=change,
        cities={one: words.city(one) for one in units},
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


def _change(asked: Asked, figures: MonthFigures, panel: PanelAsked) -> PanelChange:
    then = None
    if panel.since:
        with named_by("since"):
            then = asked.portal.shelf.figures(panel.since).index.inputs.cities
    return panel.change(figures.index.inputs.cities, then)


def _chances(figures: MonthFigures, code: str, words: Sentences, city: str) -> list[str]:
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
    figures: MonthFigures, code: str, words: Sentences, change: PanelChange
) -> tuple[list[str], dict[str, Any]]:
    """The sentence, and every city of both panels; nothing where no change is asked for."""
    if not (change.added or change.without or change.merged):
        return [], {}
    index, merged = figures.index, change.merged or {}
    key = ("panel", code, change.added, change.without, tuple(sorted(merged.items())))
    report: PanelReport = figures.once(
        key, lambda: panel_report(index.method, index.period, index.inputs, change, code)
    )
    return [words.panel(report)], {"moves": panel_moves(report, code), "report": report}


def _own_weights(figures: MonthFigures, code: str, words: Sentences, *_: object) -> list[str]:
    return [words.own(one) for one in own_weights(figures.index.result, code)]


def _screening(figures: MonthFigures, _: str, words: Sentences, *__: object) -> list[str]:
    return [words.screening(one) for one in screen(figures.index.result)]


_Study = Callable[[MonthFigures, str, Sentences, str], list[str]]
_STUDIES: dict[str, _Study] = {
    "chances": _chances,
    "indicators": _indicators,
    "panel": lambda *_: [],
    "own-weights": _own_weights,
    "screening": _screening,
}

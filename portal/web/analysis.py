"""What analysts compare and try out: cities, months, robustness, what if."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice, named_by
from portal.explain import moved
from portal.figures.leaderboard import SHOWN_MEASURES, leaderboard
from portal.figures.months import MonthFigures
from portal.figures.overview import history_of
from portal.rights.viewer import Right
from portal.users.errors import AccessError
from portal.web import charts
from portal.web.drawing import draw
from scoring.publish.top import COMPOSITE

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_MOST_CITIES = 8


def _common(asked: Asked, figures: MonthFigures) -> dict[str, Any]:
    return {
        "month": figures.period.name,
        "state": figures.state,
        "months": asked.portal.shelf.known(),
        "scopes": figures.index.scopes,
    }


@adds(router, "GET", "/months/{month}/compare", Right.DRAFTS)
def compare_page(
    asked: Ask,
    month: str,
    city: Annotated[list[str] | None, Query()] = None,
    scope: str = COMPOSITE,
    against: str = "",
) -> Response:
    """Two to eight cities side by side, the first five of the month unless others are named;
    and, with `against`, each beside itself in another month."""
    figures = asked.portal.shelf.figures(month)
    check_choice("scope", scope, figures.index.scopes)
    rows = leaderboard(figures, scope, asked.portal.cities)
    known = figures.index.inputs.cities
    city = city or []
    if len(city) > _MOST_CITIES:
        raise AccessError("city", "expected at most {n}", n=_MOST_CITIES)
    for one in city:
        check_choice("city", one, known)
    chosen = list(dict.fromkeys(city)) or [row["city"] for row in rows[:5]]
    found = [row for row in rows if row["city"] in chosen]
    issues = asked.reading.issues(asked.portal.method)
    code = "index" if scope == COMPOSITE else scope
    lines = {row["city"]: history_of(issues, row["city"], code) for row in found}
    labels = [one["month"] for one in next(iter(lines.values()), [])]
    series = [(asked.words.city(r), [o["index"] for o in lines[r["city"]]]) for r in found]
    return draw(
        asked,
        "compare.html",
        **_common(asked, figures),
        scope=scope,
        rows=found,
        all_rows=rows,
        chosen=chosen,
        history=lines,
        labels=labels,
        measures=SHOWN_MEASURES,
        chart=charts.lines(labels, series),
        against=against,
        then=_then(asked, against, scope) if against else {},
    )


def _then(asked: Asked, month: str, scope: str) -> dict[str, Any]:
    """The rows of another month by city."""
    with named_by("against"):
        figures = asked.portal.shelf.figures(month)
    check_choice("scope", scope, figures.index.scopes)
    return {row["city"]: row for row in leaderboard(figures, scope, asked.portal.cities)}


@adds(router, "GET", "/months/{month}/robustness", Right.DRAFTS)
def robustness_page(asked: Ask, month: str, scope: str = COMPOSITE) -> Response:
    """How sure the ranks are."""
    figures = asked.portal.shelf.figures(month)
    check_choice("scope", scope, figures.index.scopes)
    rows = leaderboard(figures, scope, asked.portal.cities)
    bands = figures.bands(scope)
    widest = max((bands[r["city"]] for r in rows), key=lambda b: b.high - b.low, default=None)
    return draw(
        asked,
        "robustness.html",
        **_common(asked, figures),
        scope=scope,
        rows=rows,
        bands=bands,
        widest=widest,
        sure=sum(row["in_top_ten"] >= 0.95 for row in rows if row["in_top_ten"] is not None),
    )


@adds(router, "GET", "/months/{month}/what-if", Right.DRAFTS)
def what_if_page(asked: Ask, month: str, node: str = "", weight: str = "") -> Response:
    """The ranks under another weight of one node. Nothing is kept."""
    figures = asked.portal.shelf.figures(month)
    nodes = [one for one in figures.index.method.nodes if one.parent is not None]
    rows = None
    if node:
        check_choice("node", node, [one.code for one in nodes])
        rows = moved(figures.index, [f"{node}={_weight(weight)}"], [])
    return draw(
        asked,
        "what-if.html",
        **_common(asked, figures),
        nodes=nodes,
        node=node,
        weight=weight,
        rows=rows,
        moved=sum(row["rank_before"] != row["rank_after"] for row in rows or ()),
        names=figures.index.names,
    )


def _weight(given: str) -> str:
    try:
        known = math.isfinite(float(given)) and float(given) >= 0
    except ValueError:
        known = False
    if not known:
        raise AccessError("weight", "expected a number, 0 or more")
    return given

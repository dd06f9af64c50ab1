"""Expert ratings and indicators of a month: the sheet to fill in, the import, the agreement; and
the panel that the month is computed over."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from model.tables.writing import csv_text
from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice
from portal.asking.sent_files import sent_file
from portal.figures.judgement import blank_sheet, criteria_of, indicator_codes, judgement_of
from portal.month import INDICATOR_PLACE, panel_of
from portal.rights.viewer import Right
from portal.users.audit import note_change
from portal.web.drawing import draw
from registry.cities import city_names
from scoring.cities.indicators import read_indicators
from scoring.cities.ratings import RATING_KEYS, read_ratings
from scoring.errors import TableError
from store.ratings import RatingsLocked, UnaskedCriterion, put_ratings
from store.records import INDICATORS, put_revisions

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_SHOWN = 200


@adds(router, "GET", "/months/{month}/ratings", Right.DRAFTS)
def ratings_page(asked: Ask, month: str) -> Response:
    """What experts said of a month, and how far they agree."""
    return _ratings(asked, month)


def _ratings(asked: Asked, month: str, **values: Any) -> Response:
    shown = {"problems": (), "checked": None, "added": None, **values}
    figures = asked.portal.shelf.figures(month)
    found = judgement_of(asked.portal.db, figures.period)
    return draw(
        asked,
        "ratings.html",
        month=month,
        state=figures.state,
        months=asked.portal.shelf.known(),
        found=found,
        rows=found.ratings[:_SHOWN],
        indicators=found.indicators[:_SHOWN],
        criteria=criteria_of(figures.index.method),
        names=figures.index.names,
        **shown,
    )


@adds(router, "GET", "/months/{month}/ratings/sheet.csv", Right.DRAFTS)
def rating_sheet(asked: Ask, month: str) -> Response:
    """An empty sheet for one rater: a row for each city on each of its platforms."""
    figures = asked.portal.shelf.figures(month)
    places = sorted({(row.city, row.platform) for row in figures.index.inputs.rows})
    criteria = criteria_of(figures.index.method)
    rows = list(blank_sheet(places, figures.period, criteria))
    name = f'attachment; filename="ratings-{figures.period.name}.csv"'
    return Response(
        "\ufeff" + csv_text(rows, (*RATING_KEYS, *criteria)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": name},
    )


@adds(router, "POST", "/months/{month}/ratings", Right.ADMIN)
def import_ratings_form(asked: Ask, month: str) -> Response:
    """Checks a sheet of ratings or of indicators, and takes it if asked: all of it, or nothing."""
    asked.portal.shelf.figures(month)
    what = str(asked.form.get("what", "ratings"))
    check_choice("what", what, ("ratings", "indicators"))
    try:
        with sent_file(asked) as path:
            rows, problems = _read(asked, path, what)
    except TableError as error:
        return _ratings(asked, month, problems=[str(error)])
    if problems:
        return _ratings(asked, month, problems=problems)
    if asked.form.get("take") != "yes":
        return _ratings(asked, month, checked=len(rows))
    try:
        return _ratings(asked, month, added=_taken(asked, what, rows))
    except (RatingsLocked, UnaskedCriterion) as error:
        return _ratings(asked, month, problems=[str(error)])


def _read(asked: Asked, path: Path, what: str) -> tuple[list[dict[str, Any]], list[str]]:
    names = city_names(asked.portal.cities)
    if what == "ratings":
        rated = read_ratings(path, names)
        return [asdict(one) for one in rated.ratings], [str(one) for one in rated.problems]
    given = read_indicators(path, names, indicator_codes(asked.portal.method))
    return [asdict(one) for one in given.indicators], [str(one) for one in given.problems]


def _taken(asked: Asked, what: str, rows: list[dict[str, Any]]) -> int:
    portal, now = asked.portal, asked.portal.clock.now()
    if what == "ratings":
        added = put_ratings(portal.db, rows, now)
    else:
        added = put_revisions(portal.db, INDICATORS, INDICATOR_PLACE, rows, now)
    note_change(portal.db, now, asked.known.name, f"{what}.import", "", {"added": added})
    return added


@adds(router, "GET", "/months/{month}/panel", Right.DRAFTS)
def panel_page(asked: Ask, month: str) -> Response:
    """The cities and accounts that the month is computed over."""
    figures = asked.portal.shelf.figures(month)
    panel = figures.once(("panel",), lambda: panel_of(figures.index.inputs, figures.as_of))
    before = _before(asked, month)
    return draw(
        asked,
        "panel.html",
        month=month,
        state=figures.state,
        months=asked.portal.shelf.known(),
        panel=panel,
        names=figures.index.names,
        joined=sorted(set(panel.accounts) - before) if before else None,
        left=sorted(before - set(panel.accounts)),
    )


def _before(asked: Asked, month: str) -> set[Any]:
    """The accounts of the month before; empty where it is not known."""
    shelf = asked.portal.shelf
    name = shelf.named(month).previous().name
    if name not in shelf.known():
        return set()
    figures = shelf.figures(name)
    return set(panel_of(figures.index.inputs, figures.as_of).accounts)

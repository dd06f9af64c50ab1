"""Months: overview, leaderboard, a city, and how its numbers come about."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from markupsafe import Markup
from starlette.responses import Response

from model.platform import PLATFORMS
from model.tables.writing import csv_text
from portal.asking.asked import Asked, adds, asked_of, to_page
from portal.asking.choices import check_choice
from portal.asking.issued import owners_in
from portal.asking.post_lines import post_lines
from portal.explain import explained, remarks
from portal.figures.coverage import coverage_of, told_why
from portal.figures.leaderboard import (
    SHOWN_MEASURES,
    SORTS,
    Row,
    filtered,
    leaderboard,
    published_rows,
    sorted_rows,
)
from portal.figures.months import LOOK_EVERY, MonthFigures
from portal.figures.overview import history_of, movers, peers_of, warnings_of
from portal.figures.state import MonthState, month_state
from portal.rights.reading import PostsWanted
from portal.rights.viewer import NotThere, Right
from portal.web import charts
from portal.web.drawing import draw, macro
from scoring.method.library import method_ids
from scoring.publish.top import COMPOSITE
from scoring.publish.wording import word_exclusion

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_EMPTY = ""


@adds(router, "GET", "/months", Right.SELF)
def newest_month(asked: Ask) -> Response:
    """To the newest month: of all for those who see drafts, else of those published."""
    if asked.known.may(Right.DRAFTS):
        return to_page(f"/months/{asked.portal.shelf.newest()}")
    issues = asked.reading.issues(asked.portal.method)
    if not issues:
        return draw(asked, "unpublished.html")
    return to_page(f"/months/{issues[0]['period']}/leaderboard")


@adds(router, "GET", "/months/{month}", Right.DRAFTS)
def month_page(asked: Ask, month: str) -> Response:
    """State, coverage, top ten, risers and fallers of a month."""
    figures = asked.portal.shelf.figures(month)
    rows = leaderboard(figures, COMPOSITE, asked.portal.cities)
    risers, fallers = movers(rows)
    names = [f"{row['rank']} {asked.words.city(row)}" for row in rows[:10]]
    values = [row["index"] for row in rows[:10]]
    return draw(
        asked,
        "month.html",
        **_month(asked, figures),
        rows=rows[:10],
        ranked=len(rows),
        risers=risers,
        fallers=fallers,
        coverage=coverage_of(figures.index.inputs.rows),
        told_why=told_why,
        warnings=warnings_of(figures, COMPOSITE, asked.language),
        left_out=_left_out(asked, figures),
        chart=charts.bars(names, values, asked.words.text("Index")),
        methods=[one for one in method_ids() if one != asked.portal.method],
    )


def _left_out(asked: Asked, figures: MonthFigures) -> list[tuple[Row, str]]:
    result = figures.index.result
    reasons = {e.unit: word_exclusion(e, result.method, asked.language) for e in result.exclusions}
    return [(row, reasons[row["city"]]) for row in figures.left_out]


def _month(asked: Asked, figures: MonthFigures) -> dict[str, Any]:
    """What every page of a month needs."""
    return {
        "month": figures.period.name,
        "state": figures.state,
        "months": asked.portal.shelf.known(),
        "scopes": figures.index.scopes,
        "as_of": figures.as_of,
    }


@adds(router, "GET", "/months/{month}/leaderboard", Right.SELF)
def leaderboard_page(
    asked: Ask,
    month: str,
    scope: str = COMPOSITE,
    region: str = _EMPTY,
    province: str = _EMPTY,
    size: str = _EMPTY,
    account_class: Annotated[Literal["", "main", "tourism", "media", "other"], Query()] = "",
    sort: str = "rank",
    order: Literal["", "up", "down"] = "",
    form: Annotated[Literal["", "csv"], Query()] = "",
) -> Response:
    """Who leads in a scope; filtered, sorted, or as CSV."""
    check_choice("sort", sort, SORTS)
    _check_places(asked, {"region": region, "province": province, "size": size})
    found = _rows(asked, month, scope)
    wanted = {"region": region, "province_en": province, "size_class": size}
    rows = filtered(found["all"], wanted)
    if account_class and found["figures"] is not None:
        having = _cities_with(asked, account_class)
        rows = [row for row in rows if row["city"] in having]
    by = "name_en" if sort == "city" else sort
    down = order == "down" or (order == "" and sort not in ("rank", "city"))
    rows = sorted_rows(rows, by, down)
    if form == "csv":
        return _csv(found["state"], scope, rows)
    return draw(
        asked,
        "leaderboard.html",
        **{key: found[key] for key in ("month", "state", "months", "scopes", "full", "as_of")},
        lines=_lines(asked, found, scope, rows),
        first=found["all"][0] if found["all"] else None,
        of=len(found["all"]),
        scope=scope,
        part_names=_part_names(found["all"]),
        filters={
            "region": sorted({row["region"] for row in found["all"]} - {""}),
            "province": sorted({(r["province_en"], asked.words.province(r)) for r in found["all"]}),
            "size": sorted({row["size_class"] for row in found["all"]} - {""}),
        },
        sort=sort,
        descending=down,
    )


_PLACES = {"region": "region", "province": "province_en", "size": "size_class"}
"""Of a city, by the filter."""


def _check_places(asked: Asked, given: dict[str, str]) -> None:
    """A filter that no city has ever met is a slip, not an empty list."""
    for field, value in given.items():
        if value:
            every = asked.portal.cities.values()
            known = sorted({getattr(city, _PLACES[field]) for city in every} - {""})
            check_choice(field, value, known)


def _lines(asked: Asked, found: dict[str, Any], scope: str, rows: list[Row]) -> list[Markup]:
    """The rows as they stand on the page: made once for all who read the language, for a hundred
    of them take longer than everything else of the page."""
    values = {
        "month": found["month"],
        "full": found["full"],
        "part_names": _part_names(found["all"]),
        "scope": scope,
    }
    drawn = asked.portal.drawn.of(
        (found["stamp"], scope, asked.language, found["full"]),
        lambda: _drawn(asked, found["all"], False, values),
    )
    bound = asked.known.bound or ()
    mine = _drawn(asked, [row for row in rows if row["city"] in bound], True, values)
    lines = {**drawn, **mine}
    return [Markup(lines[row["city"]]) for row in rows]  # noqa: S704 - drawn by a template


def _drawn(asked: Asked, rows: list[Row], mine: bool, values: dict[str, Any]) -> dict[str, str]:
    if not rows:
        return {}
    line = macro(asked, "leaderboard-row.html", "line", **values)
    return {row["city"]: str(line(row, mine)) for row in rows}


def _part_names(rows: list[Row]) -> list[str]:
    """The scores that stand beside the index."""
    return list(rows[0]["parts"]) if rows else []


def _cities_with(asked: Asked, account_class: str) -> set[str]:
    return {a.city for a in asked.reading.accounts() if a.account_class.value == account_class}


def _rows(asked: Asked, month: str, scope: str) -> dict[str, Any]:
    """The rows that the reader may see: computed, or from the published issue alone."""
    portal = asked.portal
    if asked.known.may(Right.DRAFTS):
        figures = portal.shelf.figures(month)
        check_choice("scope", scope, figures.index.scopes)
        rows = leaderboard(figures, scope, portal.cities)
        shown = {"all": rows, "full": True, "figures": figures, "stamp": (month, figures.as_of)}
        return {**_month(asked, figures), **shown}
    issues = {one["period"]: one for one in asked.reading.issues(portal.method)}
    period = portal.shelf.named(month)
    issue = asked.reading.issue(period.name, portal.method)
    if issue is None:
        raise NotThere("month", month, list(issues)[:3])
    scopes = (COMPOSITE, *list(issue.ranks)[1:])
    check_choice("scope", scope, scopes)
    before = asked.reading.issue(period.previous().name, portal.method)
    names = {city.id: (city.name_zh, city.name_en) for city in portal.cities.values()}
    return {
        "month": month,
        "state": month_state(period, issue, portal.clock.now()),
        "months": list(issues),
        "scopes": scopes,
        "as_of": issue.created_at,
        "all": published_rows(issue, scope, before, names, portal.cities),
        "full": False,
        "figures": None,
        "stamp": (issue.digest, before and before.digest),
    }


def _csv(state: MonthState, scope: str, rows: list[Row]) -> Response:
    """For spreadsheets: with a byte order mark, empty where unknown."""
    columns = (
        *("period", "scope", "state", "revision", "rank", "previous_rank", "change", "city"),
        *("name_zh", "name_en", "province_zh", "region", "size_class", "index"),
        *(f"part.{name}" for name in (rows[0]["parts"] if rows else ())),
        *(name for name in (*SHOWN_MEASURES, "accounts") if rows and name in rows[0]),
        "coverage",
    )
    beside = {
        "period": state.period.name,
        "scope": scope,
        "state": state.finality.value,
        "revision": state.revision,
    }
    flat = [{**row, **beside, **{f"part.{k}": v for k, v in row["parts"].items()}} for row in rows]
    name = f"leaderboard-{state.period.name}-{scope}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    text = "\ufeff" + csv_text(flat, columns)
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@adds(router, "GET", "/months/{month}/cities/{city}", Right.CITY)
def city_page(asked: Ask, month: str, city: str, scope: str = COMPOSITE) -> Response:
    """A city's month: index, parts, accounts, top posts, peers."""
    asked.reading.city(city)
    figures = asked.portal.shelf.figures(month)
    _known_city(figures, city, asked)
    check_choice("scope", scope, figures.index.scopes)
    rows = leaderboard(figures, scope, asked.portal.cities)
    code = "index" if scope == COMPOSITE else scope
    history = history_of(_issues(asked), city, code)
    labels = [one["month"] for one in history]
    index_name = asked.words.text("Index")
    wanted = PostsWanted(city=city, platform=None if scope == COMPOSITE else scope, count=10)
    shown = figures if asked.known.may(Right.DRAFTS) else None
    return draw(
        asked,
        "city.html",
        **_month(asked, figures),
        full=shown is not None,
        scope=scope,
        city=asked.portal.cities.get(city),
        city_id=city,
        row=next((row for row in rows if row["city"] == city), None),
        of=len(rows),
        reasons=remarks(figures.index, city, asked.language),
        by_scope=[
            (name, next((r for r in all_rows if r["city"] == city), None))
            for name in figures.index.scopes
            for all_rows in [leaderboard(figures, name, asked.portal.cities)]
        ],
        without=_without_account(figures, city),
        history=history,
        chart=charts.lines(labels, [(index_name, [one["index"] for one in history])]),
        accounts=figures.by_city.get(city, ()),
        lines=post_lines(
            asked.words,
            asked.reading.posts(figures.period, wanted, owners_in(asked, figures.period)),
        ),
        peers={name: peers_of(rows, city, name) for name in ("index", *SHOWN_MEASURES)},
        peer_names=("index", *SHOWN_MEASURES),
    )


def _without_account(figures: MonthFigures, city: str) -> set[str]:
    """The scopes of which a city cannot have numbers: it has no account there, or none at all."""
    own = {row.platform for row in figures.by_city.get(city, ())}
    none = {name for name in PLATFORMS if name not in own}
    return none if own else {*none, COMPOSITE}


def _issues(asked: Asked) -> list[dict[str, Any]]:
    """The newest issue of each month that may be seen, as of a moment ago."""
    portal, drafts = asked.portal, asked.known.may(Right.DRAFTS)
    found: list[dict[str, Any]] = portal.shelf.lately(
        ("issues", drafts), lambda: asked.reading.issues(portal.method), LOOK_EVERY
    )
    return found


def _known_city(figures: MonthFigures, city: str, asked: Asked) -> None:
    known = figures.index.inputs.cities
    if city not in known:
        near = difflib.get_close_matches(city, known) if asked.known.sees_all else ()
        raise NotThere("city", city, near)


@adds(router, "GET", "/months/{month}/cities/{city}/method", Right.CITY)
def method_page(asked: Ask, month: str, city: str, node: str = "index") -> Response:
    """Every number of a city worked out, a level at a time, down to posts and raw answers."""
    asked.reading.city(city)
    figures = asked.portal.shelf.figures(month)
    _known_city(figures, city, asked)
    nodes = [one.code for one in figures.index.method.nodes]
    check_choice("node", node, nodes)
    leaf = not figures.index.method.children(node)
    tree = explained(asked.portal.db, figures.index, city, node, 1 if leaf else 2)
    return draw(
        asked,
        "method.html",
        **_month(asked, figures),
        city=asked.portal.cities.get(city),
        city_id=city,
        tree=tree,
        trail=_trail(figures, node),
        title=figures.index.method.node(node).name,
        names={one.code: one.name for one in figures.index.method.nodes},
        method=figures.index.method,
        reasons=remarks(figures.index, city, asked.language),
    )


def _trail(figures: MonthFigures, node: str) -> list[str]:
    """From the root to the node."""
    trail = [node]
    while (parent := figures.index.method.node(trail[0]).parent) is not None:
        trail.insert(0, parent)
    return trail

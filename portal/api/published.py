"""Months, leaderboards and cities: what was published, and what is known to those who may."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from portal.asking.asked import Asked, adds, asked_of
from portal.explain import explained
from portal.figures.coverage import coverage_of
from portal.figures.leaderboard import Row, leaderboard, published_rows
from portal.figures.state import MonthState, month_state
from portal.rights.viewer import NotThere, Right
from scoring.publish.top import COMPOSITE

router = APIRouter(prefix="/api/v1")
Ask = Annotated[Asked, Depends(asked_of)]


def _plain_state(state: MonthState) -> dict[str, Any]:
    period = state.period
    return {
        "month": period.name,
        "zone": period.tz,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "cutoff": period.cutoff.isoformat(),
        "state": state.finality.value,
        "day": state.day,
        "days": state.days,
        "revision": state.revision,
        "digest": state.digest or None,
    }


@adds(router, "GET", "/cities", Right.SELF)
def api_cities(asked: Ask) -> Response:
    """All cities that there are, with their places."""
    names = ("id", "name_zh", "name_en", "province_zh", "province_en", "region", "size_class")
    rows = [{k: getattr(c, k) for k in names} for c in asked.portal.cities.values()]
    return JSONResponse({"items": rows, "next": None})


@adds(router, "GET", "/months", Right.SELF)
def api_months(asked: Ask) -> Response:
    """The months that may be seen, the newest first, with their states."""
    portal, now = asked.portal, asked.portal.clock.now()
    if asked.known.may(Right.DRAFTS):
        names = portal.shelf.known()
    else:
        names = [one["period"] for one in asked.reading.issues(portal.method)]
    rows = [
        _plain_state(month_state(period, asked.reading.issue(name, portal.method), now))
        for name in names
        for period in [portal.shelf.named(name)]
    ]
    return JSONResponse({"items": rows, "next": None})


@adds(router, "GET", "/months/{month}/leaderboards/{scope}", Right.SELF)
def api_leaderboard(asked: Ask, month: str, scope: str) -> Response:
    """The ranked cities of a scope; of frozen months with an ETag that never changes."""
    portal = asked.portal
    if asked.known.may(Right.DRAFTS):
        figures = portal.shelf.figures(month)
        if scope not in figures.index.scopes:
            raise NotThere("scope", scope, difflib.get_close_matches(scope, figures.index.scopes))
        state, rows = figures.state, leaderboard(figures, scope, portal.cities)
        stamp: Hashable = (figures.as_of, state.digest)
        of = figures.index.method
        method = f"{of.id} {of.version}"
        left_out = [
            _lacking(row["city"], row["reason"], row["lacking"]) for row in figures.left_out
        ]
    else:
        period = portal.shelf.named(month)
        issue = asked.reading.issue(period.name, portal.method)
        if issue is None or scope not in (COMPOSITE, *list(issue.ranks)[1:]):
            raise NotThere("month", month)
        before = asked.reading.issue(period.previous().name, portal.method)
        names = {city.id: (city.name_zh, city.name_en) for city in portal.cities.values()}
        state = month_state(period, issue, portal.clock.now())
        stamp = (issue.digest, before and before.digest, "published")
        rows = published_rows(issue, scope, before, names, portal.cities)
        method = f"{issue.method} {issue.method_version}"
        left_out = [_lacking(one.unit, one.reason, one.lacking) for one in issue.left_out]
    headers = {}
    if state.published:
        full = "full" if asked.known.may(Right.DRAFTS) else "published"
        headers["etag"] = f'"{state.digest[:32]}-{scope}-{full}"'
        if asked.request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
    beside = {"scope": scope, "method": method, "left_out": left_out}
    content = {**_plain_state(state), **beside, "next": None}
    return _with_items(content, _written(asked, (month, scope, stamp), rows), headers)


def _written(asked: Asked, key: Hashable, rows: Sequence[Row]) -> bytes:
    """Rows as JSON: written once for all who ask for the same."""
    drawn = asked.portal.drawn
    found = drawn.of(("api", key), lambda: {"items": bytes(JSONResponse(rows).body).decode()})
    return found["items"].encode()


def _with_items(content: dict[str, Any], items: bytes, headers: dict[str, str]) -> Response:
    """The document with rows that are written already."""
    body = b'%s,"items":%s}' % (bytes(JSONResponse(content).body)[:-1], items)
    return Response(body, media_type="application/json", headers=headers)


def _lacking(city: str, reason: str, lacking: Iterable[str]) -> dict[str, Any]:
    """A city without a place in the composite, and why."""
    return {"city": city, "reason": reason, "lacking": list(lacking)}


@adds(router, "GET", "/months/{month}/coverage", Right.DRAFTS)
def api_coverage(asked: Ask, month: str) -> Response:
    """How much of a month is known, by platform, with the reasons for what is not."""
    figures = asked.portal.shelf.figures(month)
    rows = [
        {
            "platform": one.platform,
            "accounts": one.accounts,
            "collected": one.collected,
            "posts": one.posts,
            "read_at_cutoff": one.read_at_cutoff,
            "lacking": [{"account": row.account, "why": row.why or ""} for row in one.lacking],
        }
        for one in coverage_of(figures.index.inputs.rows)
    ]
    return JSONResponse({**_plain_state(figures.state), "items": rows, "next": None})


@adds(router, "GET", "/months/{month}/cities/{city}/explain", Right.CITY)
def api_explain(
    asked: Ask, month: str, city: str, node: str = "index", depth: int | None = None
) -> Response:
    """A city's score down the tree to measures and posts, as `cityreach explain --json`."""
    asked.reading.city(city)
    figures = asked.portal.shelf.figures(month)
    if city not in figures.index.inputs.cities:
        raise NotThere("city", city)
    codes = [one.code for one in figures.index.method.nodes]
    if node not in codes:
        raise NotThere("node", node, difflib.get_close_matches(node, codes))
    tree = explained(asked.portal.db, figures.index, city, node, depth)
    return JSONResponse({**_plain_state(figures.state), "city": city, "tree": tree})


@adds(router, "GET", "/months/{month}/cities/{city}/measures", Right.CITY)
def api_measures(asked: Ask, month: str, city: str) -> Response:
    """The measures of the city's accounts, as `cityreach measures --json`."""
    asked.reading.city(city)
    figures = asked.portal.shelf.figures(month)
    if city not in figures.index.inputs.cities:
        raise NotThere("city", city)
    rows = [row.plain() for row in figures.by_city.get(city, ())]
    return JSONResponse({**_plain_state(figures.state), "items": rows, "next": None})

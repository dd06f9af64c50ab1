"""The page of those who run the accounts of a city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from statistics import mean
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from model.account import Account
from model.period import Period
from model.platform import PLATFORMS
from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice
from portal.asking.judging import judged_in
from portal.explain import needed
from portal.figures.activity import (
    LEAST_IN_CELL,
    LEAST_PEERS,
    ZONES,
    ActivityWindow,
    best_cell,
    best_hashtags,
    best_times,
    cities_read,
    daily_activity,
    read_spans,
    told_of,
    windows_of,
)
from portal.figures.expectation import Expectation
from portal.figures.leaderboard import leaderboard, measures_of
from portal.figures.months import MonthFigures
from portal.figures.projection import RUNS, Projection, lately_daily, projections
from portal.figures.state import Finality, month_state
from portal.rights.viewer import NotThere, Right
from portal.web.drawing import draw
from scoring.analysis.whatif import needed_for_rank
from scoring.method.tree import ROOT
from scoring.publish.top import COMPOSITE
from store.accounts import accounts as watched

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_HISTORY = timedelta(days=120)
_RECENT = timedelta(days=28)
_SPANS_OF = timedelta(days=62)
"""Visits of so long tell what was read over a month."""
_SHOWN = 5
_TARGET = 10
_DAYS_GOOD_FOR = 600.0
"""Seconds."""


@adds(router, "GET", "/my/{city}", Right.CITY)
def my_city(asked: Ask, city: str, hours: str = "") -> Response:
    """How the city stands now, what did well, what the top ten would take."""
    portal, now = asked.portal, asked.portal.clock.now()
    accounts = asked.reading.accounts(asked.reading.city(city))
    if not accounts:
        raise NotThere("city", city)
    figures = _placing(asked, city)
    rows = leaderboard(figures, COMPOSITE, portal.cities)
    zone = portal.months.zone
    history = asked.reading.recent_posts(city, now - _HISTORY, now)
    check_choice("hours", hours, ZONES, may_lack=True)
    grid, types = best_times(history, hours or zone)
    recent = [post for post in history if post["published_at"] >= now - _RECENT]
    above, below = _judged(asked, accounts, recent)
    return draw(
        asked,
        "mine.html",
        city=portal.cities.get(city),
        city_id=city,
        month=figures.period.name,
        state=figures.state,
        row=next((row for row in rows if row["city"] == city), None),
        of=len(rows),
        projection=_projection(asked, figures, city),
        target=_TARGET,
        runs=RUNS,
        windows=_windows(asked, city, accounts),
        grid=grid,
        best=best_cell(grid),
        hours=hours or zone,
        zones=dict.fromkeys((zone, *ZONES)),
        types=types,
        hashtags=best_hashtags(history),
        least=LEAST_IN_CELL,
        above=above,
        below=below,
        alerts=_alerts(asked, city),
        accounts=accounts,
        now=now,
    )


def _windows(asked: Asked, city: str, accounts: Sequence[Account]) -> list[ActivityWindow]:
    """Posts and interactions lately, with how many of the accounts were read."""
    portal, now = asked.portal, asked.portal.clock.now()
    zone = portal.months.zone
    daily = portal.shelf.lately("daily", lambda: daily_activity(portal.db, now, zone))
    spans = read_spans(portal.db, [one.key for one in accounts])
    windows = windows_of(daily, city, _days_of_month(asked), partial(_read_whole, asked))
    return told_of(windows, spans, len(accounts), now, zone)


def _read_whole(asked: Asked, days: int) -> frozenset[str]:
    """The cities that were read whole over the last days, as known within the last minute."""
    portal, now = asked.portal, asked.portal.clock.now()
    lately, since = portal.shelf.lately, now - _SPANS_OF
    spans = lately("spans", lambda: read_spans(portal.db, None, since))
    found: frozenset[str] = lately(
        ("read", days),
        lambda: cities_read(watched(portal.db), spans, days, now, portal.months.zone),
    )
    return found


@adds(router, "GET", "/my/{city}/top-ten", Right.CITY)
def top_ten_page(asked: Ask, city: str) -> Response:
    """What a place among the first ten of each platform would take. Computed when asked for."""
    accounts = asked.reading.accounts(asked.reading.city(city))
    figures = _placing(asked, city)
    if city not in figures.index.inputs.cities:
        raise NotThere("city", city)
    takes = figures.once(("takes", city), lambda: _takes(figures, city, accounts))
    return draw(
        asked,
        "top-ten.html",
        city=asked.portal.cities.get(city),
        city_id=city,
        month=figures.period.name,
        state=figures.state,
        rank=figures.index.result.rank(city, ROOT),
        of=len(leaderboard(figures, COMPOSITE, asked.portal.cities)),
        takes=takes,
        reachable=any(one["posts"] or one["likes"] for one in takes),
        means=_means(asked, figures, city, accounts) if takes else (),
        target=_TARGET,
    )


def _projection(asked: Asked, figures: MonthFigures, city: str) -> Projection | None:
    """Where it may end the running month; None where that cannot be said."""
    if figures.state.finality is not Finality.RUNNING:
        return None
    portal, now = asked.portal, asked.portal.clock.now()
    lately = partial(lately_daily, portal.db, now, portal.months.zone)
    found: Mapping[str, Projection] = figures.once(
        "projections",
        lambda: projections(figures, portal.shelf.lately("days", lately, _DAYS_GOOD_FOR)),
    )
    return found.get(city)


def _days_of_month(asked: Asked) -> int:
    """How many days of the running month have begun."""
    return month_state(asked.portal.shelf.current, None, asked.portal.clock.now()).day


def _placing(asked: Asked, city: str) -> MonthFigures:
    """The running month, or, at its beginning, when the city has no place yet, the one before."""
    running = _running(asked)
    index = running.index
    if city in index.inputs.cities and index.result.rank(city, ROOT) is not None:
        return running
    return asked.portal.shelf.figures(asked.portal.shelf.newest())


def _running(asked: Asked) -> MonthFigures:
    """The running month, else the newest of which something is known."""
    shelf = asked.portal.shelf
    known = shelf.known()
    name = shelf.current.name if shelf.current.name in known or not known else known[0]
    return shelf.figures(name)


Judged = tuple[dict[str, Any], Expectation]


def _judged(
    asked: Asked, accounts: Sequence[Account], posts: Sequence[dict[str, Any]]
) -> tuple[list[Judged], list[Judged]]:
    """The posts furthest above and below what was expected of them."""
    portal = asked.portal
    of = {account.key: account for account in accounts}
    by_month: dict[Period, list[tuple[str, str]]] = {}
    for post in posts:
        period = portal.months.containing(post["published_at"])
        by_month.setdefault(period, []).append((post["account"], post["_id"]))
    expectations: dict[str, Expectation | None] = {}
    for period, ids in by_month.items():
        expectations |= judged_in(portal, ids, period)
    found: list[Judged] = []
    for post in posts:
        judged = expectations[post["_id"]]
        if judged is not None and judged.ratio is not None:
            found.append(({**post, "of": of[post["account"]]}, judged))
    found.sort(key=lambda one: -(one[1].ratio or 1))
    above = [one for one in found if (one[1].ratio or 1) > 1][:_SHOWN]
    below = [one for one in reversed(found) if (one[1].ratio or 1) < 1][:_SHOWN]
    return above, below


def _takes(figures: MonthFigures, city: str, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """By platform, what a place among the first ten of the composite would take."""
    index = figures.index
    rank = index.result.rank(city, ROOT)
    if rank is None or rank <= _TARGET:
        return []
    owned = {account.platform for account in accounts}
    found = []
    for platform in (name for name in PLATFORMS if name in owned):
        column = f"{platform}:posts"
        posts = None
        if column in index.table.columns:
            more = needed_for_rank(index.method, index.table, city, column, _TARGET)
            posts = None if more is None else asdict(more)
        likes = needed(index, f"{city}:{platform}:likes", _TARGET)
        found.append({"platform": platform, "posts": posts, "likes": likes})
    return found


def _means(
    asked: Asked, figures: MonthFigures, city: str, accounts: Sequence[Account]
) -> list[dict[str, Any]]:
    """By platform, posts and interactions of the city beside the mean of the first ten; the mean
    of fewer than `LEAST_PEERS` would give away what one of them has."""
    rows = leaderboard(figures, COMPOSITE, asked.portal.cities)
    first = [row["city"] for row in rows if row["rank"] <= _TARGET]
    found = []
    for platform in sorted({account.platform for account in accounts}, key=PLATFORMS.index):
        mine = measures_of(figures, city, platform)
        theirs = [measures_of(figures, one, platform) for one in first]
        line: dict[str, Any] = {"platform": platform}
        for name in ("posts", "interactions"):
            known = [row[name] for row in theirs if row["accounts"] and row[name] is not None]
            line[name] = mine[name]
            line[f"{name}_mean"] = mean(known) if len(known) >= LEAST_PEERS else None
        found.append(line)
    return found


def _alerts(asked: Asked, city: str) -> list[dict[str, Any]]:
    return [
        {
            "since": one["first_seen"],
            "over": one.get("over_since"),
            "text": one["text"][asked.language].format_map(one["facts"]),
        }
        for one in asked.reading.alerts(city)
    ]

"""Where the running month may end: its ranks with the days that are left drawn from those before.

Each run adds to what a city has so far, on each platform, as many days as are left, drawn with
replacement from its own of the last four weeks (without the last three, whose posts are still
growing); followers go on gaining as in the month so far. The ranks of all cities are computed anew
in each run. What is drawn is the course of the month, not the method: that is `rank_bands`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from model.measures import COUNTERS, INTERACTIONS
from portal.figures.months import MonthFigures
from scoring.cities.city_table import city_measures
from scoring.engine.compute import compute
from scoring.engine.table import Table
from scoring.method.tree import ROOT
from store.accounts import accounts
from store.database import POSTS, Document, Store

RUNS = 100
LEAST_DAYS = 3
"""Of the month; before that it says nothing."""
_YOUNG, _DRAWN = 3, 28
_ADDED = ("posts", *COUNTERS)
_Numbers = NDArray[np.float64]
Places = Mapping[tuple[str, str], _Numbers]
"""By city and platform: days by posts, likes, comments, shares, views."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The ranks of one city at the end of the month, over all runs."""

    low: int
    """The better end of nine runs in ten."""
    high: int
    median: int
    days_left: int


def lately_daily(db: Store, now: datetime, zone: str) -> Places:
    """What every city published on each platform on each of the days that are drawn from."""
    where = {one.key: (one.city, one.platform) for one in accounts(db)}
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    end = midnight - timedelta(days=_YOUNG)
    begin = end - timedelta(days=_DRAWN)
    found = {place: np.zeros((_DRAWN, len(_ADDED))) for place in set(where.values())}
    for row in db[POSTS].aggregate(_by_day(begin, end)):
        place = where.get(row["_id"]["account"])
        if place is not None:
            found[place][int(row["_id"]["day"])] += [row[name] for name in _ADDED]
    return found


def _by_day(begin: datetime, end: datetime) -> list[Document]:
    published = {"published_at": {"$gte": begin, "$lt": end}, "type": {"$ne": "repost"}}
    day = {"$dateDiff": {"startDate": begin, "endDate": "$published_at", "unit": "hour"}}
    key = {"account": "$account", "day": {"$floor": {"$divide": [day, 24]}}}
    sums = {name: {"$sum": f"$latest.counts.{name}"} for name in COUNTERS}
    return [{"$match": published}, {"$group": {"_id": key, "posts": {"$sum": 1}, **sums}}]


def projections(figures: MonthFigures, lately: Places, seed: int = 1) -> Mapping[str, Projection]:
    """By city, of those that have a rank in every run; none too early in the month or after it."""
    state = figures.state
    left = state.days - state.day
    if state.day < LEAST_DAYS or left < 1:
        return {}
    ranks: dict[str, list[int]] = {}
    draw, sources = np.random.default_rng(seed), _sources(figures, lately)
    for _ in range(RUNS):
        table = _ended(figures, sources, left, draw)
        result = compute(figures.index.method, table)
        for city in table.units:
            rank = result.rank(city, ROOT)
            if rank is not None:
                ranks.setdefault(city, []).append(rank)
    return {city: _band(got, left) for city, got in ranks.items() if len(got) == RUNS}


def _band(ranks: list[int], left: int) -> Projection:
    ordered = sorted(ranks)
    low, median, high = (ordered[round(share * (RUNS - 1))] for share in (0.05, 0.5, 0.95))
    return Projection(low, high, median, left)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is drawn from on one platform, a row for each unit of the table."""

    platform: str
    days: _Numbers
    """Units by days by posts, likes, comments, shares, views."""
    posts: _Numbers
    """So far."""
    interactions: _Numbers


def _sources(figures: MonthFigures, lately: Places) -> list[_Source]:
    inputs, units = figures.index.inputs, figures.index.table.units
    known = city_measures(inputs.rows, inputs.cities)
    nothing = np.zeros((_DRAWN, len(_ADDED)))
    found = []
    for platform in sorted({platform for _, platform in lately}):
        so_far = [known.get((city, platform), {}) for city in units]
        days = np.stack([lately.get((city, platform), nothing) for city in units])
        posts, interactions = (
            np.array([one.get(name) for one in so_far], dtype=float)
            for name in ("posts", "interactions")
        )
        found.append(_Source(platform, days, posts, interactions))
    return found


def _ended(
    figures: MonthFigures, sources: Sequence[_Source], left: int, draw: np.random.Generator
) -> Table:
    """The month's table as it may be at its end."""
    table, state = figures.index.table, figures.state
    columns: dict[str, _Numbers] = {name: np.array(known) for name, known in table.columns.items()}
    for source in sources:
        rows = np.arange(len(source.days))[:, None]
        added = source.days[rows, draw.integers(0, _DRAWN, (len(rows), left))].sum(axis=1)
        more = dict(zip(_ADDED, added.T, strict=True))
        more["interactions"] = sum(more[name] for name in INTERACTIONS)
        for name, values in more.items():
            if (column := columns.get(f"{source.platform}:{name}")) is not None:
                column += values
        rates = columns.get(f"{source.platform}:interaction_rate")
        posts = source.posts + more["posts"]
        if rates is not None:
            ended = (source.interactions + more["interactions"]) / np.maximum(posts, 1)
            # Where it is not known so far, it stays so.
            rates[:] = np.where(np.isnan(rates) | np.isnan(ended) | (posts == 0), rates, ended)
    _grow(columns, state.day, state.days)
    return table.with_columns(columns)


def _grow(columns: dict[str, _Numbers], day: int, days: int) -> None:
    """Followers as if they went on as in the month so far."""
    for name, gain in list(columns.items()):
        platform, _, measure = name.partition(":")
        if measure == "follower_gain":
            rest = gain * (days / day - 1)
            columns[name] = gain + rest
            if (followers := columns.get(f"{platform}:followers")) is not None:
                followers += np.nan_to_num(rest)

"""The reading side of a month: measures, inputs, the index and its draft, from the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from model.measures import COUNTERS, MeasureRow
from model.panel import Panel, PanelAccount
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from portal.counted import counted_indicators
from registry.cities import load_cities
from scoring import Method, Result, Table, compute, load_method
from scoring.analysis.robust import RobustnessPlan, rank_bands, standard_plan, whole_bands
from scoring.cities import measures
from scoring.cities.assemble import MonthInputs, build_table
from scoring.cities.breaks import (
    MeasureBreak,
    breaks_between,
    increment_breaks,
    refuse_goalposts,
)
from scoring.cities.indicators import Indicator, beside_imports, known_codes
from scoring.cities.languages import UNDETERMINED, count_languages
from scoring.cities.ratings import Rating, mean_ratings
from scoring.errors import ChangeError, ScoringError
from scoring.method.tree import Node
from scoring.method.weights import effective_weights
from scoring.publish.issues import Issue, from_plain
from scoring.publish.top import (
    Beside,
    RanksByNode,
    inner_scopes,
    missing_cities,
    ranks_by_node,
    scope_node,
    scopes,
    top_rows,
)
from store import records
from store.database import Store
from store.month.increments import increments
from store.month.measures import account_months
from store.month.trace import CountedPost, texts
from store.ratings import RATING_PLACE

_Row = dict[str, Any]
INDICATOR_PLACE = ("city", "period", "code")
_LANGUAGES = "social:languages"


@dataclass(frozen=True, slots=True)
class MonthIndex:
    """The index of one month."""

    period: Period
    method: Method
    table: Table
    result: Result
    names: dict[str, tuple[str, str]]
    """(Chinese, English) name by city."""
    inputs: MonthInputs
    previous: RanksByNode | None = None
    """The ranks of the month before: as published, or else as they are known now."""
    issue: Issue | None = None
    """The frozen issue that this is; None for today's knowledge."""
    posts: Mapping[str, Sequence[CountedPost]] | None = None
    """By account, the posts that a frozen issue counted; None for today's knowledge."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The composite, and every platform."""
        return tuple(scopes(self.result))

    def top(
        self,
        scope: str,
        count: int = 10,
        unordered: bool | None = None,
        bands: Mapping[str, tuple[int, int]] | None = None,
    ) -> list[_Row]:
        """The rows of `top --json`; none where the method lacks data of elsewhere (`lacking`).
        `doubtful` names the accounts of the scope whose measures are not whole, where any are."""
        if self.lacking(scope):
            return []
        beside = Beside(self.names, self.previous, bands or {})
        rows = top_rows(self.result, self.period, scope, count, beside=beside, unordered=unordered)
        for row in rows:
            if doubtful := self.doubtful(row["city"], scope):
                row["doubtful"] = doubtful
        return rows

    def doubtful(self, city: str, scope: str) -> list[str]:
        """Accounts of a city whose rows say that something is missing or doubted: of a platform's
        scope those there, of any other scope all."""
        return sorted(
            row.account
            for row in self.inputs.rows
            if row.city == city and not row.is_whole
            if scope not in PLATFORMS or row.platform == scope
        )

    def bands(self, scope: str, runs: int) -> dict[str, tuple[int, int]]:
        """Each city's ranks from the 5th to the 95th percentile of equally defensible methods."""
        plan: RobustnessPlan = standard_plan(self.method, runs=runs)
        return whole_bands(
            rank_bands(self.method, self.table, plan, scope_node(self.result, scope))
        )

    def breaks(self, scope: str) -> list[MeasureBreak]:
        """What is counted differently than in the month before; none without ranks of it."""
        if self.previous is None:
            return []
        code = scope_node(self.result, scope)
        return breaks_between(self.method, self.period.previous(), self.period, code)

    def lacking(self, scope: str) -> list[Node]:
        """The leaves of a scope that stand for data collected elsewhere of which nothing is there.

        While any lacks, the scope has no ranking: what is left would be another index.
        """
        code, share = scope_node(self.result, scope), effective_weights(self.method)
        return [
            leaf
            for leaf in self.method.below(code)
            if leaf.measure in known_codes([leaf.measure])
            and share[leaf.code] > 0
            and leaf.measure in self.table.columns
            and np.isnan(self.table.columns[leaf.measure]).all()
        ]

    def left_out(self) -> list[str]:
        """Which cities have no place in the composite, with the reason: a line for each, or for
        all that lack the same where these are many."""
        grouped: dict[tuple[Any, ...], list[str]] = {}
        rows = missing_cities(self.result, self.names)
        unread = sum(row["reason"] == "no_data" for row in rows) > _ALIKE
        for row in rows:
            why: tuple[Any, ...] = (
                row["reason"],
                row["present"],
                row["of"],
                ", ".join(row["lacking"]),
            )
            if unread and row["reason"] == "no_data":
                why = ("no_data",)
            grouped.setdefault(why, []).append(f"{row['name_zh']} {row['name_en']}")
        return [line for why, cities in grouped.items() for line in _left_out(why, cities)]


_ALIKE = 5
"""So many cities that lack the same are told in one line."""


def _left_out(why: tuple[Any, ...], cities: Sequence[str]) -> list[str]:
    if len(why) == 1:
        shown = ", ".join(cities[:_ALIKE])
        if len(cities) <= _ALIKE:
            return [f"{city} is not ranked: none of its accounts was read" for city in cities]
        return [f"{len(cities)} cities are not ranked: none of their accounts was read: {shown}, …"]
    reason, present, of, lacking = why
    known = f"({reason}): {present} of {of} parts known" + (
        f", lacking {lacking}" if lacking else ""
    )
    if len(cities) <= _ALIKE:
        return [f"{city} is not ranked {known}" for city in cities]
    shown = ", ".join(cities[:_ALIKE])
    return [f"{len(cities)} cities are not ranked {known}: {shown}, …"]


def measure_rows(
    db: Store, period: Period, platform: PlatformName | None = None, account: str | None = None
) -> list[MeasureRow]:
    """The measures of every watched account, of those of a platform, or of one (`platform:id`)."""
    return measures.measure_rows(period, account_months(db, period, platform, account))


def increment_rows(
    db: Store, period: Period, platform: PlatformName | None = None, account: str | None = None
) -> list[_Row]:
    """The rows of `measures --increments --json`."""
    return [
        {
            "period": period.name,
            "tz": period.tz,
            "city": owner.city,
            "platform": owner.platform,
            "account": owner.key,
            "handle": owner.handle,
            "posts": gained.posts,
            "unread": gained.unread,
            **{f"{name}_gained": gained.gains.get(name) for name in COUNTERS},
            "breaks": increment_breaks(owner.platform, period),
        }
        for owner, gained in increments(db, period, platform, account)
    ]


def inputs_of(db: Store, period: Period, method: str | None = None) -> MonthInputs:
    """Measures, ratings and indicators of a month as they are known now.

    Languages of posts are identified only where the method asks for them: that takes a while.
    """
    of_month = {"period": period.name}
    rated = records.newest(db, records.RATINGS, RATING_PLACE, of_month)
    imported = records.newest(db, records.INDICATORS, INDICATOR_PLACE, of_month)
    ratings = [Rating(**{key: row[key] for key in (*RATING_PLACE, "score")}) for row in rated]
    fields = (*INDICATOR_PLACE, "value", "source")
    indicators = tuple(Indicator(**{key: row[key] for key in fields}) for row in imported)
    rows = measure_rows(db, period)
    leaves = load_method(method).leaves if method is not None else ()
    panel = {row.city for row in rows} | {indicator.city for indicator in indicators}
    counted = counted_indicators(db, period, known_codes(leaf.measure for leaf in leaves), panel)
    indicators = beside_imports(indicators, counted)
    asked = any(leaf.measure == _LANGUAGES for leaf in leaves)
    languages = _languages(db, period, rows) if asked else {}
    return MonthInputs(rows, mean_ratings(ratings, period), indicators, languages)


def _languages(db: Store, period: Period, rows: Iterable[MeasureRow]) -> dict[str, int]:
    """In how many languages each city posted; texts of undetermined language count for none."""
    written: dict[str, list[str]] = {}
    for row in rows:
        written.setdefault(row.city, []).extend(texts(db, period, row.account))
    counted = {city: count_languages(posts) for city, posts in written.items()}
    return {city: len(known.keys() - {UNDETERMINED}) for city, known in counted.items()}


def index_of_month(
    method: str,
    period: Period,
    inputs: MonthInputs,
    previous: RanksByNode | None = None,
    preset: str | None = None,
) -> MonthIndex:
    """Scores a month; `previous` are the ranks of the month before."""
    return index_under(load_method(method), period, inputs, previous, preset)


def index_under(
    method: Method,
    period: Period,
    inputs: MonthInputs,
    previous: RanksByNode | None = None,
    preset: str | None = None,
) -> MonthIndex:
    """As `index_of_month`, under a method that is loaded already."""
    result = _scored(method, period, inputs, preset)
    names = {city.id: (city.name_zh, city.name_en) for city in load_cities().values()}
    return MonthIndex(period, result.method, result.table, result, names, inputs, previous)


class NoCities(ScoringError, ValueError):
    """A month of which no city is known."""

    def __init__(self, period: Period) -> None:
        super().__init__(
            f"{period.name} has no city: no account was watched and no indicator was imported; "
            "`cityreach accounts import` names accounts, `cityreach indicators import` indicators"
        )


def _scored(method: Method, period: Period, inputs: MonthInputs, preset: str | None) -> Result:
    if not inputs.cities:
        raise NoCities(period)
    if not inputs.cities:
        raise ChangeError(
            f"{period.name}: no city has an account then; `cityreach accounts import` takes a list"
        )
    in_force = method.for_period(period, preset=preset)
    refuse_goalposts(in_force, period)
    return compute(in_force, build_table(in_force, period, inputs))


def panel_of(inputs: MonthInputs, as_of: datetime) -> Panel:
    """The cities and accounts that a month's index is computed over."""
    accounts = [PanelAccount(row.city, row.platform, row.account) for row in inputs.rows]
    return Panel(as_of=as_of, cities=tuple(inputs.cities), accounts=tuple(sorted(accounts)))


def month_index(db: Store, period: Period, method: str, preset: str | None = None) -> MonthIndex:
    """A month's index as it is known now, with the ranks of the month before."""
    before = previous_ranks(db, period.previous(), method, preset)
    return index_of_month(method, period, inputs_of(db, period, method), before, preset)


def previous_ranks(
    db: Store, period: Period, method: str, preset: str | None = None
) -> RanksByNode | None:
    """The ranks of a month as its published issue has them; without one, or under a preset (which
    is never published), as they are known now. None where nothing is known of that month.
    """
    loaded = load_method(method)
    stored = records.latest_issue(db, period.name, loaded.id)
    if stored is not None and stored["state"] != "draft" and preset is None:
        return from_plain(stored).ranks
    inputs = inputs_of(db, period, method)
    if all(row.followers_end is None for row in inputs.rows):
        return None
    return ranks_by_node(_scored(loaded, period, inputs, preset), inner_scopes(loaded))

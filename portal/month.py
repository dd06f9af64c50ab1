"""From the store to measures and from measures to the index: the glue, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model.account import City
from model.measures import COUNTERS
from model.panel import Panel, PanelAccount
from model.period import Period
from model.platform import PlatformName
from model.version import __version__
from operations.runtime import Runtime
from registry.cities import load_cities
from scoring import Method, Result, Table, compute, load_method
from scoring.analysis.robust import Plan, rank_bands, standard_plan, whole_bands
from scoring.cities import measures
from scoring.cities.assemble import build_table
from scoring.cities.indicators import Indicator
from scoring.cities.languages import UNDETERMINED, count_languages
from scoring.cities.ratings import Rating, mean_ratings
from scoring.publish.issues import Issue, draft
from scoring.publish.top import missing_cities, scopes, top_rows
from store import records
from store.month.increments import increments
from store.month.measures import account_months
from store.month.trace import texts

Row = dict[str, Any]
RATING_PLACE = ("city", "platform", "period", "rater", "criterion")
LANGUAGES = "social:languages"
INDICATOR_PLACE = ("city", "period", "code")


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a month's index is computed from."""

    rows: list[Row]
    ratings: Mapping[tuple[str, str], float] = field(default_factory=dict)
    indicators: tuple[Indicator, ...] = ()
    languages: Mapping[str, int] = field(default_factory=dict)

    @property
    def cities(self) -> list[str]:
        """The panel: cities with an account on any platform, or with an indicator."""
        named = {str(row["city"]) for row in self.rows}
        return sorted(named | {indicator.city for indicator in self.indicators})


@dataclass(frozen=True, slots=True)
class MonthIndex:
    """The index of one month."""

    period: Period
    method: Method
    table: Table
    result: Result
    names: dict[str, tuple[str, str]]
    inputs: Inputs
    previous: Result | None = None

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
    ) -> list[Row]:
        """The rows of `top --json`."""
        return top_rows(
            self.result,
            self.period.name,
            scope,
            count,
            names=self.names,
            previous=self.previous,
            bands=bands,
            unordered=unordered,
        )

    def bands(self, scope: str, runs: int) -> dict[str, tuple[int, int]]:
        """Each city's ranks from the 5th to the 95th percentile of equally defensible methods."""
        code = "index" if scope == "composite" else scope
        plan: Plan = standard_plan(self.method, runs=runs)
        return whole_bands(rank_bands(self.method, self.table, plan, code))

    def left_out(self) -> list[str]:
        """One line for every city that has no place in the composite, with the reason."""
        return [
            f"{row['name_zh']} {row['name_en']} is not ranked ({row['reason']}): "
            f"{row['present']} of {row['of']} parts known, lacking {', '.join(row['lacking'])}"
            for row in missing_cities(self.result, self.names)
        ]


def measure_rows(
    runtime: Runtime,
    period: Period,
    platform: PlatformName | None = None,
    account: str | None = None,
) -> list[Row]:
    """The rows of `measures --json`."""
    months = account_months(runtime.db, period, platform, account)
    return [row.plain() for row in measures.measure_rows(period, months)]


def increment_rows(
    runtime: Runtime,
    period: Period,
    platform: PlatformName | None = None,
    account: str | None = None,
) -> list[Row]:
    """The rows of `measures --increments --json`."""
    return [
        {
            "period": period.name,
            "tz": period.tz,
            "city": one.city,
            "platform": one.platform,
            "account": one.key,
            "handle": one.handle,
            "posts": of.posts,
            "unread": of.unread,
            **{f"{name}_gained": of.gains.get(name) for name in COUNTERS},
        }
        for one, of in increments(runtime.db, period, platform, account)
    ]


def inputs_of(runtime: Runtime, period: Period, method: str | None = None) -> Inputs:
    """Measures, ratings and indicators of a month as they are known now.

    Languages of posts are told only where the method asks for them: that takes a while.
    """
    of_month = {"period": period.name}
    rated = records.newest(runtime.db, records.RATINGS, RATING_PLACE, of_month)
    given = records.newest(runtime.db, records.INDICATORS, INDICATOR_PLACE, of_month)
    ratings = [Rating(**{key: row[key] for key in (*RATING_PLACE, "score")}) for row in rated]
    fields = (*INDICATOR_PLACE, "value", "source")
    indicators = tuple(Indicator(**{key: row[key] for key in fields}) for row in given)
    rows = measure_rows(runtime, period)
    leaves = load_method(method).leaves if method is not None else ()
    asked = any(leaf.measure == LANGUAGES for leaf in leaves)
    spoken = _languages(runtime, period, rows) if asked else {}
    return Inputs(rows, mean_ratings(ratings, period.name), indicators, spoken)


def _languages(runtime: Runtime, period: Period, rows: Iterable[Row]) -> dict[str, int]:
    """In how many languages each city posted; what cannot be told is none."""
    written: dict[str, list[str]] = {}
    for row in rows:
        written.setdefault(row["city"], []).extend(texts(runtime.db, period, row["account"]))
    counted = {city: count_languages(found) for city, found in written.items()}
    return {city: len(found.keys() - {UNDETERMINED}) for city, found in counted.items()}


def index_of_month(
    name: str,
    period: Period,
    inputs: Inputs,
    previous: Inputs | None = None,
    preset: str | None = None,
) -> MonthIndex:
    """Scores a month; `previous` are the inputs of the month before."""
    cities = load_cities()
    method, table = _table(name, period, inputs, preset)
    before = None
    if previous is not None and previous.cities:
        before = compute(*_table(name, period.previous(), previous, preset))
    result = compute(method, table)
    return MonthIndex(period, method, table, result, _names(cities.values()), inputs, before)


def _table(name: str, period: Period, inputs: Inputs, preset: str | None) -> tuple[Method, Table]:
    method = load_method(name).for_period(period.name, preset=preset)
    table = build_table(
        method,
        period.name,
        inputs.cities,
        inputs.rows,
        ratings=inputs.ratings or None,
        indicators=inputs.indicators,
        languages=inputs.languages,
    )
    return method, table


def panel_of(runtime: Runtime, inputs: Inputs) -> Panel:
    """The cities and accounts that a month's index is computed over."""
    accounts = [PanelAccount(r["city"], r["platform"], r["account"]) for r in inputs.rows]
    return Panel(
        as_of=runtime.clock.now(), cities=tuple(inputs.cities), accounts=tuple(sorted(accounts))
    )


def _names(cities: Iterable[City]) -> dict[str, tuple[str, str]]:
    return {city.id: (city.name_zh, city.name_en) for city in cities}


def month_index(
    runtime: Runtime, period: Period, method: str | None = None, preset: str | None = None
) -> MonthIndex:
    """A month's index as it is known now, with the month before for changes of rank."""
    name = method or runtime.settings.method
    before = inputs_of(runtime, period.previous(), name)
    known = before if any(row["followers_end"] is not None for row in before.rows) else None
    return index_of_month(name, period, inputs_of(runtime, period, name), known, preset)


def drafted(runtime: Runtime, period: Period, method: str | None = None) -> Issue:
    """A draft of the month as it is known now."""
    index = month_index(runtime, period, method)
    return draft(
        index.result,
        period.name,
        panel=panel_of(runtime, index.inputs).id,
        cutoff=period.cutoff.isoformat(),
        code_version=__version__,
        created_at=runtime.clock.now().isoformat(),
    )

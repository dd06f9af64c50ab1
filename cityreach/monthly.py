"""From the store to measures and from measures to the index: the glue, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cityreach.house import House
from model.account import City
from model.period import Period
from model.platform import PlatformName
from registry.cities import load_cities
from scoring import Result, compute, load_method, measures
from scoring.giu import city_table
from scoring.top import missing_cities, scopes, top_rows
from store.measures import account_months

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MonthIndex:
    """The index of one month."""

    period: Period
    result: Result
    names: dict[str, tuple[str, str]]
    previous: Result | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The composite, and every platform."""
        return tuple(scopes(self.result))

    def top(self, scope: str, count: int = 10, unordered: bool | None = None) -> list[Row]:
        """The rows of `top --json`."""
        return top_rows(
            self.result,
            self.period.name,
            scope,
            count,
            names=self.names,
            previous=self.previous,
            unordered=unordered,
        )

    def left_out(self) -> list[str]:
        """One line for every city that has no place in the composite, with the reason."""
        return [
            f"{row['name_zh']} {row['name_en']} is not ranked ({row['reason']}): "
            f"{row['present']} of {row['of']} parts known, lacking {', '.join(row['lacking'])}"
            for row in missing_cities(self.result, self.names)
        ]


def measure_rows(
    house: House, period: Period, platform: PlatformName | None = None, account: str | None = None
) -> list[Row]:
    """The rows of `measures --json`."""
    months = account_months(house.db, period, platform, account)
    return measures.measure_rows(period, months)


def index_of_month(
    method: str, period: Period, rows: list[Row], previous: list[Row] | None = None
) -> MonthIndex:
    """Scores the month's measures; `previous` are the measures of the month before."""
    cities = load_cities()
    chosen = load_method(method).for_period(period.name)
    before = None
    if previous:
        earlier = load_method(method).for_period(period.previous().name)
        before = compute(earlier, city_table(previous, _cities(previous)))
    result = compute(chosen, city_table(rows, _cities(rows)))
    return MonthIndex(period, result, _names(cities), before)


def _cities(rows: list[Row]) -> list[str]:
    """The panel: the cities with an account on any platform."""
    return sorted({str(row["city"]) for row in rows})


def _names(cities: dict[str, City]) -> dict[str, tuple[str, str]]:
    return {key: (city.name_zh, city.name_en) for key, city in cities.items()}

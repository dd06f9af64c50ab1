"""Indicators collected elsewhere (media counts, sentiment …): from a sheet to columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model.period import Period
from scoring.cities.ratings import Cities, city_fault
from scoring.cities.sheet import PERIOD, number, read_sheet
from scoring.engine.table import LIMIT
from scoring.errors import TableError, TableProblem

INDICATOR_COLUMNS = ("city", "period", "code", "value", "source")
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True, order=True)
class Indicator:
    """One value of one city."""

    city: str
    period: str
    """`YYYY-MM`, or `YYYY` for a whole year."""
    code: str
    """As a method's leaf names it in `measure`."""
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class ParsedIndicators:
    """What a sheet holds; nothing is to be kept of one with problems unless asked for."""

    indicators: tuple[Indicator, ...]
    problems: tuple[TableProblem, ...]
    unfilled: int = 0
    """Rows of a template that stayed without value and source."""


def read_indicators(
    path: Path, cities: Cities, codes: Collection[str] | None = None
) -> ParsedIndicators:
    """A sheet (CSV or XLSX) with the columns city, period, code, value, source; `codes` are the
    codes that methods know (any, if not given).

    Every faulty row is reported and left out. Raises TableError if the sheet as a whole is no use.
    """
    sheet = read_sheet(path, INDICATOR_COLUMNS)
    if lacking := [name for name in INDICATOR_COLUMNS if name not in sheet.header]:
        problems = [TableProblem("no such column", row=1, column=name) for name in lacking]
        raise TableError(sheet.source, problems)
    kept: dict[tuple[str, str, str], Indicator] = {}
    faulty: list[TableProblem] = []
    filled = [(line, row) for line, row in sheet.rows if row["value"] or row["source"]]
    for line, row in filled:
        faults = list(_faults(line, row, cities, codes))
        value = number(row["value"])
        if not faults and value is not None:
            city = cities[row["city"]][0]
            found = Indicator(city, row["period"], row["code"], value, row["source"])
            key = (found.city, found.period, found.code)
            if key in kept:
                message = f"{row['code']!r} of {row['period']} is there before"
                faults.append(TableProblem(message, row=line, unit=row["city"]))
            kept.setdefault(key, found)
        faulty.extend(faults)
    unfilled = len(sheet.rows) - len(filled)
    return ParsedIndicators(tuple(kept.values()), tuple(faulty), unfilled)


def _faults(
    line: int, row: Mapping[str, str], cities: Cities, codes: Collection[str] | None
) -> Iterator[TableProblem]:
    if fault := city_fault(row["city"], cities):
        yield TableProblem(fault, row=line, column="city")
    if not (PERIOD.fullmatch(row["period"]) or _YEAR.fullmatch(row["period"])):
        message = f"{row['period']!r}: expected YYYY-MM or YYYY"
        yield TableProblem(message, row=line, column="period")
    if not row["code"] or (codes is not None and row["code"] not in codes):
        known = "" if codes is None else f"; expected one of {', '.join(sorted(codes))}"
        yield TableProblem(f"unknown code {row['code']!r}{known}", row=line, column="code")
    value = number(row["value"])
    if value is None or abs(value) > LIMIT:
        message = f"{row['value']!r}: expected a number (leave the row out where there is none)"
        yield TableProblem(message, row=line, column="value", unit=row["city"])
    if not row["source"]:
        yield TableProblem("blank: say where the value comes from", row=line, column="source")


def beside_imports(
    imported: Sequence[Indicator], counted: Iterable[Indicator]
) -> tuple[Indicator, ...]:
    """All imported values, and of those that were counted from what was collected the ones that
    nobody imported, for the month or its year. An import that wins says so in its source."""
    found = {(one.city, one.code, one.period): one for one in imported}
    for one in counted:
        mine = (one.city, one.code, one.period)
        own = found.get(mine) or found.get((one.city, one.code, one.period[:4]))
        if own is None:
            found[mine] = one
        elif own.value != one.value:
            said = f"{own.source} (imported; counted: {one.value:g}, {one.source})"
            found[own.city, own.code, own.period] = replace(own, source=said)
    return tuple(found.values())


def indicator_columns(
    indicators: Iterable[Indicator], period: Period, units: Sequence[str], codes: Iterable[str]
) -> dict[str, list[float | None]]:
    """A column for each code: the month's value, or else that of its year, or else missing."""
    month, year = period.name, period.name[:4]
    values = {(i.city, i.code, i.period): i.value for i in indicators}
    return {
        code: [values.get((unit, code, month), values.get((unit, code, year))) for unit in units]
        for code in codes
    }


def known_codes(measures: Iterable[str | None]) -> set[str]:
    """Of the measures that leaves name, those that must be imported: the ones of no platform."""
    return {measure for measure in measures if measure is not None and ":" not in measure}

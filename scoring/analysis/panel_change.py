"""What another panel does to a month: cities added, removed or merged, everything else equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from model.period import Period
from scoring.analysis.agreement import RankAgreement, rank_agreement, ranks_of
from scoring.analysis.whatif import Move, moves
from scoring.cities.assemble import MonthInputs, build_table
from scoring.engine.compute import compute
from scoring.engine.result import Result
from scoring.errors import ChangeError
from scoring.method.tree import ROOT, Method


@dataclass(frozen=True, slots=True)
class PanelChange:
    """Which cities join, which leave, and which become part of another one."""

    added: tuple[str, ...] = ()
    """Cities of the month that the first panel has not yet."""
    without: tuple[str, ...] = ()
    merged: Mapping[str, str] | None = None
    """City → the city that takes its accounts."""


@dataclass(frozen=True)
class PanelReport:
    """The same month over two panels."""

    before: Result
    after: Result
    agreement: RankAgreement
    """Over the cities of both."""
    moves: Sequence[Move]
    """Cities whose score or rank differs."""
    removed: tuple[str, ...]
    added: tuple[str, ...]


def panel_report(
    method: Method, period: Period, inputs: MonthInputs, change: PanelChange, code: str = ROOT
) -> PanelReport:
    """A month over its panel (without the cities that are to join), and over the changed one.
    Raises ChangeError or TableError."""
    if twice := {*change.added} & {*change.without, *(change.merged or {})}:
        raise ChangeError(f"city {min(twice)!r} joins and leaves: expected one of both")
    before = changed_inputs(inputs, PanelChange(without=change.added)) if change.added else inputs
    return compare_panels(method, period, before, changed_inputs(inputs, change), code)


def compare_panels(
    method: Method, period: Period, before: MonthInputs, after: MonthInputs, code: str = ROOT
) -> PanelReport:
    """Two panels of one month, each computed by itself. Raises TableError or UnknownName."""
    first, second = (
        compute(method, build_table(method, period, inputs)) for inputs in (before, after)
    )
    return PanelReport(
        before=first,
        after=second,
        agreement=rank_agreement(ranks_of(first, code), ranks_of(second, code)),
        moves=moves(first, second, code),
        removed=tuple(sorted(set(before.cities) - set(after.cities))),
        added=tuple(sorted(set(after.cities) - set(before.cities))),
    )


def panel_moves(report: PanelReport, code: str = ROOT) -> list[Move]:
    """Every city of either panel, moved or not: by its new rank, then those without one."""
    one, two = report.before, report.after
    units = sorted({*one.units, *two.units})
    found = [
        Move(unit, _score(one, unit, code), _score(two, unit, code), _rank(one, unit, code), rank)
        for unit in units
        for rank in [_rank(two, unit, code)]
    ]
    last = len(units) + 1
    return sorted(found, key=lambda m: (m.rank_after or last, m.rank_before or last, m.unit))


def _score(result: Result, unit: str, code: str) -> float | None:
    return result.score(unit, code) if unit in result.table.position else None


def _rank(result: Result, unit: str, code: str) -> int | None:
    return result.rank(unit, code) if unit in result.table.position else None


def changed_inputs(inputs: MonthInputs, change: PanelChange) -> MonthInputs:
    """The inputs of the changed panel. A merged city's accounts count for the other one; its own
    ratings and indicators leave with it, as they were given for it alone.

    Raises ChangeError for cities that are not in the panel, that both stay and leave, or for a
    change that leaves no city.
    """
    merged = dict(change.merged or {})
    _check(inputs.cities, set(change.without), merged)
    leaving = {*change.without, *merged}
    rows = [
        replace(row, city=merged.get(row.city, row.city))
        for row in inputs.rows
        if row.city not in change.without
    ]
    return MonthInputs(
        rows=rows,
        ratings={key: value for key, value in inputs.ratings.items() if key[0] not in leaving},
        indicators=[one for one in inputs.indicators if one.city not in leaving],
        languages={c: n for c, n in inputs.languages.items() if c not in leaving},
    )


def _check(cities: Sequence[str], without: set[str], merged: Mapping[str, str]) -> None:
    known = set(cities)
    for city in (*without, *merged, *merged.values()):
        if city not in known:
            raise ChangeError(f"city {city!r} is not in the panel of {len(known)} cities")
    for city, into in merged.items():
        if into in without or into in merged or city in without:
            raise ChangeError(
                f"{city}={into}: expected a city that leaves once, into one that stays"
            )
    if known <= {*without, *merged}:
        raise ChangeError("the change leaves no city: expected a panel of at least one")

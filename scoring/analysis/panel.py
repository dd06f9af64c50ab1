"""Several periods at once: treatment and normalisation over all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from scoring.cities.breaks import refuse_span
from scoring.engine.compute import compute
from scoring.engine.impute import impute_latest
from scoring.engine.result import Note, Result
from scoring.engine.table import Table
from scoring.errors import TableError, TableProblem
from scoring.method.tree import Method

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def compute_panel(
    method: Method, panel: Mapping[str, Table], *, across_breaks: bool = False
) -> dict[str, Result]:
    """Scores of every period with treatment and normalisation over all periods together, so that
    a score means the same in each. Ranks, coverage and exclusions are the period's own.

    `panel` is by period; all tables must have the same columns. Raises TableError; and BreakSpanned
    where a counter that the method reads changed its meaning between the first and the last of the
    periods that are months (`YYYY-MM`), unless `across_breaks`. Where the method imputes the latest
    value, it comes from the periods before, and a note says where.
    """
    if not across_breaks:
        refuse_span(method, filter(_MONTH.fullmatch, panel))
    given = panel
    panel = _with_latest(method, given)
    stacked = _stack(panel)
    whole = compute(method, stacked)
    results: dict[str, Result] = {}
    start = 0
    for period in sorted(panel):
        table = panel[period]
        rows = slice(start, start + len(table.units))
        start = rows.stop
        named = {f"{period} {unit}": unit for unit in table.units}
        results[period] = replace(
            whole,
            table=table,
            notes=(*whole.notes, *_carried(method, given[period], table)),
            scores={code: values[rows] for code, values in whole.scores.items()},
            coverage={code: values[rows] for code, values in whole.coverage.items()},
            leaves={code: trace.part(rows) for code, trace in whole.leaves.items()},
            exclusions=tuple(
                replace(e, unit=named[e.unit]) for e in whole.exclusions if e.unit in named
            ),
        )
    return results


def _latest_columns(method: Method, tables: Mapping[str, Table]) -> list[str]:
    """Measures of leaves that impute the latest value, as far as the tables have them."""
    named = {leaf.measure for leaf in method.leaves if leaf.impute.kind == "latest"}
    return sorted(
        name
        for name in named
        if name is not None and all(name in table.columns for table in tables.values())
    )


def _with_latest(method: Method, panel: Mapping[str, Table]) -> Mapping[str, Table]:
    columns = _latest_columns(method, panel)
    return impute_latest(panel, columns) if columns else panel


def _carried(method: Method, before: Table, after: Table) -> Iterator[Note]:
    """What was filled in one period."""
    for leaf in method.leaves:
        name = leaf.measure
        if leaf.impute.kind == "latest" and name is not None and name in before.columns:
            filled = np.isnan(before.columns[name]) & ~np.isnan(after.columns[name])
            if filled.any():
                units = tuple(np.array(before.units, dtype=object)[filled])
                yield Note(leaf.code, "imputed", "the latest earlier value stands in", units)


def _stack(panel: Mapping[str, Table]) -> Table:
    """All periods below one another, units named `period unit`."""
    periods = sorted(panel)
    if not periods:
        raise TableError("panel", [TableProblem("no periods")])
    names = set(panel[periods[0]].columns)
    for period in periods:
        if differing := names ^ set(panel[period].columns):
            message = f"period {period}: not the columns of {periods[0]}"
            raise TableError("panel", [TableProblem(message, column=min(differing))])
    units = [f"{period} {unit}" for period in periods for unit in panel[period].units]
    columns = {
        name: np.concatenate([panel[period].columns[name] for period in periods]) for name in names
    }
    codes = {code for table in panel.values() for code in table.absent}
    absent = {
        code: [
            f"{period} {unit}"
            for period in periods
            for unit, gone in zip(
                panel[period].units,
                panel[period].absent.get(code, np.zeros(len(panel[period].units), dtype=bool)),
                strict=True,
            )
            if gone
        ]
        for code in codes
    }
    groups = [group for period in periods for group in _groups(panel[period])]
    return Table.build(units, columns, absent, groups)


def _groups(table: Table) -> tuple[str | None, ...]:
    return table.groups or (None,) * len(table.units)

"""Several periods at once: treatment and normalisation over all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from scoring.cities.breaks import refuse_span
from scoring.engine.compute import compute
from scoring.engine.result import Result
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
    periods that are months (`YYYY-MM`), unless `across_breaks`.
    """
    if not across_breaks:
        refuse_span(method, filter(_MONTH.fullmatch, panel))
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
            scores={code: values[rows] for code, values in whole.scores.items()},
            coverage={code: values[rows] for code, values in whole.coverage.items()},
            leaves={code: trace.part(rows) for code, trace in whole.leaves.items()},
            exclusions=tuple(
                replace(e, unit=named[e.unit]) for e in whole.exclusions if e.unit in named
            ),
        )
    return results


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

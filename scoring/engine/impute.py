"""Imputation: what stands in for a missing value. Never silent: the filled cells are reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray
from scoring.engine.table import Table
from scoring.method.specs import Imputation


def impute(
    values: FloatArray, spec: Imputation, groups: Sequence[str | None] | None, apart: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """The column with its gaps filled, and which cells were filled.

    `apart` are units that take no part (structurally absent): they neither give nor get a value.
    A group without any value stays missing, as do units without a group. `latest` is done over
    a panel by `impute_latest` and leaves a single table as it is.
    """
    if spec.kind in ("none", "latest"):
        return values, np.zeros(len(values), dtype=bool)
    average = np.median if spec.kind.endswith("median") else np.mean
    filled = values.copy()
    for members in _members(spec, groups, len(values)):
        present = members & ~np.isnan(values)
        if present.any():
            filled[members & np.isnan(values) & ~apart] = average(values[present])
    return filled, np.isnan(values) & ~np.isnan(filled)


def impute_latest(panel: Mapping[str, Table], columns: Sequence[str]) -> dict[str, Table]:
    """Each missing value replaced by the unit's latest earlier one, period by period.

    `panel` is by period, whose names sort in time (`YYYY-MM`); units may come and go.
    """
    latest: dict[tuple[str, str], float] = {}
    filled: dict[str, Table] = {}
    for period in sorted(panel):
        table = panel[period]
        carried = {name: _carried(table, name, latest) for name in columns}
        filled[period] = table.with_columns(carried)
    return filled


def _carried(table: Table, column: str, latest: dict[tuple[str, str], float]) -> FloatArray:
    values = table.columns[column].copy()
    for row, unit in enumerate(table.units):
        if np.isnan(values[row]):
            values[row] = latest.get((column, unit), np.nan)
        else:
            latest[column, unit] = float(values[row])
    return values


def _members(spec: Imputation, groups: Sequence[str | None] | None, size: int) -> list[BoolArray]:
    if not spec.kind.startswith("group_"):
        return [np.ones(size, dtype=bool)]
    labels = np.array([None] * size if groups is None else list(groups), dtype=object)
    named = sorted({label for label in labels if label is not None})
    return [np.asarray(labels == label, dtype=bool) for label in named]

"""The input of the engine: units by measures, with what is missing and what is absent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray, frozen, plain
from scoring.errors import TableError, TableProblem, UnknownName

LIMIT = 1e100
"""Greatest absolute value that a table accepts; values nearer to 0 than its reciprocal are 0.
Within these limits squares and quotients stay finite in the engine."""


@dataclass(frozen=True)
class Table:
    """Units by columns. Missing values are NaN inside; `value` gives `None` for them.

    Three cases stay apart: a value of 0 is a 0; NaN is missing (not collected); and a unit that
    is `absent` at a node (a city without an account on a platform) scores a structural 0 there,
    takes no part in the normalisation below it, and keeps the node's weight.
    """

    units: tuple[str, ...]
    columns: Mapping[str, FloatArray]
    absent: Mapping[str, BoolArray] = field(default_factory=dict)
    """By node code: which units are structurally absent there."""
    groups: tuple[str | None, ...] | None = None
    """The group of each unit; ranks are also given within groups."""

    @classmethod
    def build(
        cls,
        units: Sequence[str],
        columns: Mapping[str, Sequence[float | None] | FloatArray],
        absent: Mapping[str, Iterable[str]] | None = None,
        groups: Sequence[str | None] | None = None,
    ) -> Table:
        """From plain values, `None` meaning missing; raises TableError with every fault."""
        arrays = {name: _floats(values) for name, values in columns.items()}
        masks = {
            code: np.isin(np.array(units, dtype=object), list(absent_units))
            for code, absent_units in (absent or {}).items()
        }
        table = cls(tuple(units), arrays, masks, None if groups is None else tuple(groups))
        if problems := list(_problems(table, absent or {})):
            raise TableError("table", problems)
        return table

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Row of each unit."""
        return {unit: row for row, unit in enumerate(self.units)}

    def row(self, unit: str) -> int:
        """Raises UnknownName."""
        try:
            return self.position[unit]
        except KeyError:
            raise UnknownName("unit", unit, self.units) from None

    def value(self, unit: str, column: str) -> float | None:
        """A single value, `None` where missing; raises UnknownName."""
        if column not in self.columns:
            raise UnknownName("column", column, sorted(self.columns))
        return plain(self.columns[column][self.row(unit)])

    def only(self, units: Iterable[str]) -> Table:
        """The same table with these units alone, in its own order."""
        wanted = set(units)
        rows = np.array([unit in wanted for unit in self.units], dtype=bool)
        return Table(
            tuple(unit for unit in self.units if unit in wanted),
            {name: frozen(values[rows]) for name, values in self.columns.items()},
            {code: mask[rows] for code, mask in self.absent.items()},
            None if self.groups is None else tuple(np.array(self.groups, dtype=object)[rows]),
        )

    def with_columns(self, columns: Mapping[str, Sequence[float | None] | FloatArray]) -> Table:
        """The same table with columns added or replaced; raises TableError."""
        added = Table.build(self.units, columns)
        return replace(self, columns={**self.columns, **added.columns})

    def with_value(self, unit: str, column: str, value: float | None) -> Table:
        """The same table with one value changed; raises UnknownName or TableError."""
        self.value(unit, column)
        values = self.columns[column].copy()
        values[self.row(unit)] = np.nan if value is None else value
        return self.with_columns({column: values})

    @cached_property
    def hash(self) -> str:
        """First 12 hex digits of the SHA-256 over all of the content; the same data, the same."""
        digest = hashlib.sha256("\n".join(self.units).encode())
        digest.update("\n".join(str(group) for group in self.groups or ()).encode())
        for name in sorted(self.columns):
            digest.update(name.encode())
            digest.update((self.columns[name] + 0.0).astype("<f8").tobytes())
        for code in sorted(self.absent):
            digest.update(code.encode())
            digest.update(self.absent[code].tobytes())
        return digest.hexdigest()[:12]


def _floats(values: Sequence[float | None] | FloatArray) -> FloatArray:
    array = np.array(values, dtype=np.float64)  # NaN where a value is None.
    array[np.abs(array) < 1.0 / LIMIT] = 0.0
    return frozen(array)


def _problems(table: Table, absent: Mapping[str, Iterable[str]]) -> Iterable[TableProblem]:
    if not table.units:
        yield TableProblem("no units")
    seen: set[str] = set()
    for unit in table.units:
        if unit in seen:
            yield TableProblem("the unit is there twice", unit=unit)
        seen.add(unit)
    for name, values in table.columns.items():
        if len(values) != len(table.units):
            message = f"{len(values)} values for {len(table.units)} units"
            yield TableProblem(message, column=name)
            continue
        for row in np.flatnonzero(np.abs(values) > LIMIT):
            message = f"{values[row]:g} is out of range: expected a finite number"
            yield TableProblem(message, column=name, unit=table.units[row])
    for code, units in absent.items():
        for unit in sorted(set(units) - seen):
            yield TableProblem(f"absent at {code!r}, but not in the table", unit=unit)

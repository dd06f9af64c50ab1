"""The engine alone on a table: a CSV of units by indicators in, a CSV of scores and ranks out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.tables.sheets import Record
from model.tables.writing import csv_text, unguarded
from model.untrusted import visible_line
from scoring.cities.sheet import file_records, number, table_records
from scoring.engine.arrays import plain
from scoring.engine.leaves import check_columns
from scoring.engine.result import Result
from scoring.engine.table import LIMIT, Table
from scoring.errors import TableError, TableProblem
from scoring.method.tree import ROOT, Method


@dataclass(frozen=True, slots=True)
class IndexInput:
    """A table read from a file, and the columns that the method has no use for."""

    table: Table
    ignored: tuple[str, ...]


def read_index_input(path: Path, method: Method) -> IndexInput:
    """A CSV or XLSX with the column `unit`, the method's measures and denominators, optionally
    `group`, and any inner node's code as a column of that node's scores. Blank is missing.

    Raises TableError naming row and column of every fault.
    """
    return _index_input(file_records(path, ("unit",), ("group",)), method, path.name)


def parse_index_input(text: str, method: Method, source: str = "input") -> IndexInput:
    """As `read_index_input`, from the text of a CSV."""
    return _index_input(table_records(text.encode(), ("unit",), source, ("group",)), method, source)


def _index_input(records: Sequence[Record], method: Method, source: str) -> IndexInput:
    for record in records:
        record.cells[:] = [unguarded(visible_line(cell)) for cell in record.cells]
    header = [_heading(name) for name in records[0].cells] if records else []
    used = _used(method) & set(header)
    problems = [*_header_problems(header), *_row_problems(header, records[1:], used)]
    if problems:
        raise TableError(source, problems)
    table = _table(header, [record.cells for record in records[1:]], used)
    try:
        check_columns(method, table)
    except TableError as error:
        raise TableError(source, error.problems) from error
    return IndexInput(table, tuple(n for n in header if n not in used | {"unit", "group"}))


def _heading(name: str) -> str:
    """Codes of methods are taken as they are, the table's own columns in any case."""
    return name.lower() if name.lower() in ("unit", "group") else name


def _used(method: Method) -> set[str]:
    """Names of the columns that the method reads as numbers."""
    names = {name for leaf in method.leaves for name in (leaf.measure, leaf.denominator)}
    inner = {node.code for node in method.nodes if node.measure is None}
    return {name for name in names if name is not None} | inner


def _header_problems(header: Sequence[str]) -> Iterator[TableProblem]:
    if not header:
        yield TableProblem("the table is empty")
    elif "unit" not in header:
        yield TableProblem("no such column", row=1, column="unit")
    for at, name in enumerate(header):
        if name in header[:at]:
            yield TableProblem("the column is there twice", row=1, column=name)


def _row_problems(
    header: Sequence[str], records: Sequence[Record], used: set[str]
) -> Iterator[TableProblem]:
    if header and not records:
        yield TableProblem("no rows below the header")
    seen: dict[str, int] = {}
    for record in records:
        line, cells = record.line, record.cells
        if len(cells) != len(header):
            yield TableProblem(f"{len(cells)} cells, expected {len(header)}", row=line)
            continue
        row = dict(zip(header, cells, strict=True))
        unit = row.get("unit", f"row {line}")
        if not unit:
            yield TableProblem("blank", row=line, column="unit")
        elif unit in seen:
            message = f"duplicate of row {seen[unit]}"
            yield TableProblem(message, row=line, column="unit", unit=unit)
        seen.setdefault(unit, line)
        for name in header:
            if name in used and (fault := _fault(row[name])):
                yield TableProblem(fault, row=line, column=name, unit=unit or None)


def _fault(cell: str) -> str | None:
    if not cell:
        return None
    if cell.lstrip("+-").lower() in ("inf", "infinity"):
        return f"{cell!r} is infinite"
    value = number(cell)
    if value is None:
        return f"{cell!r} is not a number (leave the cell blank where a value is missing)"
    if abs(value) > LIMIT:
        return f"{cell!r} is infinite" if math.isinf(value) else f"{cell!r} is out of range"
    return None


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], used: set[str]) -> Table:
    columns = {
        name: [number(row[at]) for row in rows] for at, name in enumerate(header) if name in used
    }
    units = [row[header.index("unit")] for row in rows]
    groups: list[str | None] | None = None
    if "group" in header:
        groups = [row[header.index("group")] or None for row in rows]
    return Table.build(units, columns, groups=groups)


def index_rows(result: Result) -> list[dict[str, str | float | int | None]]:
    """One row a unit, in the table's order: `unit`, every node's code (leaves as normalised),
    `index`, `rank`, and with groups `group` and `group_rank`. `None` is missing."""
    codes = [node.code for node in result.method.nodes if node.code != ROOT]
    place, within = result.ranks(), result.group_ranks()
    found = []
    for at, unit in enumerate(result.units):
        row: dict[str, str | float | int | None] = {"unit": unit}
        row.update({code: plain(result.scores[code][at]) for code in [*codes, ROOT]})
        row["rank"] = int(place[at]) or None
        if result.table.groups is not None:
            row["group"] = result.table.groups[at]
            row["group_rank"] = int(within[at]) or None
        found.append(row)
    return found


def write_rows(rows: Sequence[Mapping[str, object]], path: Path) -> None:
    """The rows as CSV (UTF-8, LF), floats at full precision, missing blank."""
    path.write_text(csv_text(rows, list(rows[0])), "utf-8", newline="")

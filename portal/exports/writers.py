"""Rows to files, one after the other: CSV, NDJSON, XLSX, Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from model.tables.writing import guarded
from model.untrusted import visible_text
from portal.exports.tables import ExportRow, column_kind
from scoring.extras import load_extra

MOST_ROWS = 1_000_000
"""Of one sheet of a workbook; what is more goes on on the next. Excel holds 1,048,576."""
_ROW_GROUP = 10_000
_LONGEST_CELL = 32_767
_EXACT = 10**15
"""Excel keeps fifteen digits of a number."""


def write_csv(
    path: Path, columns: Sequence[str], rows: Iterable[ExportRow], *, bom: bool = False
) -> int:
    """UTF-8 with LF; gives the number of rows. The file is there whole or not at all."""
    with _whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        return _csv(file, columns, rows, bom)


def _csv(file: Any, columns: Sequence[str], rows: Iterable[ExportRow], bom: bool) -> int:
    if bom:
        file.write("\ufeff")
    writer, number = csv.writer(file, lineterminator="\n"), 0
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
        number += 1
    return number


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(visible_text(value)) if isinstance(value, str) else value


def write_ndjson(path: Path, columns: Sequence[str], rows: Iterable[ExportRow]) -> int:
    """A JSON object a line, with every column; null is not known."""
    number = 0
    with _whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        for row in rows:
            text = json.dumps({name: row.get(name) for name in columns}, ensure_ascii=True)
            file.write(text + "\n")
            number += 1
    return number


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[ExportRow]) -> int:
    """Texts and ids as texts, never formulas; a frozen head; at constant memory. Raises
    ExtraMissing."""
    module = load_extra("xlsxwriter", purpose="XLSX", extra="report")
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with _whole(path) as part:
        book = module.Workbook(str(part), options)
        try:
            return _fill(book, columns, rows)
        finally:
            book.close()


def _fill(book: Any, columns: Sequence[str], rows: Iterable[ExportRow]) -> int:
    sheet, number = _sheet(book, columns), 0
    for row in rows:
        at = number % MOST_ROWS
        if number and at == 0:
            sheet = _sheet(book, columns)
        for column, name in enumerate(columns):
            _write(sheet, at + 1, column, row.get(name))
        number += 1
    return number


def _sheet(book: Any, columns: Sequence[str]) -> Any:
    sheet = book.add_worksheet()
    for at, name in enumerate(columns):
        sheet.write_string(0, at, name)
    sheet.freeze_panes(1, 0)
    return sheet


def _write(sheet: Any, line: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float) and abs(value) < _EXACT:
        sheet.write_number(line, column, value)
    elif value is not None:
        sheet.write_string(line, column, visible_text(str(value))[:_LONGEST_CELL])


def write_parquet(path: Path, columns: Sequence[str], rows: Iterable[ExportRow]) -> int:
    """Counts as 64-bit integers, rates and scores as doubles, all else as texts; null is not known.
    One row group for every 10,000 rows. Raises ExtraMissing."""
    arrow = load_extra("pyarrow", purpose="Parquet", extra="parquet")
    parquet = load_extra("pyarrow.parquet", purpose="Parquet", extra="parquet")
    kinds = {"whole": arrow.int64(), "real": arrow.float64(), "yes_no": arrow.bool_()}
    schema = arrow.schema(
        [(name, kinds.get(column_kind(name), arrow.string())) for name in columns]
    )
    given, number = iter(rows), 0
    with _whole(path) as part, parquet.ParquetWriter(str(part), schema) as writer:
        while batch := list(islice(given, _ROW_GROUP)):
            cells = [
                {name: _typed(row.get(name), column_kind(name)) for name in columns}
                for row in batch
            ]
            writer.write_table(arrow.Table.from_pylist(cells, schema=schema))
            number += len(batch)
    return number


def _typed(value: Any, kind: str) -> Any:
    if kind == "text" and value is not None:
        return visible_text(str(value))
    numbers = {"whole": int, "real": float}
    return numbers[kind](value) if kind in numbers and value is not None else value


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of the other when all went well."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


TABLE_WRITERS: dict[str, Callable[[Path, Sequence[str], Iterable[ExportRow]], int]] = {
    "csv": write_csv,
    "ndjson": write_ndjson,
    "xlsx": write_xlsx,
    "parquet": write_parquet,
}

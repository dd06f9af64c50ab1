"""Rows of a CSV or XLSX file by column, with the line each stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.tables.sheets import MAX_BYTES, Record, SheetError, compatible, read_records, word_unread
from scoring.errors import TableError, TableProblem

PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/年.](\d{1,2})(?:[-/月.]\d{1,2}日?|月)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and the rows below it; blank rows are left out."""

    source: str
    header: tuple[str, ...]
    """In small letters."""
    rows: tuple[tuple[int, dict[str, str]], ...]
    """(line, cell by column), cells stripped."""


def file_records(path: Path, header: Sequence[str], others: Sequence[str] = ()) -> list[Record]:
    """The records of a CSV or XLSX file; `header` are columns by which its sheet is recognised,
    `others` such as it may have, in Chinese too.

    Raises TableError if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(path.name or str(path), f"cannot be read: {word_unread(error)}") from error
    return table_records(data, header, path.name, others)


def table_records(
    data: bytes, header: Sequence[str], source: str, others: Sequence[str] = ()
) -> list[Record]:
    """As `file_records`, from the bytes themselves."""
    try:
        return read_records(data, header, others)
    except SheetError as error:
        raise _refused(source, f"not a table: {error}", error.line or None) from error


def read_sheet(path: Path, header: Sequence[str], others: Sequence[str] = ()) -> Sheet:
    """A CSV or the sheet of an XLSX that has the columns `header`.

    Raises TableError if the file cannot be read or its header is no use.
    """
    records = file_records(path, header, others)
    if not records:
        raise _refused(path.name, "the file is empty")
    columns = [name.lower() for name in records[0].cells]
    while columns and not columns[-1]:
        columns.pop()
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        problems = [TableProblem("the column is there twice", row=1, column=n) for n in twice]
        raise TableError(path.name, problems)
    return Sheet(path.name, tuple(columns), tuple(_rows(path.name, columns, records[1:])))


def _rows(
    source: str, columns: Sequence[str], records: Sequence[Record]
) -> list[tuple[int, dict[str, str]]]:
    rows = []
    for record in records:
        cells = [*record.cells, *[""] * (len(columns) - len(record.cells))]
        if any(cells[len(columns) :]):
            raise _refused(source, f"more cells than the {len(columns)} columns", record.line)
        row = dict(zip(columns, cells, strict=False))
        if "period" in row:
            row["period"] = _month(row["period"])
        for name in ("city", "platform"):
            if name in row:
                row[name] = compatible(row[name])
        rows.append((record.line, row))
    return rows


def _month(text: str) -> str:
    """The month of a day, which is what a spreadsheet makes of a month; also 2025年5月, 2025/5."""
    month = compatible(text)
    day = _DAY.fullmatch(month)
    return f"{day[1]}-{int(day[2]):02}" if day else month


def _refused(source: str, message: str, line: int | None = None) -> TableError:
    return TableError(source, [TableProblem(message, row=line)])


def number(text: str) -> float | None:
    """The number a cell holds, `None` if it holds none."""
    plain = compatible(text)
    return float(plain) if _NUMBER.fullmatch(plain) else None

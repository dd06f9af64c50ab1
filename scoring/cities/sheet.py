"""Rows of a CSV or XLSX file as text, with the line each stands on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from scoring.errors import TableError, TableProblem
from scoring.extras import load

PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and the rows below it; blank rows are left out."""

    source: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    """(line, cell by column), cells stripped."""


def read_sheet(path: Path) -> Sheet:
    """A CSV (UTF-8) or the first sheet of an XLSX.

    Raises TableError if the file cannot be read or its header is no use, ExtraMissing for an
    XLSX without openpyxl.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            lines = list(_xlsx(path))
        else:
            text = path.read_text("utf-8-sig")
            lines = list(enumerate(csv.reader(io.StringIO(text), strict=True), start=1))
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise _refused(path, f"not UTF-8: {error}") from error
    except csv.Error as error:
        raise _refused(path, f"not a CSV: {error}") from error
    return _sheet(path, lines)


def _refused(path: Path, message: str) -> TableError:
    return TableError(path.name, [TableProblem(message)])


def _sheet(path: Path, lines: list[tuple[int, list[str]]]) -> Sheet:
    filled = [
        (at, [cell.strip() for cell in cells]) for at, cells in lines if any(map(str.strip, cells))
    ]
    if not filled:
        raise _refused(path, "the file is empty")
    header = [name.lower() for name in filled[0][1]]
    while header and not header[-1]:
        header.pop()
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        problems = [TableProblem("the column is there twice", row=1, column=n) for n in twice]
        raise TableError(path.name, problems)
    rows = []
    for at, cells in filled[1:]:
        padded = [*cells, *[""] * (len(header) - len(cells))]
        if any(padded[len(header) :]):
            problem = TableProblem(f"more cells than the {len(header)} columns", row=at)
            raise TableError(path.name, [problem])
        rows.append((at, dict(zip(header, padded, strict=False))))
    return Sheet(path.name, tuple(header), tuple(rows))


def _xlsx(path: Path) -> Iterator[tuple[int, list[str]]]:
    openpyxl = load("openpyxl", purpose="reading XLSX files")
    with path.open("rb") as file:
        if not file.read(4).startswith(b"PK"):
            raise _refused(path, "not an XLSX file")
        file.seek(0)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        for at, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield at, [_text(cell) for cell in cells]
        book.close()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def number(text: str) -> float | None:
    """The number a cell holds, `None` if it holds none."""
    return float(text) if _NUMBER.fullmatch(text) else None

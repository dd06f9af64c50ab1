"""The records of a table of accounts by column, CSV or XLSX, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.tables.sheets import MAX_BYTES, Record, SheetError, read_records, word_unread
from registry.problem import Problem, near

_WRONG_DELIMITERS = {
    "|": "bars",
    "，": "full-width commas",
    "；": "full-width semicolons",
}


class UnreadableTable(ValueError):
    """A file that cannot be read as a table at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class TableRow:
    """One record: where it begins, and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class AccountTable:
    """The records of a file, and what is wrong with some of its lines."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    problems: tuple[Problem, ...]


def read_table(path: Path, required: Sequence[str], optional: Sequence[str]) -> AccountTable:
    """Raises UnreadableTable if the file is no table with these columns."""
    file = path.name
    records = _records(path, required, optional)
    first = next(records, None)
    if first is None:
        raise _no_table(file, 0, "", f"a header line: {','.join([*required, *optional])}")
    columns = _columns(file, first.line, first.cells, required, optional)
    rows: list[TableRow] = []
    problems: list[Problem] = []
    for record in records:
        cells = record.cells
        if len(cells) < len(columns) or any(cells[len(columns) :]):
            problems.append(_wrong_width(file, record.line, len(cells), len(columns)))
        else:
            rows.append(TableRow(record.line, dict(zip(columns, cells, strict=False))))
    return AccountTable(columns, tuple(rows), tuple(problems))


def _no_table(file: str, line: int, value: str, expected: str, field: str = "") -> UnreadableTable:
    return UnreadableTable(
        Problem(file=file, line=line, field=field, value=value, expected=expected)
    )


def _records(path: Path, required: Sequence[str], optional: Sequence[str]) -> Iterator[Record]:
    file = path.name
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        found = f"a file that can be read ({word_unread(error)})"
        raise _no_table(file or str(path), 0, "", found) from error
    try:
        return iter(read_records(data, required, optional))
    except SheetError as error:
        raise _no_table(file, error.line, error.value, error.expected) from error


def _columns(
    file: str, line: int, header: list[str], required: Sequence[str], optional: Sequence[str]
) -> tuple[str, ...]:
    _refuse_delimiter(file, line, header)
    while header and not header[-1]:
        header = header[:-1]
    columns = tuple(name.lower() for name in header)
    known = (*required, *optional)
    for name in columns:
        if name not in known:
            like = near(name, known)
            hint = f" (perhaps {like[0]})" if like else ""
            expected = f"columns {', '.join(known)}{hint}"
            raise _no_table(file, line, name, expected, "header")
    twice = [name for name, times in Counter(columns).items() if times > 1]
    missing = [name for name in required if name not in columns]
    if twice:
        raise _no_table(file, line, twice[0], "each column once", "header")
    if missing:
        raise _no_table(file, line, ",".join(columns), f"a column {missing[0]}", "header")
    return columns


def _refuse_delimiter(file: str, line: int, header: list[str]) -> None:
    whole = ",".join(header)
    for sign, name in _WRONG_DELIMITERS.items():
        if sign in whole:
            expected = f"columns separated by commas, semicolons or tabs, not by {name}"
            raise _no_table(file, line, whole, expected, "header")


def _wrong_width(file: str, line: int, found: int, columns: int) -> Problem:
    return Problem(
        file=file,
        line=line,
        value=f"{found} cells",
        expected=f'{columns} cells as in the header (a text with a comma goes in "quotes")',
    )

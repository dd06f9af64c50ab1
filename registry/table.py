"""Reads a CSV file that people made, and names what spreadsheets do to such files."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.problem import Problem, near

_AS_UTF8 = "UTF-8 text (in Excel: save as “CSV UTF-8”)"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_WRONG_DELIMITERS = {
    ";": "semicolons",
    "\t": "tabs",
    "|": "bars",
    "，": "full-width commas",
    "；": "full-width semicolons",
}
_UNSEEN = " \t\r\n\u00a0\u3000\u200b\u200e\u200f\u2060\ufeff"


class TableError(ValueError):
    """A file that cannot be read as a table at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Row:
    """One record: where it begins, and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The records of a file, and what is wrong with some of its lines."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_table(path: Path, required: Sequence[str], optional: Sequence[str]) -> Table:
    """Raises TableError if the file is no CSV with these columns."""
    file = path.name
    records = _records(_text(path, file), file)
    line, header = next(records, (0, []))
    if not header:
        raise _no_table(file, 0, "", f"a header line: {','.join([*required, *optional])}")
    columns = _columns(file, line, header, required, optional)
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, cells in records:
        extra = cells[len(columns) :]
        if len(cells) < len(columns) or any(extra):
            problems.append(_wrong_width(file, line, len(cells), len(columns)))
        else:
            rows.append(Row(line, dict(zip(columns, cells, strict=False))))
    return Table(columns, tuple(rows), tuple(problems))


def _no_table(file: str, line: int, value: str, expected: str, field: str = "") -> TableError:
    return TableError(Problem(file=file, line=line, field=field, value=value, expected=expected))


def _text(path: Path, file: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _no_table(file, 0, "", f"a file that can be read ({error.strerror})") from error
    if data.startswith(_WORKBOOKS):
        raise _no_table(file, 0, "an Excel workbook", _AS_UTF8)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _no_table(file, 0, "UTF-16 text", _AS_UTF8)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(file, data, error) from error
    if "\0" in text:
        raise _no_table(file, text[: text.index("\0")].count("\n") + 1, "a NUL byte", _AS_UTF8)
    return text


def _wrong_encoding(file: str, data: bytes, error: UnicodeDecodeError) -> TableError:
    line = data[: error.start].count(b"\n") + 1
    try:
        found = f"text that looks like GBK ({data.splitlines()[line - 1].decode('gb18030')[:30]})"
    except UnicodeDecodeError:
        found = f"byte 0x{data[error.start]:02x}, which is no UTF-8"
    return _no_table(file, line, found, _AS_UTF8)


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, with the line each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _no_table(file, line, str(error), "CSV with every quotation closed") from error
        if cells is None:
            return
        cleaned = [cell.strip(_UNSEEN) for cell in cells]
        if any(cleaned):
            yield line, cleaned
        line = reader.line_num + 1


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
            raise _no_table(file, line, name, f"columns {', '.join(known)}{hint}", "header")
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
            expected = f"columns separated by commas, not by {name}"
            raise _no_table(file, line, whole, expected, "header")


def _wrong_width(file: str, line: int, found: int, columns: int) -> Problem:
    return Problem(
        file=file,
        line=line,
        value=f"{found} cells",
        expected=f'{columns} cells as in the header (a text with a comma goes in "quotes")',
    )

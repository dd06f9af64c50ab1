"""Tables that people bring, CSV or XLSX, from bytes to records of text. Pure.

CSV may be UTF-8 (with or without mark), UTF-16 with mark, or GBK, separated by commas, semicolons
or tabs. Of an XLSX the sheet that has the header is read; titles may stand above it. The content
decides which of them it is, not the name. What cannot be read is refused with its place and what
was expected.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from model.tables.heads import column_named, columns_named

MAX_BYTES = 64 * 2**20
"""Of a CSV, and of an XLSX when unpacked."""
MAX_CELLS = 2_000_000
"""Of a CSV, and of all sheets of an XLSX together, those that a row lacks at its end included."""
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_TITLES = 3
"""Rows that may stand above the header."""
_SEPARATORS = (",", ";", "\t")
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_UNSEEN = " \t\r\n\u00a0\u3000\u200b\u200e\u200f\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class Record:
    """One row that is not blank: the line it begins on, counted from 1, and its cells."""

    line: int
    cells: list[str]
    """Without the white space and the invisible characters around them."""


class SheetError(ValueError):
    """A file that cannot be read as a table."""

    def __init__(self, expected: str, *, line: int = 0, value: str = "") -> None:
        self.expected, self.line, self.value = expected, line, value
        """`line` is 0 for the file as a whole; `value` is what was found."""
        shown = f"{value!r}: " if value else ""
        super().__init__(f"{shown}expected {expected}")


def read_records(
    data: bytes, header: Collection[str], others: Collection[str] = ()
) -> list[Record]:
    """The records of a file; `header` are columns it must have, by which its sheet or separator is
    recognised (whether they are there is left to the caller). Those and `others` may be called as
    people call them, in Chinese too; the first record has their names. Raises SheetError.
    """
    records = _records(data, header)
    if records:
        records[0].cells[:] = columns_named(records[0].cells, {*header, *others})
    return records


def _records(data: bytes, header: Collection[str]) -> list[Record]:
    from model.tables.workbook import read_workbook

    if len(data) > MAX_BYTES:
        raise SheetError(f"at most {MAX_BYTES >> 20} MB")
    if data.startswith(_OLD_WORKBOOK):
        raise SheetError("an XLSX or a CSV", value="a workbook of Excel 97")
    room = _Room()
    if not data.startswith(_WORKBOOK):
        return _from_header(list(_bounded(_csv(data, header), room)), header)
    sheets = {
        name: list(_padded(_from_header(list(_bounded(rows, room)), header), room))
        for name, rows in read_workbook(data)
    }
    for records in sheets.values():
        if records and _has(header, records[0].cells):
            return records
    if len(sheets) == 1:
        return next(iter(sheets.values()))
    names = ", ".join(sheets)
    raise SheetError(f"a sheet whose first row names {', '.join(header)}", value=f"sheets {names}")


def word_unread(error: OSError) -> str:
    """Why a file could not be read, for people."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    return error.strerror or str(error)


def compatible(text: str) -> str:
    """A cell in which a number, a date or an id is expected: full-width characters as ordinary
    ones, zero-width characters left out."""
    return unicodedata.normalize("NFKC", text.translate(_ZERO_WIDTH)).strip()


def _from_header(records: list[Record], header: Collection[str]) -> list[Record]:
    """Without the titles that people put above a header; as it is where none is found."""
    found = (at for at, one in enumerate(records[: _TITLES + 1]) if _has(header, one.cells))
    return records[next(found, 0) :]


def _has(header: Collection[str], cells: Collection[str]) -> bool:
    return set(header) <= {cell.lower() for cell in columns_named(cells, header)}


class _Room:
    """What a file may still hold: one text of a workbook can stand in any number of cells, and one
    of its parts for any number of sheets."""

    def __init__(self) -> None:
        self._cells, self._characters = MAX_CELLS, MAX_BYTES

    def take(self, cells: int, characters: int, line: int) -> None:
        """Raises SheetError where there is no more."""
        self._cells -= cells
        self._characters -= characters
        if self._cells < 0:
            raise SheetError(f"at most {MAX_CELLS:,} cells", line=line)
        if self._characters < 0:
            raise SheetError(f"at most {MAX_BYTES:,} characters", line=line)


def _bounded(rows: Iterator[tuple[int, list[str]]], room: _Room) -> Iterator[Record]:
    """Without blank rows. Raises SheetError where there are too many cells."""
    for line, cells in rows:
        room.take(max(len(cells), 1), sum(map(len, cells)), line)
        cleaned = [cell.strip(_UNSEEN) for cell in cells]
        if any(cleaned):
            yield Record(line, cleaned)


def _padded(records: Iterable[Record], room: _Room) -> Iterator[Record]:
    """Rows of a sheet end with their last value: all as wide as the first, or wider."""
    width = 0
    for record in records:
        width = width or len(record.cells)
        lacking = max(width - len(record.cells), 0)
        room.take(lacking, 0, record.line)
        record.cells.extend([""] * lacking)
        yield record


def _encoding(data: bytes) -> str:
    """The first encoding in which the bytes are text. Raises SheetError where none is."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    faults = []
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            _refuse_nul(data.decode(encoding))
        except UnicodeDecodeError as error:
            faults.append(error.start)
        else:
            return encoding
    at = faults[0]
    expected = "text in UTF-8, UTF-16 or GBK (in Excel: save as “CSV UTF-8”)"
    raise SheetError(expected, line=data[:at].count(b"\n") + 1, value=f"byte 0x{data[at]:02x}")


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SheetError("text (in Excel: save as “CSV UTF-8”)", line=line, value="a NUL byte")


def _csv(data: bytes, header: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins on; quoted cells may hold line ends. Decoded bit by bit: a
    large file is not held as text beside its cells."""
    encoding = _encoding(data)
    separator, line = _separator(_lines(data, encoding), header)
    lines = _lines(data, encoding)
    for _ in range(line - 1):
        next(lines)
    first = line
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise SheetError(
                "CSV with every quotation closed", line=line, value=str(error)
            ) from error
        if cells is None:
            return
        yield line, cells
        line = reader.line_num + first


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def _separator(lines: Iterator[str], header: Collection[str]) -> tuple[str, int]:
    """The one that Excel's hint names, or else under which most of the header is found; and the
    line on which the table may begin."""
    first = next(lines, "")
    if first.startswith("sep=") and first[4:5] in _SEPARATORS:
        return first[4], 2
    filled = list(islice((x for x in chain([first], lines) if x.strip(_UNSEEN)), _TITLES + 1))
    wanted = set(header)

    def known(separator: str) -> int:
        return max((_columns_in(line, separator, wanted) for line in filled), default=0)

    return max(_SEPARATORS, key=known), 1


def _columns_in(line: str, separator: str, wanted: Collection[str]) -> int:
    """How many of the columns a line names."""
    names = line.strip("\r\n").lower().split(separator, 1_000)
    return len({column_named(name.strip(_UNSEEN + '"'), wanted) for name in names} & set(wanted))

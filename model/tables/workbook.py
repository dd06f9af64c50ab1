"""The sheets of an XLSX as rows of text, read whole whatever extent the file states. Pure.

The parts of the package are bounded before they are unpacked, cells and columns while they are
read; document types and entities are refused. Format: ECMA-376, part 1.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from xml.etree import ElementTree

from model.tables.sheets import MAX_BYTES, MAX_CELLS, SheetError

MAX_COLUMNS = 1_000
_ENTRY, _MOST_PARTS = b"PK\x01\x02", 10_000
"""How the directory of a package begins each part, and how many there may be."""
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_MOST_ELEMENTS = 200_000
"""Elements of one row, one text or one list of styles."""
_DEEPEST = 100
"""Elements inside one another."""
_PIECE = 2**20
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_EXACT_DIGITS = 15
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, RuntimeError),
    *(ValueError, LookupError, OverflowError),
)
_Item = TypeVar("_Item")
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Number formats of dates and times that need no definition in the file."""
_LONGEST_FORMAT = 1_000
"""Characters of a number format; spreadsheets take 255."""
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def read_workbook(data: bytes) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    """Each sheet's name and its rows with their numbers. Raises SheetError."""
    return _whole(_sheets(data))


def _sheets(data: bytes) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    if data.count(_ENTRY) > _MOST_PARTS:
        raise SheetError(f"a workbook of at most {_MOST_PARTS:,} parts")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if {part.compress_type for part in archive.infolist()} - _METHODS:
            raise SheetError("a workbook packed as spreadsheets do (deflated)")
        if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
            raise SheetError(f"a workbook of at most {MAX_BYTES >> 20} MB when unpacked")
        book = _Workbook(archive)
        for name, part in book.sheets():
            yield name, _whole(book.rows(name, part))


def _whole(items: Iterator[_Item]) -> Iterator[_Item]:
    """Raises SheetError in place of what a damaged package makes the parsers raise."""
    try:
        yield from items
    except SheetError:
        raise
    except _DAMAGED as error:
        raise SheetError(f"an XLSX file ({error})", value="a damaged workbook") from error


class _Pieces(io.BytesIO):
    """Read in large pieces: the parser begins anew at a tag that is longer than a piece with every
    further one."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(_PIECE if size is not None and 0 < size < _PIECE else size)


class _Workbook:
    """The package with what its cells refer to."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        shared = self._elements("xl/sharedStrings.xml", "si")
        self._shared = [_plain_text(item) for item in islice(shared, MAX_CELLS)]
        self._dates = self._date_styles()
        first = next(self._elements("xl/workbook.xml", "workbookPr"), None)
        old = first is not None and first.get("date1904") in ("1", "true")
        self._epoch = datetime(1904, 1, 1) if old else datetime(1899, 12, 30)  # noqa: DTZ001

    def sheets(self) -> Iterator[tuple[str, str]]:
        """Names in the order of the workbook, and the part that holds each."""
        parts = {
            relation.get("Id"): relation.get("Target", "")
            for relation in self._elements("xl/_rels/workbook.xml.rels", "Relationship")
        }
        for sheet in self._elements("xl/workbook.xml", "sheet"):
            key = next((v for k, v in sheet.items() if k.endswith("}id")), None)
            target = parts[key].lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            if "worksheets" in part:
                yield sheet.get("name", ""), part

    def rows(self, sheet: str, part: str) -> Iterator[tuple[int, list[str]]]:
        """Cells that are not in the file are blank."""
        number = 0
        for row in self._elements(part, "row"):
            number = int(row.get("r", number + 1))
            cells: dict[int, str] = {}
            for position, cell in enumerate(row):
                place = cell.get("r", "")
                column = _column(place) if place else position
                if text := self._value(cell, f"{sheet}!{place}", number):
                    if column >= MAX_COLUMNS:
                        expected = f"at most {MAX_COLUMNS:,} columns"
                        raise SheetError(expected, line=number, value=f"cell {sheet}!{place}")
                    cells[column] = text
            yield number, [cells.get(at, "") for at in range(max(cells, default=-1) + 1)]

    def _value(self, cell: ElementTree.Element, place: str, line: int) -> str:
        kind, stored = cell.get("t", "n"), _child(cell, "v")
        if kind == "inlineStr":
            inline = _child(cell, "is")
            return "" if inline is None else _plain_text(inline)
        text = "" if stored is None else stored.text or ""
        if not text and kind != "str":
            if _child(cell, "f") is not None:
                expected = "its value (open the file in a spreadsheet and save it again)"
                raise SheetError(expected, line=line, value=f"formula in {place} without a value")
            return ""
        if kind == "s":
            return self._shared[int(text)]
        if kind == "b":
            return "yes" if text == "1" else "no"
        return self._number(text, cell.get("s", "")) if kind == "n" else text

    def _number(self, text: str, style: str) -> str:
        value = float(text)
        if style in self._dates:
            instant = self._epoch + timedelta(days=value)
            return f"{instant:%Y-%m-%d}" if value.is_integer() else instant.isoformat()
        if not value.is_integer():
            return text
        # A spreadsheet keeps 15 digits of a number: what is longer is shown as what it is, rounded.
        return str(int(value)) if abs(value) < 10**_EXACT_DIGITS else f"{value:.14E}"

    def _date_styles(self) -> frozenset[str]:
        """Indexes of the cell styles that show a number as a date."""
        dates = {str(number) for number in _DATES}
        for own in self._elements("xl/styles.xml", "numFmt"):
            code = own.get("formatCode", "")[:_LONGEST_FORMAT]
            if set(_LITERAL.sub("", code).lower()) & set("ymdh"):
                dates.add(own.get("numFmtId", ""))
        formats = next(self._elements("xl/styles.xml", "cellXfs"), None)
        styles = () if formats is None else tuple(formats)
        return frozenset(str(at) for at, xf in enumerate(styles) if xf.get("numFmtId") in dates)

    def _elements(self, part: str, name: str) -> Iterator[ElementTree.Element]:
        """The elements of this name; none where the package has no such part. What was passed is
        forgotten, so that one such element at most is held."""
        if part not in self._names:
            return
        open_elements: list[ElementTree.Element] = []
        wanted_from = held = 0
        for event, element in ElementTree.iterparse(self._part(part), ("start", "end")):  # noqa: S314
            if event == "start":
                open_elements.append(element)
                held += 1
                if not wanted_from and _local(element) == name:
                    wanted_from = len(open_elements)
            else:
                if len(open_elements) == wanted_from:
                    yield element
                    wanted_from = 0
                open_elements.pop()
                if not wanted_from and open_elements:
                    open_elements[-1].clear()
                    held = 0
            if held > _MOST_ELEMENTS or len(open_elements) > _DEEPEST:
                raise SheetError("a workbook as spreadsheets write it", value=f"{part}: too large")

    def _part(self, part: str) -> _Pieces:
        """A part unpacked. Its stated size may be false, so no more than the bound is unpacked."""
        with self._archive.open(part) as packed:
            data = packed.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SheetError(f"a workbook of at most {MAX_BYTES >> 20} MB when unpacked")
        if b"<!DOCTYPE" in data.replace(b"\0", b""):
            raise SheetError("a workbook without document types", value=part)
        return _Pieces(data)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((child for child in element if _local(child) == name), None)


def _plain_text(element: ElementTree.Element) -> str:
    """Of all runs, without the phonetic hints of East Asian texts."""
    if _local(element) == "rPh":
        return ""
    own = element.text or "" if _local(element) == "t" else ""
    return own + "".join(_plain_text(child) for child in element)


def _column(place: str) -> int:
    """0 for `A1`. Raises SheetError."""
    match = _CELL.fullmatch(place)
    if match is None:
        raise SheetError("the place of a cell, such as A1", value=place)
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1

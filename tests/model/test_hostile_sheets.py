"""Tables made to take all memory or time: each is refused or read within stated bounds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bounded import Bounds, read_within

CONTENT = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
ONE_SHEET = '<sheet name="S" sheetId="1" r:id="r1"/>'
BOOK = (
    '<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    f"<sheets>{ONE_SHEET}</sheets></workbook>"
)
RELATIONS = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>city</t></is></c></row>'


def _book(
    sheet: str, method: int = zipfile.ZIP_DEFLATED, book: str = "", **parts: str | bytes
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("[Content_Types].xml", CONTENT)
        archive.writestr("xl/workbook.xml", book or BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in parts.items():
            archive.writestr(f"xl/{name}.xml", content)
    return file.getvalue()


def _sheet(rows: str) -> str:
    return f"<worksheet><sheetData>{HEAD}{rows}</sheetData></worksheet>"


def _false_size() -> bytes:
    """A part of 100 MB that states 1,000 bytes."""
    data = bytearray(_book(_sheet(" " * (100 << 20))))
    size = (len(_sheet("")) + (100 << 20)).to_bytes(4, "little")
    return bytes(data.replace(size, (1000).to_bytes(4, "little")))


def _many_parts() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}", "")
    return file.getvalue()


def _sheets(number: int, content: str) -> bytes:
    """So many sheets, all of them one part."""
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r1"/>' for n in range(number))
    return _book(content, book=BOOK.replace(ONE_SHEET, sheets))


def _repeated_text(length: int, cells: int) -> bytes:
    """One long text with a blank behind it, in very many cells."""
    text = f'<sst><si><t xml:space="preserve">{"x" * length} </t></si></sst>'
    rows = '<row><c t="s"><v>0</v></c></row>' * cells
    return _book(_sheet(rows), sharedStrings=text)


WIDE_HEAD = "".join(f'<c t="inlineStr"><is><t>c{n}</t></is></c>' for n in range(1000))


def _narrow(rows: int) -> str:
    """A head of a thousand cells, and rows of one."""
    below = "<row><c><v>1</v></c></row>" * rows
    return f"<worksheet><sheetData><row>{WIDE_HEAD}</row>{below}</sheetData></worksheet>"


FORMAT = f'<styleSheet><numFmts><numFmt formatCode="{"[" * 9_000_000}"/></numFmts></styleSheet>'

LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + ']><worksheet><sheetData><row r="1"><c r="A1"><v>&j;</v></c></row></sheetData></worksheet>'
)
EXTERNAL = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'

REFUSED: dict[str, Callable[[], bytes]] = {
    "last column": lambda: _book(_sheet('<row r="2"><c r="XFD1048576"><v>1</v></c></row>')),
    "strings": lambda: _book(_sheet(""), sharedStrings="<sst>" + "<si><t>x</t></si>" * 4_200_000),
    "one string": lambda: _book(_sheet(""), sharedStrings=b"<sst><si><t>" + b"x" * (70 << 20)),
    "false size": _false_size,
    "cells of a row": lambda: _book(_sheet(f'<row r="2">{"<c/>" * 5_000_000}</row>')),
    "rows": lambda: _book(_sheet("<row/>" * 5_000_000)),
    "nested": lambda: _book("<a>" * 2_000_000),
    "parts": _many_parts,
    "one text in a million cells": lambda: _repeated_text(1_000_000, 1_000_000),
    "a wide head over narrow rows": lambda: _book(_narrow(500_000)),
    "a thousand sheets in one part": lambda: _sheets(1000, _narrow(700)),
    "lzma": lambda: _book(_sheet(""), method=zipfile.ZIP_LZMA),
    "laughs": lambda: _book(LAUGHS),
    "laughs in UTF-16": lambda: _book("", sharedStrings=LAUGHS.encode("utf-16")),
    "external": lambda: _book(EXTERNAL),
    "no zip": lambda: b"PK\x03\x04" + b"x" * 1000,
    "cut": lambda: _book(_sheet(""))[:-200],
    "large CSV": lambda: b"city,score\n" + b"nanjing,1\n" * 7_000_000,
    "cells of CSV": lambda: b"city\n" + b"," * (10 << 20),
    "lines of CSV": lambda: b"city\n" + b"\n" * (10 << 20),
    "quotation": lambda: b'city\n"' + b"x\n" * (8 << 20),
    "NUL": lambda: b"city\n" + b"\0" * (10 << 20),
}
READ = {
    "number format": lambda: _book(_sheet(""), styles=FORMAT),
    "other elements": lambda: _book(
        f"<worksheet>{'<x/>' * 600_000}<sheetData>{HEAD}</sheetData></worksheet>"
    ),
    "wide CSV in Chinese": lambda: b"city\n" + "南京,杭州\n".encode() * 300_000,
}
BOUNDS = Bounds(megabytes=2048, seconds=60)
IMPORTS = "from model.tables.sheets import SheetError, read_records"
PROGRAM = (
    "data = path.open('rb').read(64 * 2**20 + 1)\n"
    "try:\n    said = f'read {len(read_records(data, [\"city\"]))}'\n"
    "except SheetError as error:\n    said = f'refused {error}'\n"
    "print(said)\n"
)


@pytest.mark.parametrize("name", [*REFUSED, *READ])
@pytest.mark.slow
def test_hostile_tables_cost_little(name: str, tmp_path: Path) -> None:
    path = tmp_path / "attack"
    path.write_bytes((REFUSED | READ)[name]())
    done = read_within(BOUNDS, IMPORTS, PROGRAM, path)
    assert done.code == 0, done.error[-500:]
    assert done.said.split()[0] == ("read" if name in READ else "refused"), done.said
    assert done.megabytes < 700, done.said
    assert "\n" not in done.said.strip()
    assert done.seconds < 20

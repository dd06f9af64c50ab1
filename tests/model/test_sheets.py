"""Tables that people bring: encodings, separators, sheets, traps of spreadsheets, bounds."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from model.tables import sheets
from model.tables.sheets import SheetError, compatible, read_records

HEADER = ("city", "score")
TEXT = "city,score\n南京,4\n\n杭州,3\n"
CELLS = [["city", "score"], ["南京", "4"], ["杭州", "3"]]


def cells(data: bytes) -> list[list[str]]:
    return [record.cells for record in read_records(data, HEADER)]


def book(*tables: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for table in tables:
        sheet = made.create_sheet()
        for row in table:
            sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def rewritten(data: bytes, pattern: str, by: str) -> bytes:
    """The workbook with its first sheet's XML changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", 8) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = re.sub(pattern, by, part.decode(), flags=re.S).encode()
            new.writestr(name, part)
    return file.getvalue()


GOOD = book([["city", "score"], ["南京", 4], ["杭州", 3.0]])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_of_any_common_encoding_and_separator(encoding: str, separator: str) -> None:
    assert cells(TEXT.replace(",", separator).encode(encoding)) == CELLS
    assert [r.line for r in read_records(TEXT.encode(encoding), HEADER)] == [1, 2, 4]


def test_the_hint_line_of_excel() -> None:
    records = read_records(f"sep=;\n{TEXT}".replace(",", ";").encode(), HEADER)
    assert [record.line for record in records] == [2, 3, 5]


@pytest.mark.parametrize("stated", ["A1", "A1:B1", "A1:A9", "A1:B2"])
def test_a_sheet_is_read_whole_whatever_extent_it_states(stated: str) -> None:
    changed = rewritten(GOOD, '<dimension ref="[^"]*"', f'<dimension ref="{stated}"')
    assert cells(changed) == cells(GOOD) == CELLS


def test_the_sheet_with_the_header_is_read() -> None:
    assert cells(book([["说明"]], [["City", "Score"], ["南京", 4]]))[1] == ["南京", "4"]
    with pytest.raises(SheetError, match="sheets Sheet, Sheet1': expected a sheet whose first"):
        cells(book([["说明"]], [["a"]]))


def test_a_formula_without_a_stored_value_is_named_by_its_cell() -> None:
    with pytest.raises(SheetError, match="formula in Sheet!B2 without a value"):
        cells(book([["city", "score"], ["南京", "=ROUND(3.6,0)"]]))


def test_values_as_text() -> None:
    row: list[object] = [date(2025, 5, 1), True, 2.5, None, 123456789012345678, "0012"]
    assert cells(book([["city", "score"], row]))[1] == [
        *("2025-05-01", "yes", "2.5", "", "1.23456789012346E+17", "0012")
    ]


def test_full_width_and_invisible_characters() -> None:
    assert compatible("\u200b２０２５－０５\ufeff") == "2025-05"
    assert cells("city,score\n\u200b南京\u200b,4\n".encode())[1] == ["南京", "4"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\0b", "a NUL byte"),
        (b"city,score\n\xff\xff,1", "byte 0xff"),
        (b'city,"score', "quotation closed"),
        (b"PK\x03\x04....", "damaged workbook"),
        (GOOD[:-200], "damaged workbook"),
        (b"\xd0\xcf\x11\xe0", "Excel 97"),
        (rewritten(GOOD, "<worksheet", "<!DOCTYPE a><worksheet"), "document types"),
        (rewritten(GOOD, 'r="B3"', 'r="XFD1048576"'), "columns"),
        (rewritten(GOOD, "<v>4</v>", "<v>four</v>"), "damaged workbook"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(SheetError, match=expected):
        read_records(data, HEADER)


@pytest.mark.slow
def test_bounds_hold_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = rewritten(GOOD, "$", " " * (sheets.MAX_BYTES + 1))
    assert len(packed) < 1_000_000
    tracemalloc.start()
    with pytest.raises(SheetError, match="MB when unpacked"):
        read_records(packed, HEADER)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    with pytest.raises(SheetError, match="at most 64 MB"):
        read_records(bytes(sheets.MAX_BYTES + 1), HEADER)
    monkeypatch.setattr(sheets, "MAX_CELLS", 5)
    for data in (TEXT.encode(), GOOD):
        with pytest.raises(SheetError, match="at most 5 cells"):
            read_records(data, HEADER)


def test_a_file_of_two_cells_far_apart_costs_nothing(tmp_path: Path) -> None:
    far = rewritten(GOOD, '<row r="3"', '<row r="1048576"')
    far = rewritten(far, 'r="(A|B)3"', r'r="\g<1>1048576"')
    assert [record.line for record in read_records(far, HEADER)] == [1, 2, 1048576]


TITLES: list[list[object]] = [["2025年评分表"], ["填表人：张三", "", "2025-06"], ["", "单位：分"]]


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_titles_may_stand_above_the_header(count: int, separator: str) -> None:
    above = [separator.join(map(str, row)) for row in TITLES[:count]]
    data = "\n".join([*above, TEXT.replace(",", separator)]).encode()
    assert cells(data) == CELLS
    assert read_records(data, HEADER)[0].line == count + 1
    table: list[list[object]] = [["city", "score"], ["南京", 4], ["杭州"]]
    found = cells(book([*TITLES[:count], *table]))
    assert found == [["city", "score"], ["南京", "4"], ["杭州", ""]]
    assert cells(book([["说明"]], [*TITLES[:count], *table])) == found


def test_a_table_without_its_header_is_left_as_it_is() -> None:
    data = "\n".join(["a,b"] * 4 + ["city,score", "南京,4"]).encode()
    assert cells(data)[0] == ["a", "b"], "that far down stands no header"
    assert cells(b"city,mark\nnanjing,4\n")[0] == ["city", "mark"]

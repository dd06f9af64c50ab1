"""What spreadsheets and editors do to CSV files, and how it is named."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.accounts import Accounts, read_accounts
from tests.registry.lines import CITIES, HEADER, problems, read_rows

ROW = "xian,x,CityOne,,,,,,"


def read_bytes(folder: Path, data: bytes) -> list[str]:
    path = folder / "accounts.csv"
    path.write_bytes(data)
    return [str(problem) for problem in read_accounts(path, CITIES).problems]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "accounts.csv: expected a header line: city,platform,handle,"),
        (b"\xef\xbb\xbf", "accounts.csv: expected a header line: city,platform,handle,"),
        (b"\n ,, \n", "accounts.csv: expected a header line: city,platform,handle,"),
        (f"{HEADER}\n".encode(), "accounts.csv: expected at least one account below the header"),
        (b"PK\x03\x04....", "accounts.csv: 'a damaged workbook': expected an XLSX file"),
        (
            b"\xd0\xcf\x11\xe0....",
            "accounts.csv: 'a workbook of Excel 97': expected an XLSX",
        ),
        (
            f"{HEADER}\nxian,x,a,,".encode() + b"\xff\xff,,,,\n",
            "accounts.csv:2: 'byte 0xff': expected text in UTF-8, UTF-16 or GBK",
        ),
        (f"{HEADER}\nxi\0an".encode(), "accounts.csv:2: 'a NUL byte': expected text"),
        (
            f'{HEADER}\n{ROW}\nxian,x,"open,,,,,,\n'.encode(),
            "accounts.csv:3: 'unexpected end of data': expected CSV with every quotation closed",
        ),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path: Path, data: bytes, expected: str) -> None:
    found = read_bytes(tmp_path, data)
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("sign", "name"),
    [("|", "bars"), ("，", "full-width commas"), ("；", "full-width semicolons")],
)
def test_a_wrong_delimiter_is_named(tmp_path: Path, sign: str, name: str) -> None:
    found = problems(tmp_path, ROW.replace(",", sign), header=HEADER.replace(",", sign))
    assert len(found) == 1
    assert found[0].startswith("accounts.csv:1: header: ")
    assert found[0].endswith(
        f"expected columns separated by commas, semicolons or tabs, not by {name}"
    )


def test_the_hint_line_of_excel_names_the_separator(tmp_path: Path) -> None:
    rows = (HEADER.replace(",", ";"), ROW.replace(",", ";"), "xian")
    assert problems(tmp_path, *rows, header="sep=;")[0].startswith("accounts.csv:4: '1 cells'")


@pytest.mark.parametrize("sign", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_separators_and_encodings_of_spreadsheets(tmp_path: Path, sign: str, encoding: str) -> None:
    text = f"{HEADER}\nxian,x,CityOne,,西安,,,,\n".replace(",", sign)
    (tmp_path / "accounts.csv").write_bytes(text.encode(encoding))
    found = read_accounts(tmp_path / "accounts.csv", CITIES)
    assert found.problems == []
    assert [account.name for account in found.rows] == ["西安"]


def workbook(folder: Path, id_: object) -> Accounts:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["说明"])
    sheet = book.create_sheet("accounts")
    sheet.append(["city", "platform", "id", "note"])
    sheet.append(["xian", "x", id_])
    book.save(folder / "accounts.xlsx")
    return read_accounts(folder / "accounts.xlsx", CITIES)


@pytest.mark.parametrize("id_", ["1234567890123456789", "１２３４５６７８９０１２３", 12345678])
def test_a_workbook_of_accounts(tmp_path: Path, id_: object) -> None:
    found = workbook(tmp_path, id_)
    assert found.problems == []
    assert [account.id for account in found.rows] == [unicodedata.normalize("NFKC", str(id_))]


def test_an_id_that_a_spreadsheet_rounded_is_refused(tmp_path: Path) -> None:
    (problem,) = workbook(tmp_path, 1234567890123456789).problems
    assert str(problem).startswith("accounts.xlsx:2: id: '1.23456789012346E+18': expected every")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("city,handle", "header: 'city,handle': expected a column platform"),
        ("city,platform,name", "header: expected a column handle or id"),
        ("city,platform,handel", "header: 'handel': expected columns city, platform, handle,"),
        ("city,platform,handle,city", "header: 'city': expected each column once"),
        ("城邦,platform,handle", "header: '城邦': expected columns city, platform, handle,"),
        ("city,,platform,handle", "header: expected columns city, platform, handle,"),
    ],
)
def test_a_wrong_header_is_named(tmp_path: Path, header: str, expected: str) -> None:
    found = problems(tmp_path, "xian,x,CityOne", header=header)
    assert len(found) == 1
    assert found[0].startswith(f"accounts.csv:1: {expected}")


def test_a_misspelt_column_comes_with_a_guess(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "xian,x,CityOne", header="city,platform,handel")
    assert found.endswith("(perhaps handle)")


def test_a_byte_order_mark_and_dos_lines_are_fine(tmp_path: Path) -> None:
    data = f"{HEADER}\n{ROW}\n".replace("\n", "\r\n").encode("utf-8-sig")
    assert read_bytes(tmp_path, data) == []


def test_empty_cells_beside_the_table_are_fine(tmp_path: Path) -> None:
    assert read_rows(tmp_path, f"{ROW},,,", ",,,,", header=f"{HEADER},,").problems == []


def test_invisible_signs_around_a_cell_are_dropped(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "\u200bxian\u00a0,\u3000x,CityOne\u200b,,,,,,")
    assert [account.handle for account in found.rows] == ["CityOne"]


@pytest.mark.parametrize(("row", "cells"), [("xian,x,CityOne", 3), (f"{ROW},,more", 11)])
def test_a_row_of_another_width_is_named(tmp_path: Path, row: str, cells: int) -> None:
    found = problems(tmp_path, ROW, row)
    assert found == [
        f"accounts.csv:3: '{cells} cells': expected 9 cells as in the header "
        '(a text with a comma goes in "quotes")'
    ]


def test_lines_are_counted_as_editors_do(tmp_path: Path) -> None:
    rows = ['xian,x,CityOne,,"two\nlines",,,,', "", "beijing,x,not one,,,,,,"]
    assert problems(tmp_path, *rows)[0].startswith("accounts.csv:5: handle: 'not one'")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    found = read_accounts(tmp_path / "none.csv", CITIES)
    assert [str(problem) for problem in found.problems] == [
        "none.csv: expected a file that can be read (there is no such file)"
    ]


def test_a_folder_is_named(tmp_path: Path) -> None:
    (problem,) = read_accounts(tmp_path, CITIES).problems
    assert "expected a file that can be read" in str(problem)


def test_long_values_are_cut_in_messages(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f"xian,x,{'a' * 500},,,,,,")
    assert len(found) < 200


@given(data=st.binary(max_size=300))
def test_any_bytes_give_problems_or_rows(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    found = read_accounts(path, CITIES)
    assert found.problems
    assert not found.rows

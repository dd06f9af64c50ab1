"""Tables for spreadsheets: no cell and no column name is run as a formula."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.tables.numbers import many
from model.tables.writing import csv_text, guarded, unguarded, union_of_columns
from tests.shared import ROOT
from tests.test_rules import PACKAGES

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "﹦1",
    "−1",
    " =1+1",
    "\u3000＝1",
    "\u00a0\u2003@A1",
    "' =1",
    "\u200b=1",
]
"""White space in front is left out by some programs, characters without width by us."""


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    written = csv_text([{text: text, "b": 1}], [text, "b"])
    for row in csv.reader(io.StringIO(written, newline="")):
        assert row[0][:1] in ("'", " "), row
    assert unguarded(guarded(text)) == text


@given(st.text())
def test_the_guard_is_undone_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_numbers_are_no_texts_and_unknown_is_empty() -> None:
    rows = [{"a": -1.5, "b": None}, {"a": 0, "b": "南京"}]
    assert csv_text(rows, ["a", "b"]) == "a,b\n-1.5,\n0,南京\n"


def test_columns_are_those_of_all_rows() -> None:
    rows = [{"a": 1, "types.photo": 2, "z": 3}, {"a": 1, "types.reel": 2, "b": 0}]
    assert union_of_columns(rows) == ["a", "types.photo", "types.reel", "z", "b"]
    assert csv_text(rows, union_of_columns(rows)).splitlines()[1:] == ["1,2,,3,", "1,,2,,0"]


def test_without_rows_there_is_a_header() -> None:
    assert csv_text([], ["a", "b"]) == "a,b\n"


@pytest.mark.slow
def test_all_tables_are_written_by_what_guards_them() -> None:
    """A new one that writes its cells itself would have no guard."""
    writers = re.compile(r"\bcsv\.(?:writer|DictWriter)\(|\.write_(?:formula|row|column|url)\(")
    found = {
        f"{path.relative_to(ROOT)}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if writers.search(path.read_text("utf-8"))
    }
    assert found == {"model/tables/writing.py", "portal/exports/writers.py"}
    books = {
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\.Workbook\(", path.read_text("utf-8"))
    }
    assert len(books) >= 3
    for path in books:
        assert not re.search(r"\b(?:sheet|page)\.write\(", path.read_text("utf-8")), path


@pytest.mark.parametrize(
    ("number", "things", "told"),
    [
        (1, "accounts", "1 account"),
        (0, "accounts", "0 accounts"),
        (1, "cities", "1 city"),
        (1, "visits to requeue", "1 visit to requeue"),
        (1200, "values", "1,200 values"),
    ],
)
def test_one_thing_is_no_plural(number: int, things: str, told: str) -> None:
    assert many(number, things) == told

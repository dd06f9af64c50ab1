"""CSV in, CSV out: what is read, what is refused with row and column, what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

import scoring
from model.tables.writing import csv_text
from scoring.cities.index_table import (
    index_rows,
    parse_index_input,
    read_index_input,
    write_rows,
)
from tests.scoring.support import flat, method

MODEL = flat(["likes", "posts"])


def problems(text: str, model: scoring.Method = MODEL) -> list[str]:
    with pytest.raises(scoring.TableError) as caught:
        parse_index_input(text, model, "some.csv")
    assert str(caught.value).startswith("some.csv: ")
    return [str(problem) for problem in caught.value.problems]


def test_read_and_write(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("unit,likes,remark,posts\nx,1,some,2\n\ny,3,,\n", "utf-8-sig")
    given = read_index_input(source, MODEL)
    assert given.ignored == ("remark",)
    assert given.table.value("y", "posts") is None
    rows = index_rows(scoring.compute(MODEL, given.table))
    write_rows(rows, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8") == (
        "unit,likes,posts,index,rank\nx,0.0,50.0,25.0,2\ny,100.0,,100.0,1\n"
    )


def test_full_precision_comes_back() -> None:
    given = parse_index_input("unit,likes,posts\nx,0.1,1\ny,0.3,2\nz,0.7,4\n", MODEL)
    rows = index_rows(scoring.compute(MODEL, given.table))
    cells = [line.split(",") for line in csv_text(rows, list(rows[0])).splitlines()[1:]]
    assert [float(line[1]) for line in cells] == [row["likes"] for row in rows]
    assert len(cells[1][1]) > 14


def test_groups_get_their_own_ranks() -> None:
    given = parse_index_input("unit,group,likes,posts\nx,e,1,1\ny,w,2,2\nz,e,3,3\nv,,4,4\n", MODEL)
    rows = index_rows(scoring.compute(MODEL, given.table))
    assert [row["group"] for row in rows] == ["e", "w", "e", None]
    assert [row["group_rank"] for row in rows] == [2, 1, 1, None]
    assert list(rows[0])[-2:] == ["group", "group_rank"]


def test_numbers_as_people_write_them() -> None:
    given = parse_index_input("unit,likes,posts\nx, 1.5e3 ,+.5\ny,-2.,0\n", MODEL)
    assert [given.table.value("x", name) for name in ("likes", "posts")] == [1500.0, 0.5]
    assert given.table.value("y", "likes") == -2.0


def test_every_fault_with_row_and_column() -> None:
    text = 'unit,likes,posts\nx,many,2\ny,inf,"1,234"\nx,1,1e999\n,1,1_000\nz,1\nw,NaN,-Infinity\n'
    assert problems(text) == [
        "row 2: unit 'x': column 'likes': 'many' is not a number"
        " (leave the cell blank where a value is missing)",
        "row 3: unit 'y': column 'likes': 'inf' is infinite",
        "row 3: unit 'y': column 'posts': '1,234' is not a number"
        " (leave the cell blank where a value is missing)",
        "row 4: unit 'x': column 'unit': duplicate of row 2",
        "row 4: unit 'x': column 'posts': '1e999' is infinite",
        "row 5: column 'unit': blank",
        "row 5: column 'posts': '1_000' is not a number"
        " (leave the cell blank where a value is missing)",
        "row 6: 2 cells, expected 3",
        "row 7: unit 'w': column 'likes': 'NaN' is not a number"
        " (leave the cell blank where a value is missing)",
        "row 7: unit 'w': column 'posts': '-Infinity' is infinite",
    ]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "the table is empty"),
        ("unit,likes,posts\n", "no rows below the header"),
        ("city,likes,posts\nx,1,2\n", "row 1: column 'unit': no such column"),
        ("unit,likes,likes,posts\nx,1,2,3\n", "row 1: column 'likes': the column is there twice"),
        ("unit,likes\nx,1\n", "column 'posts': not in the table, but indicator 'posts' needs it"),
        ('unit,likes,posts\nx,"1,2\n', "expected CSV with every quotation closed"),
        ("unit,likes,posts\nx,1,1e101\n", "row 2: unit 'x': column 'posts': '1e101' is out of"),
    ],
)
def test_refused(text: str, word: str) -> None:
    assert any(word in problem for problem in problems(text))


def test_an_unknown_reference_unit() -> None:
    spec = 'normalise = { kind = "distance_to_reference", unit = "zz" }'
    assert "unknown unit" in problems("unit,likes\nx,1\n", flat(["likes"], defaults=spec))[0]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(scoring.TableError, match="cannot be read"):
        read_index_input(tmp_path / "none.csv", MODEL)
    (tmp_path / "gbk.csv").write_bytes(b"unit,likes,posts\n\xff\xff,1,2\n")
    with pytest.raises(scoring.TableError, match="row 2: not a table: 'byte 0xff': expected text"):
        read_index_input(tmp_path / "gbk.csv", MODEL)


def test_inner_columns_and_denominators() -> None:
    body = '[[indicator]]\ncode = "p"\nparent = "index"\n'
    body += '[[indicator]]\ncode = "a"\nparent = "p"\nmeasure = "like"\n'
    body += '[[indicator]]\ncode = "b"\nparent = "index"\ndenominator = "population"\n'
    model = method(body, defaults='normalise.kind = "none"')
    given = parse_index_input("unit,p,b,population\nx,4,20,10\ny,,30,10\n", model)
    rows = index_rows(scoring.compute(model, given.table))
    assert [row["index"] for row in rows] == [3.0, 3.0]
    assert [row["rank"] for row in rows] == [1, 1]
    assert rows[0] == {"unit": "x", "p": 4.0, "a": None, "b": 2.0, "index": 3.0, "rank": 1}


def test_what_was_written_can_be_read_again() -> None:
    text = "unit,likes,posts\nx,1,7\ny,2,5\n"
    first = index_rows(scoring.compute(MODEL, parse_index_input(text, MODEL).table))
    again = parse_index_input(csv_text(first, list(first[0])), MODEL)
    assert index_rows(scoring.compute(MODEL, again.table))[0]["index"] == first[0]["index"]


def test_invisible_characters_do_not_make_another_unit() -> None:
    found = problems("unit,likes,posts\n南京\u200b,1,2\n南\u200b京,3,4\n")
    assert found == ["row 3: unit '南京': column 'unit': duplicate of row 2"]


@pytest.mark.parametrize("head", ["Unit,likes,posts", "UNIT;likes;posts", "unit\tlikes\tposts"])
def test_heads_in_any_case_and_separator(head: str) -> None:
    separator = next(sign for sign in ";\t," if sign in head)
    text = f"{head}\nx,1,2\ny,3,4\n".replace(",", separator)
    assert parse_index_input(text, MODEL).table.units == ("x", "y")


def test_formulas_go_out_as_text_and_come_back(tmp_path: Path) -> None:
    units = ["=cmd|x", "+1", "-1", "@a", "＝1"]
    rows = [{"unit": unit, "likes": 1.5, "posts": 2.0} for unit in units]
    write_rows(rows, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text("utf-8")
    assert not [line for line in text.splitlines()[1:] if not line.startswith("'")]
    assert parse_index_input(text, MODEL).table.units == tuple(units)

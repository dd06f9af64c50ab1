"""Tables of a month as files: columns always the same, unknown empty, nothing a formula."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from model.platform import PLATFORMS
from portal.exports.tables import TABLES, leaderboard_rows
from portal.exports.writers import TABLE_WRITERS, write_csv, write_xlsx
from tests.portal.report.scenes import index_of_rows, rows_of

COLUMNS = ("id", "n", "text", "gone")
ROWS = [
    {"id": "1919353819102682291", "n": 0, "text": "=1+1\u202e", "gone": False},
    {"id": "2", "n": None, "text": None},
    {"id": "3", "n": 12345678901234567, "text": "深圳\nnew line"},
]


def test_csv_keeps_zero_from_unknown_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert write_csv(path, COLUMNS, iter(ROWS), bom=True) == 3
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,n,")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["1919353819102682291", "0", "'=1+1", "false"]
    assert rows[2] == ["2", "", "", ""]


def test_workbooks_keep_ids_and_long_numbers_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, COLUMNS, iter(ROWS))
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert cells[0] == ["1919353819102682291", 0, "=1+1", False]
    assert sheet["C2"].data_type == "s"
    assert cells[1] == ["2", None, None, None]
    assert cells[2][1] == "12345678901234567"


def test_lines_of_json_have_every_column(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    TABLE_WRITERS["ndjson"](path, COLUMNS, iter(ROWS))
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [list(row) for row in rows] == [list(COLUMNS)] * 3
    assert rows[1]["n"] is None


@pytest.mark.slow
def test_parquet_has_the_kinds_of_its_columns(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path, columns = tmp_path / "a.parquet", ("post", "likes", "index", "is_gap", "text")
    rows = [
        {"post": "x:19193538", "likes": 0, "index": 81, "is_gap": False, "text": "=1+1\u202e"},
        *[{"post": f"x:{n}"} for n in range(10_000)],
    ]
    assert TABLE_WRITERS["parquet"](path, columns, iter(rows)) == 10_001
    table = parquet.read_table(str(path))
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds == {
        **{"post": "string", "likes": "int64", "index": "double"},
        **{"is_gap": "bool", "text": "string"},
    }
    assert table.slice(0, 1).to_pylist() == [{**rows[0], "text": "=1+1"}]
    assert table["likes"].null_count == 10_000
    assert parquet.ParquetFile(str(path)).num_row_groups == 2


@pytest.mark.parametrize("form", TABLE_WRITERS)
def test_a_file_is_there_whole_or_not_at_all(form: str, tmp_path: Path) -> None:
    def failing() -> Iterator[dict[str, str]]:
        yield {"id": "1"}
        raise RuntimeError("the server went away")

    if form == "parquet":
        pytest.importorskip("pyarrow")
    with pytest.raises(RuntimeError):
        TABLE_WRITERS[form](tmp_path / f"a.{form}", COLUMNS, failing())
    assert list(tmp_path.iterdir()) == []


def test_the_leaderboard_has_every_scope_and_measures_of_platforms() -> None:
    rows = list(leaderboard_rows(index_of_rows(rows_of())))
    assert {row["scope"] for row in rows} > {"composite", "x", "tiktok"}
    first = next(row for row in rows if row["scope"] == "x")
    assert (first["city_id"], first["posts"], first["views"]) == ("beijing", 10, 900_000)
    assert set(rows[0]) == set(TABLES["leaderboard"].columns)
    of_beijing = {row["scope"]: row for row in rows if row["city_id"] == "beijing"}
    whole, parts = of_beijing["composite"], [of_beijing[name] for name in PLATFORMS]
    for name in ("posts", "interactions", "views", "followers", "follower_gain"):
        assert whole[name] == sum(part[name] for part in parts if part[name] is not None)
    assert whole["interaction_rate"] == whole["interactions"] / whole["posts"]
    assert whole["view_rate"] is None

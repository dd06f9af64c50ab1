"""Every table as CSV and XLSX, with heads in either language."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import openpyxl
import pytest
import typer

from cityreach.cli import command_line, output
from cityreach.cli.analyse import months
from cityreach.cli.forms import expect_language, forget
from model.measures import MeasureRow
from model.tables.chinese import chinese_head
from model.tables.xlsx import xlsx_bytes
from tests.cityreach.in_process import Done, command

pytestmark = pytest.mark.slow


FORMS = {"--csv", "--bom", "--xlsx", "--lang"}


def leaves(group: typer.core.TyperGroup) -> list[typer.core.TyperCommand]:
    found = []
    for one in group.commands.values():
        found += leaves(one) if isinstance(one, typer.core.TyperGroup) else [one]
    return found


def test_every_command_with_a_table_gives_it_in_every_form() -> None:
    for one in leaves(command_line()):
        names = {name for option in one.params for name in option.opts}
        if "--json" in names:
            assert names >= FORMS, one.name


METHOD = """id = "mini"
[[indicator]]
code = "likes"
parent = "index"
"""


def index(folder: Path, *args: str) -> Done:
    (folder / "m.toml").write_text(METHOD)
    (folder / "t.csv").write_text("unit,likes\n南京,1\n杭州,3\n")
    return command("index", "--method", "m.toml", "--input", "t.csv", *args, data=folder)


def test_a_table_as_a_workbook_with_chinese_heads(tmp_path: Path) -> None:
    done = index(tmp_path, "--lang", "zh", "--xlsx", "out.xlsx")
    assert done.returncode == 0, done.stderr
    written = list(openpyxl.load_workbook(tmp_path / "out.xlsx").active.values)
    shown = list(csv.reader(io.StringIO(index(tmp_path, "--lang", "zh", "--csv").stdout)))
    assert shown[0] == ["单位", "点赞数", "指数", "名次"]
    assert list(written[0]) == shown[0]
    assert [row[0] for row in written] == [row[0] for row in shown] == ["单位", "南京", "杭州"]
    assert "unit" in index(tmp_path).stdout
    assert "单位" in index(tmp_path, "--lang", "zh").stdout
    assert index(tmp_path, "--csv", "--bom").stdout.startswith("\ufeffunit,")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--json", "--csv"), "expected one of them"),
        (("--json", "--xlsx", "a.xlsx"), "expected one of them"),
        (("--csv", "--xlsx", "a.xlsx"), "expected one of them"),
        (("--bom",), "--bom goes with --csv"),
        (("--xlsx", "a.xls"), "ends in .xlsx"),
        (("--xlsx", "nowhere/a.xlsx"), "nowhere"),
        (("--lang", "fr"), "'zh', 'en'"),
    ],
)
def test_forms_that_do_not_go_together(args: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = index(tmp_path, *args)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())


def test_a_workbook_runs_nothing_and_keeps_ids_and_unknowns() -> None:
    rows = [{"id": "17841400000000001", "note": "=1+1", "n": 0}, {"id": "2", "x": None}]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(rows, ["id", "note", "n", "x"])))
    cells = list(book.active.iter_rows(min_row=2))
    assert [cell.value for cell in cells[0]] == ["17841400000000001", "=1+1", 0, None]
    assert cells[0][1].data_type == "s"
    assert chinese_head("missing.likes") == "缺失.点赞数"


def test_all_columns_of_measures_have_chinese_heads() -> None:
    heads = {column: chinese_head(column) for column in MeasureRow.flat_columns()}
    assert len(set(heads.values())) == len(heads)
    assert [head for head in heads.values() if re.search("[a-z_]", head)] == ["类型.Reels"]
    assert heads["proofs.total"] == "完整依据.平台给出的总数"
    assert chinese_head("total") == "总份额"


def test_help_shows_what_is_typed_and_no_pictures(tmp_path: Path) -> None:
    said = command("whatif", "--help", data=tmp_path).stdout
    assert "nanjing:x:likes=9000" in " ".join(said.replace("│", " ").split())
    assert "❌" not in said


@pytest.mark.parametrize(
    ("args", "env", "told"),
    [
        ((), {}, "unit"),
        ((), {"LANG": "zh_CN.UTF-8"}, "单位"),
        ((), {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "unit"),
        ((), {"CITYREACH_LANG": "zh"}, "单位"),
        (("--lang", "en"), {"CITYREACH_LANG": "zh"}, "unit"),
    ],
)
def test_the_language_is_asked_for_set_or_the_terminals(
    args: tuple[str, ...], env: dict[str, str], told: str, tmp_path: Path
) -> None:
    (tmp_path / "m.toml").write_text(METHOD)
    (tmp_path / "t.csv").write_text("unit,likes\n南京,1\n杭州,3\n")
    call = ("index", "--method", "m.toml", "--input", "t.csv", *args)
    said = command(*call, data=tmp_path, **env).stdout
    assert told in said


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (357_800, "35.78万", "357,800"),
        (123_456_789, "1.23亿", "123,456,789"),
        (99_999, "99,999", "99,999"),
        (True, "是", "yes"),
        (None, "—", "—"),
    ],
)
def test_cells_in_either_language(
    value: object, zh: str, en: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang, told in (("zh", zh), ("en", en)):
        monkeypatch.setattr(output.asked, "lang", lang)
        assert output.shown(value) == told


@pytest.mark.parametrize(
    ("args", "chinese"),
    [
        (("--lang", "zh", "top", "--period", "May"), True),
        (("--lang=zh", "top", "--period", "May"), True),
        (("top", "--lang", "zh", "--period", "May"), True),
        (("--lang", "zh", "top", "--period", "May", "--lang", "en"), False),
        (("--lang", "zh", "topp"), True),
        (("--lang", "zh"), True),
        (("report", "--period", "2026-13", "--lang", "zh"), True),
        (("report", "--period", "2026-13", "--lang", "fr"), False),
        (("--lang", "en", "report", "--period", "2026-13", "--lang", "zh"), False),
        (("--lang", "zh", "report", "--period", "2026-13"), True),
        (("ratings", "sheet", "--lang", "zh"), True),
    ],
)
def test_the_language_stands_before_the_command_or_behind_it(
    args: tuple[str, ...], chinese: bool, tmp_path: Path
) -> None:
    done = command(*args, data=tmp_path)
    assert done.returncode == 2
    assert bool(re.search("[\u4e00-\u9fff]", done.stderr)) is chinese, done.stderr


def test_the_language_before_the_command_is_that_of_its_tables(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(METHOD)
    (tmp_path / "t.csv").write_text("unit,likes\n南京,1\n杭州,3\n")
    args = ("index", "--method", "m.toml", "--input", "t.csv", "--csv")
    assert command("--lang", "zh", *args, data=tmp_path).stdout.startswith("单位,")
    assert command(*args, data=tmp_path).stdout.startswith("unit,")


def test_what_a_command_starts_speaks_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_LANG", "en")
    expect_language(["cityreach", "--lang", "zh", "up"])
    assert os.environ["CITYREACH_LANG"] == "zh"
    forget()


@pytest.mark.parametrize(
    ("given", "there", "expected"),
    [
        (None, True, True),
        (None, False, False),
        (True, False, True),
        (False, True, False),
    ],
)
def test_sobol_shares_are_computed_where_they_can_be(
    given: bool | None,
    there: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(months, "find_spec", lambda _: there or None)
    assert months._with_shares(given) is expected
    assert ("left out" in capsys.readouterr().err) is (given is None and not there)

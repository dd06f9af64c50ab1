"""Small inputs that people bring, with the right result of each (cases/use, by kind)."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

import pytest

from tests.cityreach.demo_process import DEAD_PROXIES
from tests.cityreach.in_process import Done, command, within
from tests.shared import FOLDER

pytestmark = pytest.mark.shared
USE = FOLDER / "cases" / "use"
WHOLE = ("good", "too_small_dimension", "dimension_of_header_only", "cover_sheet_first")

SELF, COMMANDS, TROUBLE = "test_cases_of_use", "test_commands", "test_server_trouble"
REFUSES = "test_a_server_that_refuses_is_told"
COVERED = {
    "01-csv-columns": (COMMANDS, "test_measures_as_csv_have_the_same_columns_in_every_month"),
    "03-freeze-open-month": ("test_wrong_inputs", "test_every_wrong_input_is_answered"),
    "04-same-names": (SELF, "test_same_names_are_refused_with_the_ids_to_choose_from"),
    "05-xlsx": (SELF, "test_workbooks_are_read_whole"),
    "06-proxy": (SELF, "test_a_demo_needs_no_proxy_to_reach_itself"),
    "07-dotenv": (SELF, "test_settings_of_other_encodings_and_programs"),
    "08-facebook-addresses": (
        SELF,
        "test_addresses_copied_while_logged_out_give_the_page_inside",
    ),
    "09-reimport": ("test_kinds_of_use", "test_importing_again_is_foretold_and_adds_nothing"),
    "10-mongo-standalone": (TROUBLE, REFUSES),
    "11-masked-uri": (TROUBLE, REFUSES),
    "12-narrow-tables": (COMMANDS, "test_piped_tables_hold_whole_numbers"),
    "13-index-input": (SELF, "test_index_input_in_every_encoding"),
    "14-encodings-out": ("test_output", "test_any_encoding_of_the_output"),
    "16-servers-away": (TROUBLE, "test_every_command_says_that_a_server_is_away"),
    "17-zone": ("test_settings", "test_a_zone_that_is_none_is_refused_by_name"),
}
"""The test of each kind, in this folder."""


def test_every_case_has_a_test() -> None:
    cases = {folder.name for folder in USE.iterdir() if folder.is_dir()}
    assert cases == set(COVERED)
    for module, name in COVERED.values():
        assert hasattr(import_module(f"tests.cityreach.{module}"), name), name


def test_a_demo_needs_no_proxy_to_reach_itself(kept: Path) -> None:
    """It was started with proxies in its environment that are not there."""
    assert DEAD_PROXIES.keys() == {"http_proxy", "ALL_PROXY"}
    assert within(kept, "measures", "--period", "2025-05", "--csv").returncode == 0


def run(folder: Path, *args: str) -> Done:
    done = command(*args, data=folder)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("what", ["ratings", "indicators"])
def test_same_names_are_refused_with_the_ids_to_choose_from(what: str, tmp_path: Path) -> None:
    done = run(tmp_path, what, "import", str(USE / "04-same-names" / f"{what}.csv"), "--dry-run")
    assert done.returncode == 2
    assert "row 2" in done.stderr
    assert "suzhou-jiangsu, suzhou-anhui" in done.stderr


@pytest.mark.parametrize("book", WHOLE)
def test_workbooks_are_read_whole(book: str, tmp_path: Path) -> None:
    done = run(tmp_path, "ratings", "import", str(USE / "05-xlsx" / f"{book}.xlsx"), "--dry-run")
    assert done.returncode == 0
    assert "16 values are in order" in done.stderr


def test_a_formula_without_its_value_is_refused_with_its_cell(tmp_path: Path) -> None:
    book = USE / "05-xlsx" / "formulas_without_values.xlsx"
    done = run(tmp_path, "ratings", "import", str(book), "--dry-run")
    assert done.returncode == 2
    assert "Sheet!E2" in done.stderr


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [("gbk", 2, "line 1"), ("utf16", 2, "save it as UTF-8"), ("shared", 0, "together")],
)
def test_settings_of_other_encodings_and_programs(
    name: str, code: int, told: str, tmp_path: Path
) -> None:
    shutil.copy(USE / "07-dotenv" / f"{name}.env", tmp_path / ".env")
    done = run(tmp_path, "cost", "--accounts", "1")
    assert done.returncode == code
    assert told in done.stdout + done.stderr


def test_addresses_copied_while_logged_out_give_the_page_inside(tmp_path: Path) -> None:
    from registry.accounts import read_accounts
    from registry.cities import load_cities

    found = read_accounts(USE / "08-facebook-addresses" / "accounts.csv", load_cities())
    assert not found.problems
    assert [one.handle for one in found.rows] == ["VisitNanjing", "", "VisitXian", "visitchengdu"]
    assert found.rows[1].id == "100064000000000"


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("zw", 2, "duplicate of row 2"),
        ("gbk", 0, "南京"),
        ("u16", 0, "南京"),
        ("inj", 0, "'=cmd|x"),
    ],
)
def test_index_input_in_every_encoding(name: str, code: int, told: str, tmp_path: Path) -> None:
    folder, out = USE / "13-index-input", tmp_path / "out.csv"
    given = ("--method", str(folder / "m.toml"), "--input", str(folder / f"{name}.csv"))
    done = run(tmp_path, "index", *given, "--out", str(out))
    assert done.returncode == code
    assert told in (out.read_text("utf-8") if out.exists() else done.stderr)

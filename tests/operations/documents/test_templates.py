"""Tables to fill in are read by the imports that they are for, in both languages."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from operations.documents.templates import accounts_template, indicators_template, write_template
from operations.errors import UsageError
from registry.accounts import read_accounts
from registry.cities import city_names, load_cities
from scoring.cities.indicators import read_indicators
from scoring.method.library import load_method

CITIES = ("beijing", "suzhou-jiangsu")
LANGUAGES = ("zh", "en")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_list_of_accounts_that_was_filled_in(kind: str, lang: Any, tmp_path: Path) -> None:
    out = tmp_path / f"accounts.{kind}"
    write_template(accounts_template(), out, lang)
    filled = ["北京", "脸书" if lang == "zh" else "facebook", "VisitBeijing"]
    if kind == "csv":
        with out.open("a", encoding="utf-8") as file:
            csv.writer(file).writerow([*filled, *[""] * 7])
    else:
        book = openpyxl.load_workbook(out)
        for at, cell in enumerate(filled, 1):
            book.worksheets[0].cell(2, at, cell)
        offered = book.worksheets[0].data_validations.dataValidation
        assert [one.formula1[:8] for one in offered] == ["choices!"] * 4
        book.save(out)
    found = read_accounts(out, load_cities())
    assert found.problems == []
    assert [(a.city, a.platform, a.handle) for a in found.rows] == [
        ("beijing", "facebook", "VisitBeijing")
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_indicators_that_were_filled_in_partly(kind: str, lang: Any, tmp_path: Path) -> None:
    out, method = tmp_path / f"i.{kind}", load_method("comm-power-100")
    made = indicators_template(method, "2025-05", CITIES)
    rows = write_template(made, out, lang)
    heads = ("代码", "数值", "来源") if lang == "zh" else ("code", "value", "source")
    _fill(out, heads, ("media_articles", "7", "desk"))
    found = read_indicators(out, city_names(load_cities()), {row["code"] for row in made.rows})
    assert found.problems == ()
    assert [(one.city, one.value) for one in found.indicators] == [(c, 7.0) for c in CITIES]
    assert found.unfilled == rows - len(CITIES)


def _fill(out: Path, heads: tuple[str, ...], filled: tuple[str, ...]) -> None:
    """Value and source, wherever the code is this one."""
    if out.suffix == ".csv":
        rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    else:
        book = openpyxl.load_workbook(out)
        rows = [["" if c is None else str(c) for c in row] for row in book.active.values]
    code, value, source = map(rows[0].index, heads)
    for row in rows:
        if row[code] == filled[0]:
            row[value], row[source] = filled[1:]
    if out.suffix == ".csv":
        with out.open("w", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    else:
        for line, row in enumerate(rows, 1):
            for at, cell in enumerate(row, 1):
                book.active.cell(line, at, cell or None)
        book.save(out)


def test_templates_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.xlsx or \.csv"):
        write_template(accounts_template(), tmp_path / "a.ods", "en")
    with pytest.raises(UsageError, match="cannot be written"):
        write_template(accounts_template(), tmp_path / "none" / "a.csv", "en")
    with pytest.raises(UsageError, match="giu has no indicators"):
        indicators_template(load_method("giu"), "2025-05", CITIES)

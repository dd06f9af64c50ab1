"""Ratings and indicators from sheets, how raters agree, and the tables built of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

import scoring
from model.period import Period
from scoring.cities.assemble import MonthInputs, build_table
from scoring.cities.indicators import Indicator, indicator_columns, known_codes, read_indicators
from scoring.cities.raters import agreement
from scoring.cities.ratings import Rating, mean_ratings, read_ratings
from tests.scoring.support import MAY, measure_row

NOVEMBER = Period.month("2025-11")
CITIES = {
    **dict.fromkeys(("nanjing", "南京"), ("nanjing",)),
    "beijing": ("beijing",),
    "Suzhou": ("suzhou-jiangsu", "suzhou-anhui"),
}
LONG = "city,platform,period,rater,criterion,score\n"


def sheet(folder: Path, text: str) -> Path:
    path = folder / "sheet.csv"
    path.write_text(text, "utf-8")
    return path


def xlsx(folder: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / "sheet.xlsx")
    return folder / "sheet.xlsx"


def test_long_ratings(tmp_path: Path) -> None:
    text = LONG + "南京,x,2025-05,r1,language,4\nnanjing,x,2025-05,r1,service,\n\n"
    got = read_ratings(sheet(tmp_path, text), CITIES)
    assert got.problems == ()
    assert got.ratings == (Rating("nanjing", "x", "2025-05", "r1", "language", 4.0),)


def test_wide_ratings_in_a_workbook(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["City", "platform", "period", "rater", "language", "service"],
        ["beijing", "tiktok", date(2025, 5, 1), "r1", 4, 2.5],
        ["nanjing", "tiktok", "2025-05", "r1", None, 5.0],
    ]
    got = read_ratings(xlsx(tmp_path, rows), CITIES)
    assert [(r.city, r.criterion, r.score, r.period) for r in got.ratings] == [
        ("beijing", "language", 4.0, "2025-05"),
        ("beijing", "service", 2.5, "2025-05"),
        ("nanjing", "service", 5.0, "2025-05"),
    ]


def test_every_faulty_rating_is_told(tmp_path: Path) -> None:
    text = LONG + (
        "atlantis,x,2025-05,r1,language,4\n"
        "nanjing,orkut,2025-13,,language,6\n"
        "nanjing,x,2025-05,r1,language,good\n"
        "nanjing,x,2025-05,r1,,3\n"
        "nanjing,x,2025-05,r1,service,3\n"
        "南京,x,2025-05,r1,service,4\n"
    )
    got = read_ratings(sheet(tmp_path, text), CITIES)
    assert [r.score for r in got.ratings] == [3.0]
    told = [str(problem) for problem in got.problems]
    for line, word in zip(
        told,
        [
            "row 2: column 'city': unknown city 'atlantis'",
            "row 3: column 'platform': unknown platform 'orkut'",
            "row 3: column 'period': '2025-13': expected YYYY-MM",
            "row 3: column 'rater': blank",
            "row 3: unit 'nanjing': column 'score': '6'",
            "row 4: unit 'nanjing': column 'score': 'good'",
            "row 5: column 'criterion': blank",
            "row 7: unit '南京': r1 rated 'service' of it before",
        ],
        strict=True,
    ):
        assert line.startswith(word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "the file is empty"),
        ("city,platform,period\nx,y,z\n", "column 'rater': no such column"),
        ("city,platform,period,rater\nx,y,z,r\n", "no column with a criterion"),
        ("city,platform,period,rater,criterion\nx,y,z,r,c\n", "column 'score': no such column"),
        (LONG.replace("score", "city"), "the column is there twice"),
        (LONG + "a,b,c,d,e,f,g\n", "row 2: more cells than the 6 columns"),
        (LONG + 'a,"b\n', "expected CSV with every quotation closed"),
    ],
)
def test_sheets_that_are_no_use(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(scoring.TableError, match=r"sheet\.csv") as caught:
        read_ratings(sheet(tmp_path, text), CITIES)
    assert word in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(scoring.TableError, match="cannot be read"):
        read_ratings(tmp_path / "none.csv", CITIES)
    (tmp_path / "gbk.csv").write_bytes(b"city,\xff\xff")
    with pytest.raises(scoring.TableError, match="not a table: "):
        read_ratings(tmp_path / "gbk.csv", CITIES)
    (tmp_path / "no.xlsx").write_text("city,platform", "utf-8")
    with pytest.raises(scoring.TableError, match="no such column"):
        read_ratings(tmp_path / "no.xlsx", CITIES)


def rated(*scores: tuple[str, str, float]) -> list[Rating]:
    return [Rating(city, "x", "2025-05", rater, "language", s) for city, rater, s in scores]


def test_agreement() -> None:
    same = rated(("a", "r1", 4), ("a", "r2", 4), ("b", "r1", 2), ("b", "r2", 2))
    told = agreement(same)
    assert (told.raters, told.items, told.exact, told.within_one, told.alpha) == (2, 2, 1, 1, 1)
    apart = agreement(rated(("a", "r1", 1), ("a", "r2", 5), ("b", "r1", 5), ("b", "r2", 1)))
    assert (apart.exact, apart.within_one) == (0, 0)
    assert apart.alpha == pytest.approx(-0.5)
    mixed = agreement(rated(("a", "r1", 3), ("a", "r2", 4), ("b", "r1", 1), ("b", "r2", 1)))
    assert mixed.exact == 0.5
    assert mixed.alpha == pytest.approx(1 - (2 * 1 / 4) / (2 * 27 / 12) + 0, abs=0.2)
    assert agreement(rated(("a", "r1", 3))).alpha is None
    assert agreement(rated(("a", "r1", 3), ("a", "r2", 3))).alpha is None
    assert agreement([]).raters == 0


def test_means_over_raters_then_criteria() -> None:
    ratings = [
        Rating("a", "x", "2025-05", "r1", "language", 2.0),
        Rating("a", "x", "2025-05", "r2", "language", 4.0),
        Rating("a", "x", "2025-05", "r1", "service", 5.0),
        Rating("a", "x", "2025-04", "r1", "service", 1.0),
    ]
    assert mean_ratings(ratings, Period.month("2025-05")) == {("a", "x"): 4.0}
    assert mean_ratings(ratings, Period.month("2025-03")) == {}


def test_indicators(tmp_path: Path) -> None:
    text = (
        "city,period,code,value,source\n"
        "南京,2025-11,media_articles,120,monitor\n"
        "nanjing,2025,brand,7.5,report\n"
        "nanjing,2025-11,media_articles,121,monitor\n"
        "beijing,2025-11,articles,1,monitor\n"
        "beijing,25-11,brand,,monitor\n"
        "atlantis,2025-11,brand,3,x\n"
        "beijing,2025-11,brand,3,\n"
        "beijing,2025-11,brand,,\n"
    )
    got = read_indicators(sheet(tmp_path, text), CITIES, {"media_articles", "brand"})
    assert [(i.city, i.code, i.value) for i in got.indicators] == [
        ("nanjing", "media_articles", 120.0),
        ("nanjing", "brand", 7.5),
    ]
    assert [(p.row, p.column) for p in got.problems] == [
        (4, None),
        (5, "code"),
        (6, "period"),
        (6, "value"),
        (7, "city"),
        (8, "source"),
    ]
    assert got.unfilled == 1
    with pytest.raises(scoring.TableError, match="column 'source': no such column"):
        read_indicators(sheet(tmp_path, "city,period,code,value\n"), CITIES)


def test_a_year_stands_in_for_its_months() -> None:
    given = [
        Indicator("a", "2025", "brand", 1.0, "s"),
        Indicator("a", "2025-05", "brand", 2.0, "s"),
    ]
    may, june, past = (Period.month(name) for name in ("2025-05", "2025-06", "2024-06"))
    assert indicator_columns(given, may, ["a", "b"], ["brand"]) == {"brand": [2.0, None]}
    assert indicator_columns(given, june, ["a"], ["brand"]) == {"brand": [1.0]}
    assert indicator_columns(given, past, ["a"], ["brand"]) == {"brand": [None]}


def test_tables_for_every_shipped_method() -> None:
    rows = [
        measure_row("nanjing", "x", posts=2, likes=30, comments=4, shares=2, interactions=36),
        measure_row("nanjing", "facebook", posts=1, likes=70, comments=6, shares=8),
        measure_row("beijing", "x", posts=1, likes=50, comments=5, shares=5, interactions=60),
    ]
    for method in scoring.methods():
        codes = known_codes(leaf.measure for leaf in method.leaves)
        given = [
            Indicator(city, "2025-11", code, value, "made up")
            for code in codes
            for city, value in (("nanjing", 4.0), ("beijing", 2.0), ("suzhou", 1.0))
        ]
        table = build_table(
            method,
            NOVEMBER,
            MonthInputs(rows, indicators=given, languages={"nanjing": 3, "beijing": 2}),
            ["nanjing", "beijing", "suzhou"],
            groups={"nanjing": "east"},
        )
        result = scoring.compute(method, table)
        assert result.rank("nanjing") == 1
        assert result.table.groups == ("east", None, None)


def test_social_sums() -> None:
    method = scoring.load_method("comm-power-100")
    failed = measure_row("c", "x", posts=9, likes=9, collected=False)
    rows = [
        measure_row("a", "x", posts=2, likes=30),
        measure_row("a", "facebook", posts=1, likes=70),
        measure_row("b", "x", posts=1, likes=None, comments=2),
        failed,
    ]
    table = build_table(method, NOVEMBER, MonthInputs(rows, languages={"a": 2}), list("abcd"))
    assert [table.value(city, "social:likes") for city in "abcd"] == [100.0, None, None, None]
    assert [table.value(city, "social:languages") for city in "abcd"] == [2.0, None, None, None]
    assert table.absent["social_media_attention"].tolist() == [False, False, False, True]
    assert table.value("a", "media_articles") is None
    notes = {note.code for note in scoring.compute(method, table).notes}
    assert "media_articles" in notes


def test_ratings_reach_the_index() -> None:
    method = scoring.load_method("giu")
    rows = [measure_row("a", "x", posts=2), measure_row("b", "x", posts=1)]
    table = build_table(method, MAY, MonthInputs(rows, ratings={("a", "x"): 5.0}))
    assert scoring.compute(method, table).score("a", "x_qualitative") == 100.0


def test_names_of_several_cities_are_refused_with_their_ids(tmp_path: Path) -> None:
    ratings = "city,platform,period,rater,content\nSuzhou,facebook,2025-05,A,4\n"
    values = "city,period,code,value,source\nSuzhou,2025-05,media,5,own count\n"
    for found in (
        read_ratings(sheet(tmp_path, ratings), CITIES).problems,
        read_indicators(sheet(tmp_path, values), CITIES).problems,
    ):
        assert [str(problem) for problem in found] == [
            "row 2: column 'city': 'Suzhou' is the name of several cities; "
            "expected one of suzhou-jiangsu, suzhou-anhui"
        ]

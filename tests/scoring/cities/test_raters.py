"""Rubric, the sheet of a rater and back, agreement against published figures, missing raters."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from scoring.cities.raters import agreement_by_criterion, krippendorff, progress
from scoring.cities.rating_sheet import RatedPlace, rating_workbook
from scoring.cities.ratings import Rating, read_ratings
from scoring.cities.rubric import RUBRIC, load_rubric
from scoring.errors import TableError

AT = datetime(2025, 6, 1, tzinfo=UTC)
PLACES = [
    RatedPlace("nanjing", "南京", "Nanjing", "x", '=HYPERLINK("http://a")'),
    RatedPlace("beijing", "北京", "Beijing", "facebook", "@beijing"),
]
CITIES = {"nanjing": ("nanjing",), "beijing": ("beijing",)}
PUBLISHED = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
"""Four observers and twelve units (Krippendorff 2011, section D)."""


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_published_example(level: str, alpha: float) -> None:
    items = [[float(s) for s in unit if s is not None] for unit in zip(*PUBLISHED, strict=True)]
    assert krippendorff(items, level) == pytest.approx(alpha, abs=5e-4)  # type: ignore[arg-type]


def test_alpha_is_unknown_without_pairs_or_differences() -> None:
    for items in ([], [[3.0]], [[3.0, 3.0], [3.0, 3.0]]):
        assert krippendorff(items, "ordinal") is None
        assert krippendorff(items) is None


def rated(rater: str, city: str, score: float, criterion: str = "language") -> Rating:
    return Rating(city, "x", "2025-05", rater, criterion, score)


def test_missing_and_mild_raters_are_told() -> None:
    given = [rated("a", "nanjing", 5), rated("b", "nanjing", 3), rated("b", "beijing", 2)]
    rows = {one.rater: one for one in progress(given, {"a": 2, "b": 2, "c": 2})}
    assert {name: one.missing for name, one in rows.items()} == {"a": 1, "b": 0, "c": 2}
    assert (rows["a"].milder, rows["b"].milder, rows["c"].milder) == (2, -2, None)
    by = agreement_by_criterion([*given, rated("a", "nanjing", 4, "visual")])
    assert (by["language"].items, by["visual"].alpha) == (1, None)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sheet_is_filled_in_and_read_back(tmp_path: Path, language: str) -> None:
    rubric = load_rubric()
    made = rating_workbook(PLACES, "2025-05", "王老师", rubric, language, AT)  # type: ignore[arg-type]
    assert made == rating_workbook(PLACES, "2025-05", "王老师", rubric, language, AT)  # type: ignore[arg-type]
    book = openpyxl.load_workbook(io.BytesIO(made))
    page, told = book.worksheets
    assert page["E2"].data_type == "s"
    assert page["H2"].protection.locked is False
    assert page["A2"].protection.locked is True
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    assert rules["H2:H3"].formula1 == '"1,2,3,4,5"'
    assert rubric.criteria[0].anchors[2][1][language] in [cell.value for cell in told["E"]]
    page["H2"], page["I2"], page["H3"] = 4, 5, 1
    book.save(tmp_path / "back.xlsx")
    got = read_ratings(tmp_path / "back.xlsx", CITIES)
    assert got.problems == ()
    assert [(r.city, r.rater, r.criterion, r.score) for r in got.ratings] == [
        ("nanjing", "王老师", "language", 4.0),
        ("nanjing", "王老师", "content", 5.0),
        ("beijing", "王老师", "language", 1.0),
    ]


def changed(folder: Path, old: str, new: str) -> Path:
    text = RUBRIC.read_text("utf-8")
    assert old in text
    (folder / "mine.toml").write_text(text.replace(old, new, 1), "utf-8")
    return folder / "mine.toml"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("version = 1", "version = 'a'", "column 'version'"),
        ('code = "language"', 'code = "rater"', "'rater' is taken by another column"),
        ('code = "content"', 'code = "language"', "criterion 2': column 'code'"),
        ('code = "content"', 'code = "Content"', "small letters"),
        ("score = 5", "score = 6", "different whole scores from 1 to 5"),
        ("score = 3", "score = 1", "different whole scores from 1 to 5"),
        (', en = "Language"', "", "column 'name': expected a text in zh and in en"),
        ("[[criteria]]", "[[critera]]", None),
        ("id = ", "id == ", "no TOML"),
    ],
)
def test_faults_of_a_rubric_are_named(tmp_path: Path, old: str, new: str, told: str | None) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(TableError) as caught:
        load_rubric(path)
    assert (told or "critera") in str(caught.value)


def test_a_rubric_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"none\.toml: cannot be read"):
        load_rubric(tmp_path / "none.toml")

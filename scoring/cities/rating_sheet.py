"""The workbook that a rater fills in: one row an account, one column a criterion, with drop-downs.

Written with xlsxwriter (extra `report`). What a rater may not change is locked, without a password.
Every text is written as text: a handle that begins with `=` computes nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from model.untrusted import visible_text
from scoring.cities.ratings import HIGHEST, LOWEST, RATING_KEYS, TOLD
from scoring.cities.rubric import Criterion, Rubric
from scoring.extras import load_extra

_COLUMNS = ("city", "city_zh", "city_en", "platform", "handle", "period", "rater")
_WIDTHS = (16, 12, 16, 11, 24, 10, 14)
_SCORES = list(range(int(LOWEST), int(HIGHEST) + 1))
_LONGEST_TITLE, _LONGEST_MESSAGE = 32, 255
"""What Excel shows beside a cell."""
_WORDS = {
    "zh": {
        "sheet": "评分",
        "rubric": "评分标准",
        "wrong": "请从 1 至 5 中选择；未评则留空",
        "head": ("评分项", "名称", "问题", "分值", "标准"),
    },
    "en": {
        "sheet": "ratings",
        "rubric": "rubric",
        "wrong": "Choose 1 to 5; leave it blank where you did not rate",
        "head": ("criterion", "name", "question", "score", "deserved by"),
    },
}
assert set(_COLUMNS) == {*RATING_KEYS, *TOLD}


@dataclass(frozen=True, slots=True)
class RatedPlace:
    """An account that is to be rated."""

    city: str
    """Its id."""
    city_zh: str
    city_en: str
    platform: str
    handle: str


def rating_workbook(
    places: Sequence[RatedPlace],
    period: str,
    rater: str,
    rubric: Rubric,
    language: Literal["zh", "en"],
    at: datetime,
) -> bytes:
    """An XLSX, the same bytes for the same arguments. Raises ExtraMissing."""
    xlsxwriter = load_extra("xlsxwriter", purpose="a sheet for raters", extra="report")
    words, out = _WORDS[language], io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        made = at.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": f"{period} {rater}", "author": "CityReach", "created": made})
        page = book.add_worksheet(str(words["sheet"]))
        _fill(book, page, [_row(place, period, rater) for place in places], rubric)
        for at_column, criterion in enumerate(rubric.criteria, len(_COLUMNS)):
            _ask(page, at_column, len(places), criterion, language)
        _explain(book, rubric, language)
    return out.getvalue()


def _row(place: RatedPlace, period: str, rater: str) -> tuple[str, ...]:
    told = (place.city, place.city_zh, place.city_en, place.platform, place.handle)
    return (*told, period, rater)


def _fill(book: Any, page: Any, rows: Sequence[Sequence[str]], rubric: Rubric) -> None:
    """Header and accounts, locked; the cells of the scores are open."""
    head, open_cell = book.add_format({"bold": True, "bottom": 1}), book.add_format()
    open_cell.set_locked(False)
    header = [*_COLUMNS, *(criterion.code for criterion in rubric.criteria)]
    for column, name in enumerate(header):
        page.write_string(0, column, visible_text(name), head)
    for line, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            page.write_string(line, column, visible_text(text))
        for column in range(len(_COLUMNS), len(header)):
            page.write_blank(line, column, None, open_cell)
    for column, width in enumerate(_WIDTHS):
        page.set_column(column, column, width)
    page.set_column(len(_COLUMNS), len(header) - 1, 13)
    page.freeze_panes(1, 3)
    page.protect("", {"format_columns": True, "sort": True, "autofilter": True})


def _ask(page: Any, column: int, places: int, criterion: Criterion, language: str) -> None:
    """A drop-down with what each score deserves beside the cell, and a note on the header."""
    anchors = [f"{score}: {said[language]}" for score, said in criterion.anchors]
    name = visible_text(criterion.name[language])
    said = visible_text("\n".join([criterion.asks[language], *anchors]))
    page.write_comment(0, column, f"{name}\n{said}", {"x_scale": 3})
    rule = {
        "validate": "list",
        "source": _SCORES,
        "input_title": name[:_LONGEST_TITLE],
        "input_message": said[:_LONGEST_MESSAGE],
        "error_message": _WORDS[language]["wrong"],
    }
    if places:
        page.data_validation(1, column, places, column, rule)


def _explain(book: Any, rubric: Rubric, language: str) -> None:
    """The rubric as a sheet of its own."""
    page = book.add_worksheet(str(_WORDS[language]["rubric"]))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for line, row in enumerate(_rubric_rows(rubric, language)):
        for column, value in enumerate(row):
            if isinstance(value, int):
                page.write_number(line, column, value, wrapped)
            else:
                page.write_string(line, column, visible_text(value), wrapped)
    for column, width in enumerate((14, 14, 50, 8, 50)):
        page.set_column(column, column, width)
    page.freeze_panes(1, 0)


def _rubric_rows(rubric: Rubric, language: str) -> Iterator[Sequence[str | int]]:
    yield _WORDS[language]["head"]
    for one in rubric.criteria:
        for score, said in one.anchors:
            yield (one.code, one.name[language], one.asks[language], score, said[language])
    yield (f"{rubric.id} {rubric.version}",)
